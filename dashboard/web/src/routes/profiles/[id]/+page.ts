import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import { loadMessage, loadProperties } from '$lib/profiles/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, url, fetch, depends }) => {
	depends('obrii:profile');
	const edition = Number(url.searchParams.get('edition')) || undefined;
	const asked = { path: { id: params.id }, query: { edition } };
	const [detail, properties, message] = await Promise.all([
		loaded(api.GET('/api/v1/profiles/{id}', { params: asked, fetch })),
		loadProperties(fetch),
		loadMessage(url, fetch)
	]);
	return { detail, properties, message };
};
