import type { Page } from '@playwright/test';

import { lorawanServer, registerWater, uplink } from './lorawan.ts';
import { publish } from './mqtt.ts';
import { audit, expect, switchAll, test } from './platform.ts';

const MEASURE = '/programmes/rozdilna-2026/3.4';
const HOUR_MS = 3_600_000;

/** «зареєстровано», «очікувано» and «надійшло» as the page of the measure shows them. */
async function figures(page: Page) {
	await page.goto(MEASURE);
	await expect(page.getByRole('heading', { level: 1 })).toContainText('3.4');
	const number = async (word: string) => {
		const text = (await page.locator('article').innerText()).replaceAll(/[\s\u00A0]+/gu, ' ');
		return Number(new RegExp(`${word} (\\d+)`, 'u').exec(text)?.[1] ?? 0);
	};
	return {
		registered: await number('зареєстровано'),
		expected: await number('очікувано'),
		delivered: await number('надійшло')
	};
}

test('an unknown LoRaWAN sensor is found, registered against a measure, and counts there', async ({
	page,
	request
}) => {
	const mark = Date.now().toString(36);
	const eui = Date.now().toString(16).padStart(16, 'a');
	const { server, token } = await lorawanServer(request, mark);
	const before = await figures(page);
	const topic = `application/0193/device/${eui}/event/up`;
	for (const hours of [50, 26, 2]) {
		const time = new Date(Date.now() - hours * HOUR_MS);
		const object = { leak: hours === 2, noise_level: 40 + hours };
		await publish(server, token, topic, uplink(eui, time, object));
	}
	await publish(server, token, topic, '{"object":{"colour":"red"}}');

	await page.goto('/');
	await page.getByRole('link', { name: 'Невідомі пристрої' }).click();
	const card = page.getByRole('listitem').filter({ hasText: eui });
	await expect(card).toContainText('ChirpStack v4');
	await expect(card).toContainText('4 повідомлення');
	await expect(card).toContainText(server);
	await expect(card).toContainText('noise_level 42');
	await expect(card).toContainText('Датчик витоку');
	await audit(page);
	await card.getByRole('link', { name: 'Зареєструвати' }).click();

	// All that is missing is told at once, beside the fields.
	const form = page.locator('form');
	await page.getByRole('button', { name: 'Зареєструвати' }).click();
	await expect(page.getByRole('alert')).toContainText('Перевірте позначені поля');
	await expect(page.getByLabel('Назва', { exact: true })).toBeFocused();
	await expect(form).toContainText('Укажіть джерело фінансування');
	await expect(page.getByLabel('Шлюз')).toHaveValue(server);
	await expect(page.getByLabel('Зовнішній ідентифікатор')).toHaveValue(eui);
	await expect(page.getByLabel('Профіль')).toHaveValue('leak-sensor');
	await audit(page);

	const id = `e2e-leak-${mark}`;
	await page.getByLabel('Ідентифікатор', { exact: true }).fill(server);
	await page.getByLabel('Назва', { exact: true }).fill('Датчик витоку, вулиця Європейська');
	await page.getByLabel('Програма').selectOption('rozdilna-2026');
	await page.getByLabel('Захід', { exact: true }).selectOption('3.4');
	await expect(form).toContainText('модернізація водних і енергетичних систем громади');
	// Two pay for it.
	await page.getByRole('button', { name: 'Додати джерело' }).click();
	const second = page.getByRole('group', { name: 'Джерело 2' });
	await second.getByLabel('Джерело фінансування').selectOption('grant');
	await second.getByLabel('Назва гранту').fill('EGAP');
	await second.getByLabel('Частка').fill('30');
	await page.getByRole('group', { name: 'Джерело 1' }).getByLabel('Частка').fill('62,5');
	const day = new Date(Date.now() - 72 * HOUR_MS).toISOString().slice(0, 10);
	await page.getByLabel('Введено в експлуатацію').fill(day);
	await expect(async () => {
		await page.getByLabel('Карта: натисніть').click({ timeout: 5_000 });
		await expect(page.getByLabel('Широта')).toHaveValue(/^46\.4\d+$/, { timeout: 1_000 });
	}).toPass();
	await page.getByLabel('Широта').fill('46,8432');
	await page.getByLabel('Довгота').fill('30.0771');
	await page.getByRole('button', { name: 'Зареєструвати' }).click();
	await expect(second).toContainText('Сума часток має становити 100 %');
	await audit(page);
	await second.getByLabel('Частка').fill('37.5');
	await page.getByRole('button', { name: 'Зареєструвати' }).click();
	await expect(form).toContainText('Цей ідентифікатор уже зайнято');
	await page.getByLabel('Ідентифікатор', { exact: true }).fill(id);
	await page.getByRole('button', { name: 'Зареєструвати' }).click();

	const done = page.getByRole('region', { name: `Пристрій ${id} зареєстровано` });
	await expect(done).toContainText('Оброблено повторно: 3 повідомлення');
	await expect(done).toContainText('жодного відомого поля: 1');
	await expect(done.getByText('Токен')).toHaveCount(0);
	await audit(page);
	await switchAll(page);
	await expect(page.getByText(`Device ${id} is registered`)).toBeVisible();
	await audit(page);
	await page.getByRole('button', { name: 'Українська' }).click();

	await done.getByRole('link', { name: /Захід програми 3\.4/ }).click();
	await expect(page).toHaveURL(new RegExp(`${MEASURE}$`));
	await expect(page.getByRole('table').last()).toContainText('вулиця Європейська');
	const after = await figures(page);
	expect(after.registered).toBe(before.registered + 1);
	expect(after.expected).toBeGreaterThan(before.expected);
	expect(after.delivered).toBeGreaterThan(before.delivered);
	await page.goto(`/objects/${id}`);
	await expect(page.getByRole('region', { name: 'Поточні значення' })).toContainText('42');
	const device = await request.get(`/api/v1/devices/${id}`);
	const { funding } = (await device.json()) as { funding: { source: string; share: number }[] };
	expect(funding.map(({ source, share }) => [source, share])).toEqual([
		['rozdilna-2026/3.4', 0.625],
		['grant:EGAP', 0.375]
	]);

	await page.goto('/unknown-devices');
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await expect(page.getByText(eui)).toHaveCount(0);
});

