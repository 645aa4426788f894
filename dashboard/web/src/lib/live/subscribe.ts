import { Feed, type FeedMessage } from './feed';

/** Subscribes this tab to the live stream; the answer ends the subscription. */
export function subscribe(tell: (message: FeedMessage) => void): () => void {
	if (typeof SharedWorker === 'undefined') {
		const feed = new Feed(tell);
		return () => feed.close();
	}
	const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), {
		type: 'module',
		name: 'obrii-live'
	});
	worker.port.onmessage = (event: MessageEvent<FeedMessage>) => tell(event.data);
	return () => worker.port.close();
}
