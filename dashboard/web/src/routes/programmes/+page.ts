import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => loaded(api.GET('/api/v1/programmes', { fetch }));
