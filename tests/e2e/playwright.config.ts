import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineConfig } from '@playwright/test';

import { PROGRAM } from './city.ts';
import { freePorts } from './ports.ts';

// The configuration is read by every process of the run: the first one decides, the others inherit.
process.env.OBRII_E2E_DATA ??= mkdtempSync(join(tmpdir(), 'obrii-e2e-'));
process.env.OBRII_E2E_PORTS ??= freePorts(4).join(' ');
const [http, mqtt, teltonika, wialon] = process.env.OBRII_E2E_PORTS.split(' ');

process.env.OBRII_E2E_URL = `http://127.0.0.1:${http}`;
process.env.OBRII_E2E_MQTT = mqtt;

export default defineConfig({
	testDir: '.',
	fullyParallel: false,
	workers: 1,
	retries: 1,
	timeout: 180_000,
	expect: { timeout: 60_000 },
	forbidOnly: Boolean(process.env.CI),
	reporter: 'list',
	outputDir: 'test-results',
	globalTeardown: './teardown.ts',
	use: {
		baseURL: process.env.OBRII_E2E_URL,
		viewport: { width: 1280, height: 720 },
		colorScheme: 'light',
		locale: 'uk-UA',
		trace: 'retain-on-failure',
		launchOptions: {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			// Nothing outside of this machine can be reached.
			args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']
		}
	},
	webServer: {
		command: `"${PROGRAM}" up --demo --data "${process.env.OBRII_E2E_DATA}" --http 127.0.0.1:${http} --mqtt 127.0.0.1:${mqtt} --teltonika 127.0.0.1:${teltonika} --wialon 127.0.0.1:${wialon}`,
		url: `${process.env.OBRII_E2E_URL}/health/ready`,
		reuseExistingServer: false,
		timeout: 300_000,
		gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
		stdout: 'ignore',
		stderr: 'pipe'
	}
});
