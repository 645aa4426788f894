import { publish } from './mqtt.ts';
import { audit, expect, register, switchAll, test } from './platform.ts';

test('what could not be used is shown with its bytes, and so is a refused login', async ({
	page,
	request
}) => {
	const device = await register(request, `e2e-${Date.now().toString(36)}-q`);
	await publish(device.id, device.token, device.topic, '{"values":{"power":4');
	await expect(publish(device.id, 'not-its-token', device.topic, '{}')).rejects.toThrow();

	await page.goto(`/quarantine?device=${device.id}`);
	await expect(page.getByRole('region', { name: 'Баланс', exact: true })).toContainText(
		'Рівність виконується'
	);
	const groups = page.getByRole('region', { name: 'За причинами' });
	await expect(groups).toContainText('не JSON');
	const message = page.locator('details').filter({ hasText: device.id }).first();
	await message.locator('summary').click();
	await expect(message).toContainText('{"values":{"power":4');
	await expect(message).toContainText('7b 22 76 61');
	await expect(async () => {
		await page.reload();
		const logins = page.getByRole('region', { name: 'Відмови у вході' });
		await expect(logins).toContainText(device.id, { timeout: 5_000 });
	}).toPass();
	// One good reading with an unknown field and again, and what could not be used.
	const good = JSON.stringify({ ts: Date.now() - 5_000, values: { power: 44, colour: 1 } });
	await publish(device.id, device.token, device.topic, good);
	await publish(device.id, device.token, device.topic, good);
	const balance = page.getByRole('region', { name: 'Баланс за пристроями' });
	await expect(async () => {
		await page.reload();
		const cells = balance.getByRole('row').filter({ hasText: device.id }).getByRole('cell');
		// Received = stored + corrected + duplicate + quarantined + unknown fields.
		await expect(cells).toHaveText(['5', '1', '0', '1', '1', '2'], { timeout: 5_000 });
	}).toPass();
	await audit(page);
	await switchAll(page);
	await expect(page.getByText('The equation holds')).toBeVisible();
	await audit(page);
});
