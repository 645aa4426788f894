import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

/** Devices of a page. */
const ROWS = 20;

export const load: PageLoad = async ({ url, fetch, depends }) => {
	depends('obrii:unknown');
	const after = url.searchParams.get('after') ?? undefined;
	const query = { after, limit: ROWS };
	const page = await loaded(api.GET('/api/v1/unknown-devices', { params: { query }, fetch }));
	return { page, isFirst: after === undefined };
};
