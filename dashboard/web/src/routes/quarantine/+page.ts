import { api, QUARANTINE_STATES, type QuarantineState } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

/** The state that an address asks for: open messages, unless it names another one. */
const stateOf = (word: string | null): QuarantineState =>
	QUARANTINE_STATES.find((state) => state === word) ?? 'open';

/** Messages of a page. */
const ROWS = 50;

export const load: PageLoad = async ({ url, fetch, depends }) => {
	depends('obrii:quarantine');
	const filter = {
		reason: url.searchParams.get('reason') ?? undefined,
		device: url.searchParams.get('device') ?? undefined
	};
	const state = stateOf(url.searchParams.get('state'));
	const q = url.searchParams.get('q') ?? undefined;
	const before = Number(url.searchParams.get('before')) || undefined;
	const query = { ...filter, state, before, limit: ROWS };
	const ofDevices = { device: filter.device, q };
	const [summary, balance, page, logins] = await Promise.all([
		loaded(api.GET('/api/v1/quarantine/summary', { fetch })),
		loaded(api.GET('/api/v1/balance', { params: { query: ofDevices }, fetch })),
		loaded(api.GET('/api/v1/quarantine', { params: { query }, fetch })),
		loaded(api.GET('/api/v1/login-refusals', { fetch }))
	]);
	const isFirst = before === undefined;
	return { summary, balance, page, logins: logins.login_refusals, filter, state, q, isFirst };
};
