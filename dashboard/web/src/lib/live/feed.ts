import type { LiveDelta, LiveHeartbeat, LiveSnapshot } from '../api';

/** What the live stream says to a page. */
export type FeedMessage =
	| { type: 'snapshot'; data: LiveSnapshot }
	| { type: 'delta'; data: LiveDelta }
	| { type: 'heartbeat'; data: LiveHeartbeat }
	| { type: 'lost' };

const STREAM = '/api/v1/live';
const REOPEN_MS = 1000;
const SILENCE_MS = 5000;

/**
 * Keeps one stream open: the browser reconnects by itself, and a stream that it has given up, or
 * that has said nothing for `SILENCE_MS` (a cut wire sends no error), is opened again.
 */
export class Feed {
	#source: EventSource | undefined;
	#heardAt = 0;
	#watch: ReturnType<typeof setInterval>;

	constructor(private readonly tell: (message: FeedMessage) => void) {
		this.open();
		this.#watch = setInterval(() => this.#check(), REOPEN_MS);
	}

	/** Opens the stream anew; it begins with a snapshot. */
	open(): void {
		this.#source?.close();
		this.#heardAt = Date.now();
		const source = new EventSource(STREAM);
		for (const type of ['snapshot', 'delta', 'heartbeat'] as const) {
			source.addEventListener(type, (event) => {
				this.#heardAt = Date.now();
				this.tell({ type, data: JSON.parse(event.data as string) } as FeedMessage);
			});
		}
		source.onerror = () => this.tell({ type: 'lost' });
		this.#source = source;
	}

	close(): void {
		clearInterval(this.#watch);
		this.#source?.close();
	}

	#check(): void {
		const isClosed = this.#source?.readyState === EventSource.CLOSED;
		if (isClosed || Date.now() - this.#heardAt > SILENCE_MS) this.open();
	}
}
