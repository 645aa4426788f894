import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CONNECT = 0x10;
const CONNACK = 2;
const PUBLISH_QOS1 = 0x32;
const PUBACK = 4;
const DISCONNECT = 0xe0;
const DEADLINE_MS = 60_000;
const PACKET_IDS = 0xffff;

/** The broker is too busy to let somebody in, as while the whole demo connects. */
const UNAVAILABLE = 3;
const AGAIN_MS = 500;

function text(value: string): Buffer {
	const bytes = Buffer.from(value, 'utf8');
	const length = Buffer.alloc(2);
	length.writeUInt16BE(bytes.length);
	return Buffer.concat([length, bytes]);
}

function packet(type: number, body: Buffer): Buffer {
	const length: number[] = [];
	let rest = body.length;
	do {
		length.push((rest % 128) | (rest >= 128 ? 128 : 0));
		rest = Math.floor(rest / 128);
	} while (rest > 0);
	return Buffer.concat([Buffer.from([type, ...length]), body]);
}

/** A device that publishes over MQTT 3.1.1 with QoS 1. */
export class Publisher {
	readonly #socket: Socket;
	readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
	#unread = Buffer.alloc(0);
	#packetId = 0;

	private constructor(port: number) {
		this.#socket = connect(port, '127.0.0.1');
		this.#socket.setTimeout(DEADLINE_MS, () => this.#fail(new Error('no MQTT packet in time')));
		this.#socket.on('error', (error) => this.#fail(error));
		this.#socket.on('close', () => this.#fail(new Error('closed by the broker')));
	}

	/** Logs in as soon as the broker lets anybody in; a refusal is an error. */
	static async login(port: number, user: string, token: string): Promise<Publisher> {
		const end = Date.now() + DEADLINE_MS;
		for (;;) {
			const publisher = await Publisher.#tryToLogIn(port, user, token);
			if (publisher) return publisher;
			if (Date.now() > end) throw new Error('the broker stays unavailable');
			await new Promise((done) => setTimeout(done, AGAIN_MS));
		}
	}

	static async #tryToLogIn(port: number, user: string, token: string) {
		const publisher = new Publisher(port);
		const head = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 60])]);
		const credentials = Buffer.concat([text(`${user}-e2e`), text(user), text(token)]);
		publisher.#socket.write(packet(CONNECT, Buffer.concat([head, credentials])));
		const closed = once(publisher.#socket, 'close').then(() => [Buffer.alloc(0)]);
		const answered = once(publisher.#socket, 'data');
		const [connack] = (await Promise.race([answered, closed])) as [Buffer];
		if ((connack[0] ?? 0) >> 4 !== CONNACK || connack[3] !== 0) {
			publisher.close();
			if (connack[3] === UNAVAILABLE) return undefined;
			throw new Error(`login refused with code ${connack[3] ?? 'none'}`);
		}
		publisher.#socket.on('data', (data) => publisher.#read(data));
		return publisher;
	}

	/** Sends a message; kept when the acknowledgement is there: then it is on disk. */
	publish(topic: string, payload: string): Promise<void> {
		this.#packetId = (this.#packetId % PACKET_IDS) + 1;
		const id = Buffer.alloc(2);
		id.writeUInt16BE(this.#packetId);
		const body = Buffer.concat([text(topic), id, Buffer.from(payload, 'utf8')]);
		return new Promise((resolve, reject) => {
			this.#waiting.push({ resolve, reject });
			this.#socket.write(packet(PUBLISH_QOS1, body));
		});
	}

	close(): void {
		if (!this.#socket.destroyed) this.#socket.write(packet(DISCONNECT, Buffer.alloc(0)));
		this.#socket.destroy();
	}

	/** Acknowledgements come in the order of the messages; nothing else is sent to a publisher. */
	#read(data: Buffer): void {
		this.#unread = Buffer.concat([this.#unread, data]);
		const length = 4;
		while (this.#unread.length >= length) {
			const type = (this.#unread[0] ?? 0) >> 4;
			if (type !== PUBACK) return this.#fail(new Error(`MQTT packet ${type} instead of PUBACK`));
			this.#waiting.shift()?.resolve();
			this.#unread = this.#unread.subarray(length);
		}
	}

	#fail(error: Error): void {
		for (const { reject } of this.#waiting.splice(0)) reject(error);
		this.#socket.destroy();
	}
}

/** Publishes one message as a device and waits until it is on disk. */
export async function publish(user: string, token: string, topic: string, payload: string) {
	const publisher = await Publisher.login(Number(process.env.OBRII_E2E_MQTT), user, token);
	try {
		await publisher.publish(topic, payload);
	} finally {
		publisher.close();
	}
}
