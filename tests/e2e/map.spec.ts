import { resolve } from 'node:path';

import { publish } from './mqtt.ts';
import { audit, expect, registerAs, switchAll, test, Wire } from './platform.ts';

test('the city lives on the map, in both languages and themes', async ({ page }) => {
	// Drawn without a graphics card, twice.
	test.slow();
	await page.goto('/');
	await expect(page.locator('[data-drawn=true]')).toBeVisible();
	await expect(page.getByRole('region', { name: 'Карта об’єктів' })).toBeVisible();
	await expect(page.getByText('ДЕМО-ДАНІ', { exact: true })).toBeVisible();
	for (const layer of ['Повітря', 'Транспорт', 'Освітлення', 'Вода']) {
		// «118 із 124»: some of every layer send.
		await expect(page.getByLabel(layer)).toBeChecked();
		await expect(page.locator('label', { hasText: layer })).toContainText(/[1-9]\d* із/);
	}
	await audit(page);
	if (process.env.OBRII_SHOTS === '1') {
		await page.setViewportSize({ width: 1440, height: 900 });
		await page.screenshot({ path: resolve(import.meta.dirname, '../../docs/map.png') });
	}

	await switchAll(page);
	await expect(page.getByText('DEMO DATA', { exact: true })).toBeVisible();
	await expect(page.getByRole('region', { name: 'Map of objects' })).toBeVisible();
	await expect(page.locator('[data-drawn=true]')).toBeVisible();
	await audit(page);
});

test('the list is used with the keyboard and stands still', async ({ page }) => {
	await page.goto('/');
	const search = page.getByRole('searchbox');
	await search.fill('трамвай');
	const rows = page.getByRole('group', { name: 'Список об’єктів' }).getByRole('listitem');
	await expect(rows.first()).toContainText('Трамвай');
	const before = await rows.allTextContents();
	await rows.first().getByRole('button').focus();
	await expect(page.getByText('Список стоїть')).toBeVisible();
	const names = (texts: string[]) => texts.map((one) => /борт \d+/.exec(one)?.[0]);
	expect(names(await rows.allTextContents())).toEqual(names(before));

	await page.keyboard.press('Enter');
	const card = page.getByRole('region', { name: 'Картка об’єкта' });
	await expect(card).toContainText('Швидкість');
	await page.keyboard.press('Escape');
	await expect(card).toBeHidden();

	await page.getByLabel('Транспорт').uncheck();
	await expect(rows.first()).toContainText('Нічого не знайдено');
	await page.getByLabel('Транспорт').check();
	await search.fill('Пушкінська');
	await expect(page.getByRole('button', { name: /Італійська.*Пушкінська/ })).toBeVisible();
});

test('the card of a vehicle follows its readings and leads to its object and measure', async ({
	page,
	request
}) => {
	const id = `e2e-${Date.now().toString(36)}-tram`;
	const name = `Трамвай ${id}`;
	// Of its own: every tram of the demo is parked at some hour, and then sends each five minutes.
	const tram = await registerAs(request, {
		id,
		object: id,
		community: 'odesa',
		kind: 'vehicle',
		profile: 'gps-tracker',
		name,
		funding: 'odesa-city-2024/4.2.1',
		owner: 'Перевізник Г'
	});
	/** One position; the speed in m/s. */
	const drive = async (speed: number) => {
		const ts = new Date().toISOString();
		const values = { lat: 46.47, lon: 30.73, speed, bearing: 90 };
		await publish(tram.id, tram.token, tram.topic, JSON.stringify({ ts, values }));
		return ts;
	};
	const setOut = await drive(10);
	await page.goto('/');
	await page.getByRole('searchbox').fill(id);
	await page.getByRole('button', { name }).click();
	const card = page.getByRole('region', { name: 'Картка об’єкта' });
	const measured = card.locator('time').first();
	await expect(measured).toHaveAttribute('datetime', setOut);
	await expect(card).toContainText('36 км/год');
	const further = await drive(12.5);
	await expect(measured).toHaveAttribute('datetime', further);
	await expect(card).toContainText('45 км/год');
	await expect(card.getByRole('link', { name: /Захід програми 4\.2\.1/ })).toBeVisible();
	await card.getByRole('link', { name: 'Сторінка об’єкта' }).click();
	await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});

test('a lost connection is told with the time of the state, and is over by itself', async ({
	page
}) => {
	const wire = new Wire();
	const address = await wire.join();
	await page.goto(`${address}/quarantine`);
	await expect(page.getByText(/дані \d+ с/)).toBeVisible();
	await wire.cut();
	const told = page.getByText(/Немає зв’язку з сервером \d+ с\. Показано стан на \d\d:\d\d:\d\d/);
	await expect(told).toBeVisible({ timeout: 10_000 });
	await wire.join();
	await expect(told).toBeHidden();
	await wire.cut();
});
