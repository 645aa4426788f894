import { connect, type Socket } from 'node:net';

const CONNECT = 0x10;
const CONNACK = 2;
const PUBLISH_QOS1 = 0x32;
const PUBACK = 4;
const DISCONNECT = 0xe0;
const DEADLINE_MS = 60_000;

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

/** Waits for a short answer of the broker: all that are waited for here fit in one read. */
function answer(socket: Socket, type: number): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		socket.setTimeout(DEADLINE_MS, () => reject(new Error(`no MQTT packet ${type} in time`)));
		socket.once('error', reject);
		socket.once('close', () => reject(new Error(`closed instead of MQTT packet ${type}`)));
		socket.once('data', (data) => {
			socket.removeAllListeners('close');
			const got = (data[0] ?? 0) >> 4;
			if (got === type) resolve(data);
			else reject(new Error(`MQTT packet ${got} instead of ${type}`));
		});
	});
}

/** The broker is too busy to let somebody in, as while the whole demo connects. */
const UNAVAILABLE = 3;
const AGAIN_MS = 500;

/** Publishes as a device (MQTT 3.1.1, QoS 1) and waits for the acknowledgement: it is on disk. */
export async function publish(user: string, token: string, topic: string, payload: string) {
	const end = Date.now() + DEADLINE_MS;
	while (!(await tryToPublish(user, token, topic, payload))) {
		if (Date.now() > end) throw new Error('the broker stays unavailable');
		await new Promise((done) => setTimeout(done, AGAIN_MS));
	}
}

async function tryToPublish(user: string, token: string, topic: string, payload: string) {
	const socket = connect(Number(process.env.OBRII_E2E_MQTT), '127.0.0.1');
	try {
		const head = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 60])]);
		const credentials = Buffer.concat([text(`${user}-e2e`), text(user), text(token)]);
		socket.write(packet(CONNECT, Buffer.concat([head, credentials])));
		const connack = await answer(socket, CONNACK);
		if (connack[3] === UNAVAILABLE) return false;
		if (connack[3] !== 0) throw new Error(`login refused with code ${connack[3]}`);
		const body = Buffer.concat([text(topic), Buffer.from([0, 1]), Buffer.from(payload, 'utf8')]);
		socket.write(packet(PUBLISH_QOS1, body));
		await answer(socket, PUBACK);
		socket.write(packet(DISCONNECT, Buffer.alloc(0)));
		return true;
	} finally {
		socket.destroy();
	}
}
