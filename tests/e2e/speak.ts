import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const PYTHON = resolve(ROOT, 'target/clients/bin/python');
const SPEAK = resolve(ROOT, 'tests/clients/speak.py');

/** What `tests/clients/speak.py` is asked to send. */
export interface Speech {
	format: string;
	/** Phenomenon time, ms since 1970. */
	at: number;
	/** The device's name in the format. */
	name: string;
	values: unknown;
	/** Who logs in. */
	user: string;
	token: string;
	topic: string;
}

/** Lets a foreign client send one reading; it is acknowledged when this returns. */
export async function speak(speech: Speech): Promise<void> {
	const [http, mqtt, teltonika, wialon] = (process.env.OBRII_E2E_PORTS ?? '')
		.split(' ')
		.map(Number);
	const client = spawn(PYTHON, [SPEAK], { stdio: ['pipe', 'ignore', 'pipe'] });
	const told: string[] = [];
	client.stderr.on('data', (text: Buffer) => told.push(text.toString()));
	client.stdin.end(JSON.stringify({ ...speech, ports: { http, mqtt, teltonika, wialon } }));
	const code = await new Promise((ended, failed) => {
		client.once('error', failed);
		client.once('close', ended);
	});
	if (code !== 0) throw new Error(`${speech.format} ended with ${code}: ${told.join('')}`);
}
