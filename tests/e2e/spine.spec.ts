import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { City } from './city.ts';
import { audit, expect, test } from './platform.ts';

const DEVICES = `id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,object
air-1,odesa,air,air-post,Пост «Аркадія»,46.431,30.76,odesa-city-2024/14.2,Департамент екології,,2026-01-01,post-arkadia
bus-1,odesa,vehicle,gps-tracker,Борт 4021,,,odesa-city-2024/4.2.1,Перевізник А,,2026-01-01,bort-4021
leak-1,rozdilna,water,leak-sensor,Колодязь 7,46.84,30.08,rozdilna-2026/3.4,КП «Водоканал»,,2026-01-01,well-7
`;

const SPARE = `id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,object
air-2,odesa,air,air-post,Запасний,,,odesa-city-2024/14.2,Департамент екології,,2026-01-01,-
`;

const TOPIC = 'obrii/v1/odesa/air/air-1/telemetry';
const MINUTE_MS = 60_000;

// Each test goes on where the one before it ended.
test.describe.configure({ mode: 'serial' });

let city: City;
let tokens = new Map<string, string>();
const token = (id: string) => tokens.get(id) ?? '';
const message = (at: number, pm25: number) =>
	JSON.stringify({ ts: new Date(at).toISOString(), values: { pm25 } });

