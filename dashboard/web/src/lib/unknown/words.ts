import type { Words } from '../i18n/uk';

/** The way by which something came, in words: what is no gateway of ours is an external broker. */
export function wayOf(gateway: string, words: Words['unknown']): string {
	return words.ways[gateway] ?? words.source(gateway);
}
