// The digest of everything the build is made from. `write` leaves it in `build/digest.txt`,
// `verify` fails when the build is missing or was made from other sources.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = [
	'package-lock.json',
	'package.json',
	'src',
	'static',
	'svelte.config.js',
	'vite.config.ts'
];
const target = join(root, 'build', 'digest.txt');

/** @param {string} path @returns {string[]} */
function filesOf(path) {
	if (statSync(path).isFile()) return [path];
	return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}

function digest() {
	const hash = createHash('sha256');
	const files = sources.flatMap((source) => filesOf(join(root, source)));
	for (const file of files.sort()) {
		const name = relative(root, file).split(sep).join('/');
		hash.update(`${name}\0${createHash('sha256').update(readFileSync(file)).digest('hex')}\n`);
	}
	return hash.digest('hex');
}

/** @returns {string} */
function built() {
	try {
		return readFileSync(target, 'utf8').trim();
	} catch {
		return '';
	}
}

if (process.argv[2] === 'write') {
	writeFileSync(target, `${digest()}\n`);
} else if (built() !== digest()) {
	console.error('dashboard/web/build is missing or older than its sources: run `make dashboard`');
	process.exit(1);
}
