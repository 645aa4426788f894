import { publish } from './mqtt.ts';
import { audit, expect, register, switchAll, test } from './platform.ts';

test('objects are found, filtered and turned over', async ({ page }) => {
	await page.goto('/objects');
	const rows = page.getByRole('row');
	await expect(rows).toHaveCount(51);
	const first = await rows.nth(1).textContent();
	await page.getByRole('button', { name: 'Далі' }).click();
	await expect(rows.nth(1)).not.toHaveText(first ?? '');
	await page.getByRole('combobox', { name: /^Вид/ }).selectOption('air');
	await expect(page.getByRole('columnheader', { name: 'Пил PM2.5' })).toBeVisible();
	await page.getByRole('searchbox').fill('постів немає');
	await expect(page.getByText('За цими фільтрами об’єктів немає')).toBeVisible();
	await page.getByRole('button', { name: 'Скинути фільтри' }).click();
	await expect(rows).toHaveCount(51);
	await audit(page);
	await switchAll(page);
	await expect(page.getByRole('columnheader', { name: 'Data age' })).toBeVisible();
	await audit(page);
});

test('the page of an object: values, chart, passport, money, exports', async ({
	page,
	request
}) => {
	const answer = await request.get('/api/v1/objects?kind=air&measure=odesa-city-2024/14.2&limit=1');
	const { objects } = (await answer.json()) as { objects: { id: string; name: string }[] };
	const [post] = objects;
	expect(post).toBeDefined();
	await page.goto(`/objects/${post?.id}`);
	await expect(page.getByRole('heading', { level: 1, name: post?.name })).toBeVisible();
	await expect(page.getByRole('region', { name: 'Поточні значення' })).toContainText('мкг/м³');
	await expect(page.getByRole('region', { name: 'Паспорт' })).toContainText('Власник');
	await expect(page.getByRole('region', { name: 'Пристрої на об’єкті' })).toContainText(
		'встановлено на об’єкті з'
	);
	await expect(
		page.getByRole('img', { name: /Пил PM.*від .* до .*/ }).locator('canvas')
	).toBeVisible();
	const download = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Excel (XLSX)' }).click();
	expect((await download).suggestedFilename()).toMatch(/\.xlsx$/);
	await audit(page);

	await page.getByRole('button', { name: 'Місяць' }).click();
	await switchAll(page);
	await expect(page.getByRole('button', { name: 'Month' })).toHaveAttribute('aria-pressed', 'true');
	await expect(page.getByRole('img', { name: /PM.*from .* to .*/ })).toBeVisible();
	await audit(page);

	// From an object to its measure and back in one click each.
	await page.getByRole('region', { name: 'Money' }).getByRole('link', { name: /14\.2/ }).click();
	await expect(page).toHaveURL(/\/programmes\/odesa-city-2024\/14\.2$/);
	await page.getByRole('link', { name: post?.name }).click();
	await expect(page).toHaveURL(new RegExp(`/objects/${post?.id}$`));
});

test('a new device says how to connect it, shows its data, and is replaced', async ({
	page,
	request
}) => {
	const mark = Date.now().toString(36);
	const [old, spare] = [`e2e-${mark}-a`, `e2e-${mark}-b`];
	const device = await register(request, old);
	await page.goto(`/objects/${old}`);
	await expect(page.getByText('даних ще не надходило. Як підключити')).toBeVisible();
	await expect(page.getByText(device.topic)).toBeVisible();

	const reading = JSON.stringify({
		ts: new Date().toISOString(),
		values: { power: 44, voltage: 231 }
	});
	await publish(device.id, device.token, device.topic, reading);
	await expect(page.getByRole('region', { name: 'Поточні значення' })).toContainText('231');

	await register(request, spare, spare);
	await page.getByText('Замінити пристрій').click();
	await page.getByLabel('Ідентифікатор нового пристрою').fill(spare);
	await page.getByRole('button', { name: 'Замінити', exact: true }).click();
	const installations = page.getByRole('region', { name: 'Пристрої на об’єкті' });
	await expect(installations.getByRole('listitem')).toHaveCount(2);
	await expect(installations).toContainText(spare);
	await expect(page.getByRole('region', { name: 'Поточні значення' })).toContainText('231');
});

test('corrected values of any time are listed by their arrival', async ({ page, request }) => {
	const device = await register(request, `e2e-${Date.now().toString(36)}-c`);
	const longAgo = Date.now() - 40 * 24 * 3600 * 1000;
	const batch = (power: number) =>
		JSON.stringify(
			Array.from({ length: 25 }, (_, minute) => ({
				ts: longAgo + minute * 60_000,
				values: { power: power + minute }
			}))
		);
	await page.goto(`/objects/${device.id}`);
	const corrections = page.getByRole('region', { name: 'Виправлені значення' });
	await expect(corrections).toContainText('Значень не виправляли');
	await publish(device.id, device.token, device.topic, batch(100));
	await publish(device.id, device.token, device.topic, batch(200));
	await page.reload();
	await expect(corrections).toContainText('Усього: 25');
	const rows = corrections.getByRole('row');
	await expect(rows).toHaveCount(11);
	const newest = rows.nth(1);
	await expect(newest).toContainText('надійшло із запізненням');
	await expect(newest).toContainText(/124.*надійшло .*224.*чинне.*надійшло /);
	await audit(page);
	const next = corrections.getByRole('button', { name: 'Далі' });
	await next.click();
	await expect(rows.nth(1)).toContainText(/114.*214/);
	await next.click();
	await expect(rows).toHaveCount(6);
	await expect(next).toHaveCount(0);
	await expect(rows.last()).toContainText(/100.*200/);
	await corrections.getByRole('button', { name: 'На початок' }).click();
	await expect(rows).toHaveCount(11);

	await page.setViewportSize({ width: 390, height: 844 });
	const overflow = await page.evaluate(
		() => document.documentElement.scrollWidth - document.documentElement.clientWidth
	);
	expect(overflow).toBeLessThanOrEqual(0);
	await audit(page);
});
