import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, fetch }) => {
	const path = { programme: params.programme };
	const document = await loaded(
		api.GET('/api/v1/programmes/{programme}/measures', { params: { path }, fetch })
	);
	return { document };
};
