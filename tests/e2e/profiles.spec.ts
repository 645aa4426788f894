import type { APIRequestContext } from '@playwright/test';

import { publish } from './mqtt.ts';
import { audit, expect, switchAll, test } from './platform.ts';

/** A profile of a test, and a device of it that has sent what the profile does not know. */
async function prepare(request: APIRequestContext, id: string) {
	const text = [
		'# Лічильник для перевірки',
		`id = "${id}"`,
		'kind = "light"',
		'title_uk = "Лічильник перевірки"',
		'title_en = "Test meter"',
		'regime = "periodic"',
		'interval_s = 300',
		'stamp = "instant"',
		'fields = [',
		'    { name = "power", pointer = "/ENERGY/Power", unit = "W", range = [0, 1000] },',
		']',
		''
	].join('\n');
	const made = await request.put(`/api/v1/profiles/${id}`, {
		data: { draft: { text }, author: 'Перевірка', remark: 'перевірка', based_on: 0 }
	});
	expect(made.status(), await made.text()).toBe(201);
	const registered = await request.post('/api/v1/devices', {
		data: {
			id,
			community: 'odesa',
			kind: 'light',
			profile: id,
			name: `Лічильник ${id}`,
			lat: 46.47,
			lon: 30.73,
			funding: 'own:КП',
			owner: 'КП'
		}
	});
	expect(registered.status(), await registered.text()).toBe(201);
	const { token } = (await registered.json()) as { token: string };
	await publish(id, token, `obrii/v1/odesa/light/${id}/telemetry`, '{"values":{"lux":412}}');
}

test('a message from quarantine is tried, mapped, and counts after the next edition', async ({
	page,
	request
}) => {
	const id = `e2e-${Date.now().toString(36)}-p`;
	await prepare(request, id);
	await page.goto(`/quarantine?device=${id}`);
	await page.locator('details').filter({ hasText: id }).first().locator('summary').click();
	await page.getByRole('link', { name: 'Перевірити на стенді' }).click();

	const result = page.getByRole('region', { name: 'Результат' }).first();
	await expect(result).toContainText('жодного відомого поля');
	await expect(result).toContainText('lux');
	await page.getByRole('button', { name: 'Змінити', exact: true }).click();
	await result.getByRole('button', { name: 'Додати до профілю: lux' }).click();
	await expect(result).toContainText('Спершу виправте профіль');
	const field = page.locator('details').filter({ hasText: 'lux' });
	await expect(field).toContainText('Показника «lux» немає');
	await field.getByLabel('Показник').selectOption('illuminance');
	await expect(result).toContainText('412 лк');
	await audit(page);

	await page.getByLabel('Хто вносить зміну').fill('О. Шевчук');
	await page.getByLabel('Підстава зміни').fill('лист виробника');
	await page.getByRole('button', { name: 'Зберегти редакцію' }).click();
	await expect(page.getByText('Редакцію 2 збережено')).toBeVisible();
	const editions = page.getByRole('region', { name: 'Редакції' });
	await expect(editions).toContainText('лист виробника');
	await audit(page);

	await page.getByRole('link', { name: 'Обробити повторно повідомлення з карантину' }).click();
	const group = page.getByRole('row').filter({ hasText: id });
	await group.getByRole('button', { name: /^Обробити повторно/ }).click();
	await expect(page.getByText('Оброблено повторно: 1 повідомлення.')).toBeVisible();
	await page.goto(`/objects/${id}`);
	await expect(page.getByText('412 лк').first()).toBeVisible();
});

test('a refusal stands beside its cell, and what is lost has to be given up aloud', async ({
	page,
	request
}) => {
	const id = `e2e-${Date.now().toString(36)}-r`;
	await prepare(request, id);
	await page.goto(`/profiles/${id}`);
	await page.getByRole('button', { name: 'Змінити', exact: true }).click();
	const interval = page.getByLabel('Інтервал між показами, с');
	await interval.fill('0');
	await expect(interval).toHaveAttribute('aria-invalid', 'true');
	await expect(interval).toHaveAccessibleDescription(/Очікується число, більше за 0/);
	await interval.fill('60');
	await expect(interval).toHaveAttribute('aria-invalid', 'false');

	await page.getByLabel('Зберігати покази, діб').fill('30');
	await page.getByRole('button', { name: 'Файл' }).click();
	const file = page.getByLabel('Файл профілю (TOML)');
	await expect(file).toHaveValue(/interval_s = 60/);
	await file.fill((await file.inputValue()).replace('name = "power"', 'name = "voltage"'));
	await file.fill((await file.inputValue()).replace('unit = "W"', 'unit = "V"'));
	await page.getByLabel('Хто вносить зміну').fill('О. Шевчук');
	await page.getByLabel('Підстава зміни').fill('інший лічильник');
	await page.getByRole('button', { name: 'Зберегти редакцію' }).click();
	await expect(page.getByText('Не збережено. Виправте позначене.')).toBeVisible();
	await page.getByRole('checkbox', { name: /Більше не приймати їх/ }).check();
	await expect(page.getByText('Первинні покази, старші за 30 діб')).toBeVisible();
	await page.getByRole('checkbox', { name: 'Вилучити старші первинні покази.' }).check();
	await audit(page);
	await page.getByRole('button', { name: 'Зберегти редакцію' }).click();
	await expect(page.getByText('Редакцію 2 збережено')).toBeVisible();

	await switchAll(page);
	await page.getByLabel('Message', { exact: true }).fill('{"values":{"voltage":231');
	await expect(page.getByRole('region', { name: 'Result' }).first()).toContainText('not JSON');
	await page.getByLabel('Message', { exact: true }).fill('{"values":{"voltage":231}}');
	const result = page.getByRole('region', { name: 'Result' }).first();
	await expect(result).toContainText('231 V');
	await audit(page);
	await page.getByRole('link', { name: 'Device profiles' }).first().click();
	await expect(page.getByRole('row').filter({ hasText: id })).toContainText('made here');
	await audit(page);
});
