import { audit, expect, switchAll, test } from './platform.ts';

test('programmes lead through directions to measures, money and devices', async ({ page }) => {
	await page.goto('/programmes');
	await expect(page.getByRole('heading', { level: 2 })).toHaveCount(5);
	await expect(page.getByText('ПРОЄКТ').first()).toBeVisible();
	await audit(page);

	await page.locator('a[href="/programmes/odesa-city-2024"]').click();
	const tree = page.getByRole('navigation', { name: 'Напрями та заходи' });
	await expect(tree.getByText('14.2', { exact: true })).toBeVisible();
	const ids = await tree.locator('.id').allTextContents();
	const places = ['1', '1.2', '1.10', '2', '14.2'].map((id) => ids.indexOf(id));
	expect(places).not.toContain(-1);
	expect(places).toEqual([...places].sort((left, right) => left - right));
	await expect(page.getByRole('heading', { name: 'Розбіжності в документі: 1' })).toBeVisible();
	await expect(page.getByText('кошти поза строком заходу')).toBeVisible();
	await audit(page);

	await tree.locator('a[href$="/14.2"]').click();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('14.2');
	await expect(page.getByText('Повнота даних')).toBeVisible();
	await expect(page.getByRole('table').last()).toContainText('введено в експлуатацію', {
		ignoreCase: true
	});
	await audit(page);
	await switchAll(page);
	await expect(page.getByText('Data capture')).toBeVisible();
	await audit(page);
});

test('a measure without money says so, never zero', async ({ page, request }) => {
	const answer = await request.get('/api/v1/programmes/odesa-city-2024/measures');
	const { notes } = (await answer.json()) as { notes: { measure: string }[] };
	expect(notes.length).toBeGreaterThan(0);
	await page.goto(`/programmes/odesa-city-2024/${notes[0]?.measure}`);
	await expect(page.getByText('кошти програмою не передбачено')).toBeVisible();
});
