import { audit, expect, test } from './platform.ts';

test('every page fits a phone', async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	for (const path of [
		'/',
		'/objects',
		'/programmes',
		'/programmes/odesa-city-2024',
		'/quarantine',
		'/unknown-devices',
		'/profiles',
		'/profiles/air-post',
		'/new-profile'
	]) {
		await page.goto(path);
		await expect(page.getByRole('heading', { level: 1 }).first()).toBeAttached();
		const overflow = await page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth
		);
		expect(overflow, path).toBeLessThanOrEqual(0);
	}
	await expect(page.locator('nav a').last()).toBeInViewport({ ratio: 1 });
	await audit(page);
});

test('a video wall gets larger letters', async ({ page }) => {
	const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
	await page.goto('/quarantine');
	const desk = await size();
	await page.setViewportSize({ width: 3840, height: 2160 });
	expect(await size()).toBeGreaterThanOrEqual(2 * desk);
});
