import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, fetch }) => {
	const { profiles } = await loaded(api.GET('/api/v1/profiles', { fetch }));
	return { profiles, message: url.searchParams.get('quarantine') ?? undefined };
};
