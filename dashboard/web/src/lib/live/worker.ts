/// <reference lib="webworker" />
import { Feed } from './feed';

/**
 * One stream for all tabs of a browser: it opens at most six connections to a server, and every
 * tab would take one. A new tab makes the stream begin again, so that all get a snapshot.
 */
declare const self: SharedWorkerGlobalScope;

const ports: MessagePort[] = [];
let feed: Feed | undefined;

self.onconnect = (event) => {
	const port = event.ports[0];
	if (!port) return;
	ports.push(port);
	if (feed) feed.open();
	else feed = new Feed((message) => ports.forEach((one) => one.postMessage(message)));
};
