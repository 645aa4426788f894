import { expect, registerAs, test } from './platform.ts';
import { speak } from './speak.ts';

const OWNER = 'КП «Приклад»';

/** A device, what its foreign client sends, and how the page of its object has to read. */
interface Case {
	format: string;
	kind: 'air' | 'vehicle' | 'light' | 'water';
	profile: string;
	/** Its name in the format; `mark` is different in each run, `digits` is one of 8 digits. */
	name?: (mark: string, digits: string) => string;
	/** Is it spoken for by a gateway, and under which name? */
	gateway?: (mark: string) => string;
	values: unknown;
	/** Title and value with its unit, as Ukrainian readers see them. */
	shown: Record<string, string>;
	/** What it sends to take leave, where the format has something for it. */
	leave?: string;
	/** The format tells no time: that of the arrival stands for it. */
	isUntimed?: boolean;
}

const eui = (_: string, digits: string) => `24e12413${digits}`;
const imei = (_: string, digits: string) => `3563070${digits}`;
const place = [46.4825, 30.7233];

const CASES: Case[] = [
	{
		format: 'native-mosquitto',
		kind: 'air',
		profile: 'air-post',
		values: { pm25: 12.5, temperature: -4.25 },
		shown: { 'Пил PM2.5': '12,5 мкг/м³', Температура: '−4,3 °C' }
	},
	{
		format: 'native-paho',
		kind: 'water',
		profile: 'pressure-meter',
		values: { pressure_water: 3.2, burst: false },
		shown: { 'Тиск води': '32,6 м вод. ст.' }
	},
	{
		format: 'native-curl',
		kind: 'light',
		profile: 'luminaire',
		values: { power: 44, current: 0.19 },
		shown: { Потужність: '44 Вт', Струм: '0,19 А' }
	},
	{
		format: 'senml-json',
		kind: 'air',
		profile: 'air-post',
		values: [
			['temperature', 'Cel', 21.5],
			['pressure', 'Pa', 101325]
		],
		shown: { Температура: '21,5 °C', 'Атмосферний тиск': '1 013,3 гПа' }
	},
	{
		format: 'senml-cbor',
		kind: 'air',
		profile: 'air-post',
		values: [
			['humidity', '%RH', 55],
			['wind_speed', 'm/s', 3.5]
		],
		shown: { 'Відносна вологість': '55 %', 'Швидкість вітру': '3,5 м/с' }
	},
	{
		format: 'chirpstack',
		kind: 'water',
		profile: 'leak-sensor',
		name: eui,
		gateway: (mark) => `chirpstack-${mark}`,
		values: { leak: true, battery_level: 92, temperature: 0 },
		shown: { 'Ознака витоку': 'так', 'Заряд батареї': '92 %', Температура: '0,0 °C' }
	},
	{
		format: 'things-stack',
		kind: 'water',
		profile: 'leak-sensor',
		name: eui,
		gateway: (mark) => `tts-${mark}`,
		values: { battery_level: 87, noise_level: 38 },
		shown: { 'Заряд батареї': '87 %', 'Рівень акустичного шуму': '38 дБ' }
	},
	{
		format: 'hfp',
		kind: 'vehicle',
		profile: 'gps-tracker',
		// Without leading zeros, as its topic is read.
		name: (_, digits) => `22/${Number(digits)}`,
		gateway: (mark) => `hfp-${mark}`,
		values: { spd: 10, hdg: 184, lat: place[0], long: place[1], odo: 12500, drst: 0 },
		shown: { Швидкість: '36 км/год', Пробіг: '12,5 км' }
	},
	{
		format: 'sparkplug',
		kind: 'light',
		profile: 'lighting-cabinet',
		name: (mark) => `odesa/node-${mark}/cabinet`,
		gateway: (mark) => `odesa/node-${mark}`,
		values: { voltage_l1: 231, energy: 1_250_000 },
		shown: { 'Напруга, фаза 1': '231 В', Електроенергія: '1 250,0 кВт·год' },
		leave: 'sparkplug-death'
	},
	{
		format: 'tasmota',
		kind: 'light',
		profile: 'tasmota-plug',
		name: (mark) => `plug-${mark}`,
		gateway: (mark) => `tasmota-${mark}`,
		values: { Total: 12.5, Power: 61, Factor: 0.82, Voltage: 230 },
		shown: { Електроенергія: '12,5 кВт·год', Потужність: '61 Вт' }
	},
	{
		format: 'zigbee2mqtt',
		kind: 'air',
		profile: 'zigbee-climate',
		name: (mark) => `підвал/датчик ${mark}`,
		gateway: (mark) => `zigbee-${mark}`,
		values: { temperature: 4.2, humidity: 71, battery: 97, voltage: 3000 },
		shown: { Температура: '4,2 °C', 'Відносна вологість': '71 %' }
	},
	{
		format: 'esphome',
		kind: 'air',
		profile: 'air-post',
		name: (mark) => `cellar-${mark}`,
		gateway: (mark) => `esphome-${mark}`,
		values: { temperature: 4.5, humidity: 71 },
		shown: { Температура: '4,5 °C', 'Відносна вологість': '71 %' },
		isUntimed: true
	},
	{
		format: 'airrohr',
		kind: 'air',
		profile: 'air-post',
		name: (_, digits) => `esp8266-${digits}`,
		values: { SDS_P1: 12.34, SDS_P2: 5.67, BME280_pressure: 100912 },
		shown: { 'Пил PM10': '12,3 мкг/м³', 'Пил PM2.5': '5,7 мкг/м³', 'Атмосферний тиск': '1 009,1 гПа' },
		isUntimed: true
	},
	{
		format: 'teltonika',
		kind: 'vehicle',
		profile: 'gps-tracker',
		name: imei,
		values: [...place, 54],
		shown: { Швидкість: '54 км/год', Запалювання: 'увімкнено', Супутники: '9' }
	},
	{
		format: 'wialon',
		kind: 'vehicle',
		profile: 'gps-tracker',
		name: imei,
		values: [...place, 27],
		shown: { Швидкість: '27 км/год', Супутники: '9' }
	}
];

