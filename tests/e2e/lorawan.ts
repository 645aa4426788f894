import { expect, type APIRequestContext } from '@playwright/test';

/** Registers a leak sensor of the community, on no object unless said otherwise; its token. */
export async function registerWater(request: APIRequestContext, device: object): Promise<string> {
	const papers = {
		community: 'rozdilna',
		kind: 'water',
		profile: 'leak-sensor',
		object: '-',
		funding: 'own:КП «Розділянаводоканал»',
		owner: 'КП «Розділянаводоканал»'
	};
	const answer = await request.post('/api/v1/devices', { data: { ...papers, ...device } });
	expect(answer.status(), await answer.text()).toBe(201);
	return ((await answer.json()) as { token: string }).token;
}

/** A LoRaWAN server, and a sensor that it speaks for already. */
export async function lorawanServer(request: APIRequestContext, mark: string) {
	const server = `e2e-lns-${mark}`;
	const token = await registerWater(request, { id: server, name: 'Сервер LoRaWAN' });
	await registerWater(request, {
		id: `${server}-1`,
		name: 'Датчик витоку 1',
		gateway: server
	});
	return { server, token };
}

/** An uplink as ChirpStack v4 writes it. */
export function uplink(eui: string, time: Date, object: object): string {
	return JSON.stringify({
		deduplicationId: '3ac7e3c4-4401-4b8d-9386-a5c902f9202d',
		time: time.toISOString(),
		deviceInfo: { tenantName: 'Роздільна', applicationName: 'leaks', devEui: eui },
		fPort: 2,
		data: 'AQID',
		object,
		rxInfo: [{ gatewayId: '0016c001f153a14c', rssi: -101, snr: 7.2 }]
	});
}

