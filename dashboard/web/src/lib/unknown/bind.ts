import { answered, api, type DeviceView } from '$lib/api';

/** Lets a gateway speak for a registered device; everything else of it stays. */
export function bindTo(device: DeviceView, gateway: string) {
	const { id, community, kind, profile, name, passport } = device;
	const funding = device.funding.map(({ source, share }) => `${source}=${share}`).join(';');
	const body = { id, community, kind, profile, name, funding, owner: passport.owner, gateway };
	return answered(api.POST('/api/v1/devices', { body }));
}
