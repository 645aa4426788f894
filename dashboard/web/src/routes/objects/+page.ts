import { api, KINDS, STATES } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

/** Rows of a page of the table. */
const ROWS = 50;

export const load: PageLoad = async ({ url, fetch }) => {
	const asked = (name: string) => url.searchParams.get(name) ?? undefined;
	const filter = {
		q: asked('q'),
		kind: KINDS.find((kind) => kind === asked('kind')),
		zone: asked('zone'),
		state: STATES.find((state) => state === asked('state')),
		measure: asked('measure')
	};
	const query = { ...filter, after: asked('after'), limit: ROWS };
	const [page, zones, programmes] = await Promise.all([
		loaded(api.GET('/api/v1/objects', { params: { query }, fetch })),
		loaded(api.GET('/api/v1/zones', { fetch })),
		loaded(api.GET('/api/v1/programmes', { fetch }))
	]);
	return { page, zones: zones.zones, programmes: programmes.programmes, filter };
};
