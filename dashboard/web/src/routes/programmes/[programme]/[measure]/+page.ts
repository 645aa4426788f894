import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, fetch }) => {
	const path = { programme: params.programme, measure: params.measure };
	const detail = await loaded(
		api.GET('/api/v1/programmes/{programme}/measures/{measure}', { params: { path }, fetch })
	);
	return { detail };
};
