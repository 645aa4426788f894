import { api, type QuarantineRow } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { Properties } from './draft';

/** Properties by id, in the order of the wire's description. */
export async function loadProperties(fetch: typeof globalThis.fetch): Promise<Properties> {
	const { properties } = await loaded(api.GET('/api/v1/properties', { fetch }));
	return new Map(properties.map((property) => [property.id, property]));
}

/** The message in quarantine that the address names, if it names one. */
export async function loadMessage(
	url: URL,
	fetch: typeof globalThis.fetch
): Promise<QuarantineRow | undefined> {
	const id = Number(url.searchParams.get('quarantine'));
	if (!id) return undefined;
	return loaded(api.GET('/api/v1/quarantine/{id}', { params: { path: { id } }, fetch }));
}
