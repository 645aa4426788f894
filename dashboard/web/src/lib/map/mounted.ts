/**
 * Makes a map for as long as a component is there. One that is ready too late is removed at once.
 * Returns what ends it.
 */
export function whileMounted<T extends { remove: () => void }>(
	create: () => Promise<T>,
	ready: (map: T) => void,
	failed: () => void
): () => void {
	let map: T | undefined;
	let isGone = false;
	create().then((created) => {
		if (isGone) return created.remove();
		map = created;
		ready(created);
	}, failed);
	return () => {
		isGone = true;
		map?.remove();
	};
}
