import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { freePorts } from './ports.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The program under test. */
export const PROGRAM = process.env.OBRII_BIN ?? join(ROOT, 'target/debug/obrii');

const READY_MS = 60_000;
const ASK_MS = 100;

/** A platform without the demo, on an empty folder and ports of its own. */
export class City {
	readonly #data = mkdtempSync(join(tmpdir(), 'obrii-city-'));
	readonly #http: number;
	readonly mqtt: number;
	#process: ChildProcess | undefined;

	constructor() {
		const [http = 0, mqtt = 0] = freePorts(2);
		this.#http = http;
		this.mqtt = mqtt;
	}

	get url(): string {
		return `http://127.0.0.1:${this.#http}`;
	}

	/** Runs a command on its folder, as an administrator does; the answer is what it printed. */
	run(...args: string[]): string {
		const { status, stdout, stderr } = spawnSync(PROGRAM, [...args, '--data', this.#data], {
			encoding: 'utf8'
		});
		if (status !== 0) throw new Error(`obrii ${args.join(' ')}: ${stderr}`);
		return stdout;
	}

	/** Imports the programmes that the project carries. */
	importProgrammes(): void {
		this.run('programme', 'import', join(ROOT, 'data/programmes'));
	}

	/** Imports a device file; the answer is the tokens of the new devices by id. */
	importDevices(csv: string): Map<string, string> {
		const [file, tokens] = [join(this.#data, 'devices.csv'), join(this.#data, 'tokens.csv')];
		writeFileSync(file, csv);
		this.run('device', 'import', file, '--tokens', tokens);
		const [, ...rows] = readFileSync(tokens, 'utf8').trim().split('\n');
		rmSync(tokens);
		return new Map(rows.map((row) => row.split(',') as [string, string]));
	}

	/** Starts it and waits until it is ready. */
	async start(): Promise<void> {
		const addresses = ['--http', `127.0.0.1:${this.#http}`, '--mqtt', `127.0.0.1:${this.mqtt}`];
		this.#process = spawn(PROGRAM, ['up', '--data', this.#data, ...addresses], {
			stdio: 'ignore'
		});
		const deadline = Date.now() + READY_MS;
		for (;;) {
			const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
			if (answer?.ok) return;
			if (Date.now() > deadline) throw new Error('the platform is not ready in time');
			await new Promise((done) => setTimeout(done, ASK_MS));
		}
	}

	/** Stops it and removes its folder. */
	async end(): Promise<void> {
		const running = this.#process;
		if (running && running.exitCode === null) {
			const ended = once(running, 'exit');
			running.kill('SIGTERM');
			await ended;
		}
		rmSync(this.#data, { recursive: true, force: true });
	}

	/**
	 * Publishes with the usual command of the trade; false when the broker did not acknowledge it.
	 * MQTT 3.1.1 has no word for «not allowed»: the connection is closed.
	 */
	mosquittoPub(user: string, token: string, topic: string, payload: string): boolean {
		const address = ['-h', '127.0.0.1', '-p', String(this.mqtt)];
		const login = ['-i', `${user}-1`, '-u', user, '-P', token];
		const message = ['-V', 'mqttv311', '-q', '1', '-t', topic, '-m', payload];
		const { status } = spawnSync('mosquitto_pub', [...address, ...login, ...message]);
		return status === 0;
	}
}
