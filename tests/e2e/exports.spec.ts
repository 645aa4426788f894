import { readFileSync } from 'node:fs';

import { audit, expect, switchAll, test } from './platform.ts';

interface ExportView {
	name: string;
	state: string;
	objects: number;
	datastreams: number;
	datastreams_done: number;
	rows: number;
	bytes: number;
}

test('what fits the filters is exported, and its progress is that of the file', async ({
	page,
	request
}) => {
	await page.goto('/objects?kind=air');
	const note = await page.getByText(/^\d+ об’єкт/).first().textContent();
	await page.getByText('Вивантажити дані').click();
	await expect(page.getByText('За останню добу вивантажень не було.')).toBeVisible();

	await page.getByLabel('З дня').fill('2026-02-30');
	await page.getByRole('button', { name: /^Вивантажити:/ }).click();
	await expect(page.getByText('Укажіть обидва дні')).toBeVisible();

	await page.getByLabel('З дня').fill('2020-01-01');
	await page.getByLabel('Пил PM2.5').check();
	await page.getByLabel('Температура').check();
	const coming = page.waitForEvent('download');
	await page.getByRole('button', { name: `Вивантажити: ${note}` }).click();
	const download = await coming;
	const file = readFileSync(await download.path(), 'utf8');
	const lines = file.trimEnd().split('\r\n');

	const recent = page.getByRole('region', { name: 'Останні вивантаження' });
	await expect(recent.getByText('Файл завантажено повністю.')).toBeVisible();
	const answer = await request.get('/api/v1/exports');
	const [made] = ((await answer.json()) as { exports: ExportView[] }).exports;
	expect(made?.state).toBe('complete');
	expect(download.suggestedFilename()).toBe(made?.name);
	expect(lines.length - 1).toBe(made?.rows);
	expect(made?.rows).toBeGreaterThan(0);
	expect(Buffer.byteLength(file)).toBe(made?.bytes);
	expect(note).toContain(String(made?.objects));
	const shown = (await recent.getByRole('listitem').first().textContent()) ?? '';
	const [, done, all, rows] =
		/прочитано: ([\d\s]+) із ([\d\s]+) ·\s+([\d\s]+) ряд/u.exec(shown) ?? [];
	const count = (text = '') => Number(text.replaceAll(/\s/gu, ''));
	expect([done, all, rows].map(count)).toEqual([made?.datastreams, made?.datastreams, made?.rows]);

	// The rows are of what was asked for, and no more.
	const cells = lines.map((line) => line.split(','));
	expect(cells[0]?.slice(0, 4)).toEqual(['object', 'device', 'property', 'unit']);
	const properties = new Set(cells.slice(1).map((row) => row[2]));
	expect([...properties].sort()).toEqual(['pm25', 'temperature']);

	await audit(page);
	await page.setViewportSize({ width: 390, height: 844 });
	const rights = await page
		.locator('details *')
		.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
	expect(Math.max(...rights)).toBeLessThanOrEqual(390);
	await switchAll(page);
	await expect(page.getByText('The whole file was downloaded.')).toBeVisible();
	await audit(page);
});

test('with the keyboard alone, as JSON lines', async ({ page }) => {
	await page.goto('/objects?kind=vehicle');
	await page.locator('summary', { hasText: 'Вивантажити дані' }).focus();
	await page.keyboard.press('Enter');
	await page.getByLabel('Формат', { exact: true }).selectOption('jsonl');
	const coming = page.waitForEvent('download');
	await page.getByRole('button', { name: /^Вивантажити:/ }).press('Enter');
	const file = readFileSync(await (await coming).path(), 'utf8');
	const lines = file.trimEnd().split('\n');
	const readings = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
	const position = readings.find(({ property }) => property === 'position');
	expect(typeof position?.lat).toBe('number');
	expect(position?.simulated).toBe(true);
});
