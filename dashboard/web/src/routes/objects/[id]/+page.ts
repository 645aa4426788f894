import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, fetch, depends }) => {
	depends('obrii:object');
	const path = { id: params.id };
	const [object, { holds }] = await Promise.all([
		loaded(api.GET('/api/v1/objects/{id}', { params: { path }, fetch })),
		loaded(api.GET('/api/v1/objects/{id}/holds', { params: { path }, fetch }))
	]);
	return { object, holds };
};
