import { answered, api, type DeviceView } from '$lib/api';
import { loaded } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, fetch }) => {
	const name = url.searchParams.get('name') ?? '';
	const [found, profiles, programmes, status] = await Promise.all([
		loaded(api.GET('/api/v1/unknown-devices', { params: { query: { name } }, fetch })),
		loaded(api.GET('/api/v1/profiles', { fetch })),
		loaded(api.GET('/api/v1/programmes', { fetch })),
		loaded(api.GET('/api/v1/status', { fetch }))
	]);
	const unknown = found.unknown_devices[0];
	let gateway: DeviceView | undefined;
	if (unknown?.speaker) {
		const path = { id: unknown.speaker };
		const asked = api.GET('/api/v1/devices/{id}', { params: { path }, fetch });
		// A help and no need: a gateway that is gone leaves fields empty.
		gateway = await answered(asked).catch(() => undefined);
	}
	return {
		name,
		unknown,
		gateway,
		profiles: profiles.profiles,
		programmes: programmes.programmes,
		communities: status.communities
	};
};
