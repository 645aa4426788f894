import { spawnSync } from 'node:child_process';

const ASK = `
const { createServer } = require('node:net');
const servers = Array.from({ length: Number(process.argv[1]) }, () => createServer());
Promise.all(servers.map((one) => new Promise((done) => one.listen(0, '127.0.0.1', done)))).then(
	() => {
		console.log(servers.map((one) => one.address().port).join(' '));
		servers.forEach((one) => one.close());
	}
);`;

/** Ports of the loopback interface that nobody listens on; a configuration cannot wait, so a child asks. */
export function freePorts(count: number): number[] {
	const { stdout } = spawnSync(process.execPath, ['-e', ASK, String(count)], { encoding: 'utf8' });
	return stdout.trim().split(' ').map(Number);
}
