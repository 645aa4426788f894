import { lorawanServer, registerWater, uplink } from './lorawan.ts';
import { publish } from './mqtt.ts';
import { audit, expect, register, switchAll, test } from './platform.ts';

const DAY_MS = 24 * 3600 * 1000;

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
	const groups = page.getByRole('region', { name: 'За причинами та пристроями' });
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
	const late = JSON.stringify({ ts: Date.now() - 40 * DAY_MS, values: { power: 45 } });
	await publish(device.id, device.token, device.topic, late);
	const balance = page.getByRole('region', { name: 'Баланс за пристроями' });
	await expect(async () => {
		await page.reload();
		const cells = balance.getByRole('row').filter({ hasText: device.id }).getByRole('cell');
		// Received = stored + corrected + duplicate + quarantined + unknown fields; of them late.
		await expect(cells).toHaveText(['6', '2', '0', '1', '1', '2', '1'], { timeout: 5_000 });
	}).toPass();
	// Whichever device it is, the search finds it, by its object's name, too.
	await page.goto('/quarantine');
	await expect(balance.getByRole('row')).toHaveCount(11);
	const search = balance.getByRole('searchbox', { name: 'Пошук пристрою' });
	for (const typed of [device.id.toUpperCase(), `Світильник ${device.id}`]) {
		await search.fill(typed);
		await balance.getByRole('button', { name: 'Шукати' }).click();
		await page.waitForURL((url) => url.searchParams.get('q') === typed);
		await expect(balance.getByRole('row')).toHaveCount(2);
		await expect(balance.getByRole('row').last()).toContainText(device.id);
	}
	await search.fill('такого немає');
	await balance.getByRole('button', { name: 'Шукати' }).click();
	await expect(balance).toContainText('Пристроїв, що надсилали дані, за цим пошуком немає');
	await audit(page);
	await switchAll(page);
	await expect(page.getByText('The equation holds')).toBeVisible();
	await expect(page.getByText(/Late \(measured more than 30 days .*\): [1-9]/)).toBeVisible();
	await audit(page);

	// The same on the page of its object, from where its quarantine is one click away.
	await page.goto(`/objects/${device.id}`);
	const tally = page.getByRole('region', { name: 'Data received' });
	await expect(tally.getByRole('cell')).toHaveText(['6', '2', '0', '1', '1', '2', '1']);
	await audit(page);
	await tally.getByRole('link', { name: /quarantine/ }).click();
	await expect(page).toHaveURL(new RegExp(`/quarantine\\?device=${device.id}$`));
	await expect(page.getByRole('region', { name: 'Messages' })).toContainText('not JSON');
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

	const groups = page.getByRole('region', { name: 'За причинами та пристроями' });
	const of = (name: string) => groups.getByRole('row').filter({ hasText: name });
	await of(eui)
		.getByRole('button', { name: /^Обробити повторно/ })
		.click();
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

	// A device and a whole reason are chosen apart from each other.
	await page.goto('/quarantine');
	const wholeReasons = page.getByRole('region', { name: 'За причинами', exact: true });
	const ofReason = wholeReasons.getByRole('button', { name: 'не JSON', exact: true });
	await ofReason.click();
	await expect(ofReason).toHaveAttribute('aria-pressed', 'true');
	await expect(groups.locator('[aria-pressed="true"]')).toHaveCount(0);
	await groups.getByRole('button', { name: 'не JSON', exact: true }).first().click();
	await expect(groups.locator('[aria-pressed="true"]')).toHaveCount(1);
	await expect(ofReason).toHaveAttribute('aria-pressed', 'false');

	// What was discarded is still there to be read: when, and why.
	await page.goto(`/quarantine?device=${id}`);
	await expect(messages).toContainText('За цими фільтрами повідомлень немає');
	await messages.getByLabel('Стан').selectOption('вилучені');
	await expect(page).toHaveURL(/state=discarded/);
	await expect(rows).toHaveCount(1);
	await rows.locator('summary').click();
	await expect(rows).toContainText(/вилучено \d\d\.\d\d\.\d{4}/);
	await expect(rows).toContainText('датчик кольору не купували');
	await expect(rows.getByRole('checkbox')).toHaveCount(0);
	await expect(rows.getByRole('button')).toHaveCount(0);
	await audit(page);
	await page.goto(`/quarantine?device=${eui}&state=replayed`);
	await expect(rows).toHaveCount(4);
	await expect(rows.first()).toContainText('оброблено повторно');
	await messages.getByLabel('Стан').selectOption('очікують розгляду');
	await expect(messages).toContainText('За цими фільтрами повідомлень немає');
});

test('all messages of a reason are reprocessed, whichever devices they are of', async ({
	page,
	request
}) => {
	const mark = Date.now().toString(36);
	const { server, token } = await lorawanServer(request, mark);
	const euis = ['d', 'e'].map((letter) => Date.now().toString(16).padStart(16, letter));
	for (const eui of euis) {
		for (const object of [{ noise_level: 3 }, { noise_level: 4 }]) {
			const topic = `application/0193/device/${eui}/event/up`;
			await publish(server, token, topic, uplink(eui, new Date(), object));
		}
	}
	for (const [number, external_id] of euis.entries()) {
		const id = `e2e-reason-${mark}-${number}`;
		const papers = { lat: 46.84, lon: 30.08, gateway: server };
		await registerWater(request, { id, name: 'Датчик', object: id, external_id, ...papers });
	}
	await page.goto('/quarantine');
	const reasons = page.getByRole('region', { name: 'За причинами', exact: true });
	const row = reasons.getByRole('row').filter({ hasText: 'невідомий пристрій' });
	await expect(row).toHaveCount(1);
	const replay = row.getByRole('button', { name: /^Обробити повторно: [\d\s]+ повідомлен/ });
	await expect(replay).toBeVisible();
	await audit(page);
	await replay.click();
	const result = page.getByRole('status').first();
	await expect(result).toContainText(/Оброблено повторно: [\d\s]+ повідомлен/);
	for (const eui of euis) {
		await page.goto(`/quarantine?device=${eui}&state=replayed`);
		const messages = page.getByRole('region', { name: 'Повідомлення' });
		await expect(messages.getByRole('listitem')).toHaveCount(2);
	}
});
