import { api } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

/** Messages of a page. */
const ROWS = 50;

export const load: PageLoad = async ({ url, fetch, depends }) => {
	depends('obrii:quarantine');
	const filter = {
		reason: url.searchParams.get('reason') ?? undefined,
		device: url.searchParams.get('device') ?? undefined
	};
	const before = Number(url.searchParams.get('before')) || undefined;
	const query = { ...filter, before, limit: ROWS };
	const [summary, balance, page, logins] = await Promise.all([
		loaded(api.GET('/api/v1/quarantine/summary', { fetch })),
		loaded(api.GET('/api/v1/balance', { params: { query: { device: filter.device } }, fetch })),
		loaded(api.GET('/api/v1/quarantine', { params: { query }, fetch })),
		loaded(api.GET('/api/v1/login-refusals', { fetch }))
	]);
	const isFirst = before === undefined;
	return { summary, balance, page, logins: logins.login_refusals, filter, isFirst };
};