for (const one of CASES) {
	test(`what a foreign client says in ${one.format} is read on the page of its object`, async ({
		page,
		request
	}) => {
		const now = Date.now();
		const [mark, digits] = [now.toString(36), String(now).slice(-8)];
		const id = `${one.format}-${mark}`;
		const common = { community: 'odesa', kind: one.kind, profile: one.profile };
		const papers = { ...common, funding: `own:${OWNER}`, owner: OWNER };
		const at = one.kind === 'vehicle' ? {} : { lat: place[0], lon: place[1] };
		const gateway = one.gateway
			? await registerAs(request, {
					...papers,
					...at,
					id: `gw-${id}`,
					name: `Шлюз ${id}`,
					object: '-',
					external_id: one.gateway(mark)
				})
			: undefined;
		const name = one.name?.(mark, digits) ?? '';
		const device = await registerAs(request, {
			...papers,
			...at,
			id,
			name: `Пристрій ${id}`,
			external_id: name || undefined,
			gateway: gateway?.id
		});

		// To the second, as most of the formats are.
		const measuredAt = Math.floor(now / 1000) * 1000 - 20_000;
		const { format, values } = one;
		const { id: user, token } = gateway ?? device;
		const said = { name, values, user, token, topic: device.topic, at: measuredAt };
		await speak({ ...said, format });

		await page.goto(`/objects/${id}`);
		const current = page.getByRole('region', { name: 'Поточні значення' });
		for (const [title, value] of Object.entries(one.shown)) {
			const item = current.getByRole('listitem').filter({ hasText: title }).first();
			await expect(item).toContainText(value);
			const time = item.locator('time');
			if (one.isUntimed) {
				const stamped = Date.parse((await time.getAttribute('datetime')) ?? '');
				expect(stamped).toBeGreaterThanOrEqual(now);
				expect(stamped).toBeLessThanOrEqual(Date.now());
				await expect(item).toContainText('без часу пристрою');
			} else {
				await expect(time).toHaveAttribute('datetime', new Date(measuredAt).toISOString());
			}
		}
		if (one.leave) {
			const silent = page.getByRole('main').getByText('не передає дані');
			await expect(silent).toHaveCount(0);
			await speak({ ...said, format: one.leave });
			await expect(silent.first()).toBeVisible();
		}
	});
}