test('a sensor whose gateway may not speak for it is bound, and its messages used', async ({
	page,
	request
}) => {
	const mark = Date.now().toString(36);
	const eui = Date.now().toString(16).padStart(16, 'b');
	const { server, token } = await lorawanServer(request, mark);
	const id = `e2e-bound-${mark}`;
	await registerWater(request, {
		id,
		name: 'Датчик без шлюзу',
		object: id,
		lat: 46.84,
		lon: 30.08,
		funding: 'grant:EGAP=0.4;own:Водоканал=0.6',
		external_id: eui
	});
	const topic = `application/0193/device/${eui}/event/up`;
	await publish(server, token, topic, uplink(eui, new Date(), { noise_level: 37 }));

	await page.goto('/unknown-devices');
	const card = page.getByRole('listitem').filter({ hasText: eui });
	await expect(card).toContainText('не прив’язаний');
	await card.getByRole('button', { name: `Прив’язати до шлюзу ${server}` }).click();
	await expect(page.getByRole('status').first()).toContainText(
		`Прив’язано до шлюзу ${server}. Оброблено повторно: 1 повідомлення.`
	);
	await expect(page.getByText(eui)).toHaveCount(0);
	const device = await request.get(`/api/v1/devices/${id}`);
	const papers = (await device.json()) as { gateway: string; funding: object[] };
	expect([papers.gateway, papers.funding.length]).toEqual([server, 2]);
});