async function downloaded(page: Page, name: string): Promise<{ name: string; bytes: Buffer }> {
	const download = page.waitForEvent('download');
	await page.getByRole('link', { name, exact: true }).click();
	const file = await download;
	return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test.beforeAll(async () => {
	city = new City();
	await city.start();
});

test.afterAll(() => city.end());

test('a city begins empty and says what to do', async ({ page }) => {
	await page.goto(`${city.url}/`);
	await expect(page.getByText('Об’єктів ще не зареєстровано')).toBeVisible();
	await expect(page.getByText('ДЕМО-ДАНІ')).toBeHidden();
	await page.goto(`${city.url}/objects`);
	await expect(page.getByText('obrii device import')).toBeVisible();
	await page.goto(`${city.url}/programmes`);
	await expect(page.getByText('obrii programme import')).toBeVisible();
	await page.goto(`${city.url}/quarantine`);
	await expect(page.getByText('Карантин порожній').first()).toBeVisible();
	await audit(page);
	await page.goto(`${city.url}/objects/nobody`);
	await expect(page.getByText('Об’єкта «nobody» у реєстрі немає.')).toBeVisible();
	await audit(page);
});

test('from a sensor to the page, the files and the measure that paid', async ({ page }) => {
	city.importProgrammes();
	tokens = city.importDevices(DEVICES);
	expect(tokens.size).toBe(3);
	const at = Date.now() - 2 * MINUTE_MS;

	await expect
		.poll(() => city.mosquittoPub('air-1', token('air-1'), TOPIC, message(at, 12.5)))
		.toBe(true);
	await page.goto(`${city.url}/objects/post-arkadia`);
	const values = page.getByRole('region', { name: 'Поточні значення' });
	await expect(values).toContainText('12,5');
	await expect(page.getByText('ДЕМО-ДАНІ')).toBeHidden();

	const xlsx = await downloaded(page, 'Excel (XLSX)');
	expect(xlsx.name).not.toContain('demo');
	expect(xlsx.bytes.subarray(0, 2).toString()).toBe('PK');
	const excel = (await downloaded(page, 'CSV для Excel')).bytes.toString();
	expect(excel.startsWith('\ufeff')).toBe(true);
	expect(excel).toMatch(/;12,5/);
	const csv = (await downloaded(page, 'CSV')).bytes.toString();
	expect(csv).toMatch(/,12\.5/);

	await page.getByRole('link', { name: /^Захід 14\.2/ }).click();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('14.2');
	await expect(page.getByText(/надійшло 1$/)).toBeVisible();
});

test('a corrected value stands beside the one that it replaced', async ({ page }) => {
	const at = Date.now() - MINUTE_MS;
	for (const value of [20.5, 19.5]) {
		expect(city.mosquittoPub('air-1', token('air-1'), TOPIC, message(at, value))).toBe(true);
	}
	await page.goto(`${city.url}/objects/post-arkadia`);
	const row = page.getByRole('region', { name: 'Виправлені значення' }).getByRole('row').last();
	await expect(row).toContainText('20,5');
	await expect(row).toContainText('19,5');
	await expect(row).toContainText('чинне');
	await audit(page);
});

test('what is held as evidence says so on the page of its object', async ({ page }) => {
	const period = ['--from', '2026-11-01T00:00:00+02:00', '--to', '2026-11-02T00:00:00+02:00'];
	const why = ['--kind', 'violation', '--reason', 'скарга № 17 на пил'];
	await page.goto(`${city.url}/objects/post-arkadia`);
	const holds = page.getByRole('region', { name: 'Підтвердні дані' });
	await expect(page.getByRole('region', { name: 'Облік даних' })).toBeVisible();
	await expect(holds).toHaveCount(0);
	city.run('store', 'hold', 'add', 'post-arkadia', ...period, ...why);
	await page.reload();
	await expect(holds).toContainText('з 01.11.2026, 00:00 до 02.11.2026, 00:00');
	await expect(holds).toContainText('порушення: скарга № 17 на пил');
	await expect(holds).toContainText(/зберігаються до \d\d\.\d\d\.\d{4}/);
	await audit(page);
	city.run('store', 'hold', 'release', '1', '--remark', 'скаргу розглянуто');
	await page.reload();
	await expect(holds).toContainText(/знято зі зберігання .*: скаргу розглянуто/);
});

test('a foreign token is refused, a malformed message is kept', async ({ page }) => {
	expect(city.mosquittoPub('air-1', token('leak-1'), TOPIC, message(Date.now(), 1))).toBe(false);
	expect(city.mosquittoPub('leak-1', token('leak-1'), TOPIC, message(Date.now(), 1))).toBe(false);
	expect(city.mosquittoPub('air-1', token('air-1'), TOPIC, '{"values":{"pm25":')).toBe(true);
	await page.goto(`${city.url}/quarantine`);
	await expect(page.getByRole('region', { name: 'За причинами', exact: true })).toContainText(
		'не JSON'
	);
	await expect(page.getByText('Рівність виконується')).toBeVisible();
	await page.locator('details summary').first().click();
	await expect(page.locator('details[open]')).toContainText('{"values":{"pm25":');
	await expect(async () => {
		await page.reload();
		const logins = page.getByRole('region', { name: 'Відмови у вході' });
		await expect(logins).toContainText('хибний токен', { timeout: 5_000 });
	}).toPass();
});

test('a device is replaced, and the history of the object goes on', async ({ page }) => {
	const [spare] = [...city.importDevices(SPARE).values()];
	await page.goto(`${city.url}/objects/post-arkadia`);
	await page.getByText('Замінити пристрій').click();
	const id = page.getByLabel('Ідентифікатор нового пристрою');
	const replace = page.getByRole('button', { name: 'Замінити', exact: true });

	// A refusal is said in the language of the page.
	await id.fill('bus-1');
	await replace.click();
	await expect(page.getByText('Пристрій «bus-1» іншого виду')).toBeVisible();

	await id.fill('air-2');
	await replace.click();
	const installations = page.getByRole('region', { name: 'Пристрої на об’єкті' });
	await expect(installations.getByRole('listitem')).toHaveCount(2);
	const sent = () => {
		const topic = TOPIC.replace('air-1', 'air-2');
		return city.mosquittoPub('air-2', spare ?? '', topic, message(Date.now(), 31.5));
	};
	await expect.poll(sent).toBe(true);
	const values = page.getByRole('region', { name: 'Поточні значення' });
	await expect(values).toContainText('31,5');
	const csv = (await downloaded(page, 'CSV')).bytes.toString();
	expect(csv).toMatch(/,12\.5[^]*,31\.5/);
});
