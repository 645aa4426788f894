import { lorawanServer, registerWater, uplink } from './lorawan.ts';
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

test('messages are reprocessed alone, together and by reason, and discarded with a remark', async ({
	page,
	request
}) => {
	const mark = Date.now().toString(36);
	const eui = Date.now().toString(16).padStart(16, 'c');
	const { server, token } = await lorawanServer(request, mark);
	const topic = `application/0193/device/${eui}/event/up`;
	const large = { noise_level: 7, note: 'x'.repeat(5_000) };
	await publish(server, token, topic, '{"object":{"colour":"red"}}');
	for (const object of [{ noise_level: 3 }, { noise_level: 4 }, { noise_level: 5 }, large]) {
		await publish(server, token, topic, uplink(eui, new Date(), object));
	}

	await page.goto(`/quarantine?device=${eui}`);
	const messages = page.getByRole('region', { name: 'Повідомлення' });
	const rows = messages.getByRole('listitem');
	await expect(rows).toHaveCount(5);
	const newest = rows.first();
	await newest.locator('summary').click();
	await expect(newest).toContainText('показано початок');
	await newest.getByRole('button', { name: 'Показати повністю' }).click();
	await expect(newest).toContainText('"snr":7.2');
	await expect(newest).toContainText('1390  ');
	await expect(newest).not.toContainText('показано початок');

	const result = page.getByRole('status').first();
	await newest.getByRole('button', { name: /^Обробити повторно/ }).click();
	await expect(result).toContainText('Досі непридатні: 1 повідомлення');
	const [id, papers] = [`e2e-replay-${mark}`, { lat: 46.84, lon: 30.08, gateway: server }];
	await registerWater(request, { id, name: 'Датчик', object: id, external_id: eui, ...papers });
	await newest.getByRole('button', { name: /^Обробити повторно/ }).click();
	await expect(result).toContainText('Оброблено повторно: 1 повідомлення.');
	await expect(rows).toHaveCount(4);

	await rows.nth(0).getByRole('checkbox').check();
	await rows.nth(1).getByRole('checkbox').check();
	await messages.getByRole('button', { name: 'Обробити повторно: Вибрано: 2' }).click();
	await expect(result).toContainText('Оброблено повторно: 2 повідомлення.');
	await expect(rows).toHaveCount(2);

	const groups = page.getByRole('region', { name: 'За причинами' });
	const of = (name: string) => groups.getByRole('row').filter({ hasText: name });
	await of(eui).getByRole('button', { name: /^Обробити повторно/ }).click();
	await expect(result).toContainText('Оброблено повторно: 1 повідомлення. Досі непридатні: 1');
	await expect(of(eui)).toHaveCount(0);

	// What still cannot be used stands under the device that it is of by now.
	const unusable = of(id);
	await expect(unusable).toContainText('жодного відомого поля');
	await unusable.getByRole('button', { name: /^Вилучити…/ }).click();
	await page.getByLabel('Причина вилучення').fill('датчик кольору не купували');
	await page.getByRole('button', { name: 'Вилучити', exact: true }).click();
	await expect(result).toContainText('Вилучено: 1 повідомлення.');
	await expect(of(id)).toHaveCount(0);
	await audit(page);
});
