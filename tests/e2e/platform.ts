import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base, type APIRequestContext, type Page } from '@playwright/test';

/** Tests whose page must run without a script error. */
export const test = base.extend<{ errors: string[] }>({
	errors: [
		async ({ page }, use) => {
			const errors: string[] = [];
			page.on('pageerror', (error) => errors.push(error.message));
			await use(errors);
			expect(errors).toEqual([]);
		},
		{ auto: true }
	]
});

export { expect };

/** No finding of axe against WCAG 2.1 AA. */
export async function audit(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
		.analyze();
	const found = violations.map(
		({ id, nodes }) => `${id}: ${nodes.map((one) => one.html).join('\n')}`
	);
	expect(found).toEqual([]);
}

/** Goes from Ukrainian and light to English and dark, in place. */
export async function switchAll(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'English' }).click();
	await expect(page.locator('html')).toHaveAttribute('lang', 'en');
	const theme = page.getByRole('button', { name: /^Theme/ });
	await theme.click();
	await theme.click();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
}

/** A device of a test, as the API registers it. */
export interface Registered {
	id: string;
	token: string;
	topic: string;
}

/** Registers a device; `papers` are the columns of the device file. */
export async function registerAs(
	request: APIRequestContext,
	papers: { id: string } & Record<string, unknown>
): Promise<Registered> {
	const answer = await request.post('/api/v1/devices', { data: papers });
	expect(answer.status(), await answer.text()).toBe(201);
	const { device, token } = (await answer.json()) as { device: { topic: string }; token: string };
	return { id: papers.id, token, topic: device.topic };
}

/** Registers a luminaire that sits on an object of its own. */
export function register(
	request: APIRequestContext,
	id: string,
	object = id
): Promise<Registered> {
	return registerAs(request, {
		id,
		object,
		community: 'odesa',
		kind: 'light',
		profile: 'luminaire',
		name: `Світильник ${object}`,
		lat: 46.47,
		lon: 30.73,
		funding: 'own:КП «Одесміськсвітло»',
		owner: 'КП «Одесміськсвітло»'
	});
}

/** A wire between the browser and the platform that a test can cut. */
export class Wire {
	#server: Server;
	#sockets = new Set<Socket>();
	#port = 0;

	constructor() {
		const target = new URL(process.env.OBRII_E2E_URL ?? '');
		this.#server = createServer((near) => {
			const far = connect(Number(target.port), target.hostname);
			for (const socket of [near, far]) {
				this.#sockets.add(socket);
				socket.on('error', () => undefined);
				socket.on('close', () => {
					this.#sockets.delete(socket);
					near.destroy();
					far.destroy();
				});
			}
			near.pipe(far).pipe(near);
		});
	}

	/** Connects, on the same address each time; the answer is the address. */
	async join(): Promise<string> {
		await new Promise<void>((done) => this.#server.listen(this.#port, '127.0.0.1', done));
		this.#port = (this.#server.address() as AddressInfo).port;
		return `http://127.0.0.1:${this.#port}`;
	}

	/** Cuts the wire and every connection through it. */
	async cut(): Promise<void> {
		const closed = new Promise((done) => this.#server.close(done));
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}
}
