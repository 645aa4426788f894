import { loadMessage, loadProperties } from '$lib/profiles/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, fetch }) => {
	const [properties, message] = await Promise.all([loadProperties(fetch), loadMessage(url, fetch)]);
	return { properties, message };
};
