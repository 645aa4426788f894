import { defineConfig } from '@playwright/test';

/** `make trace`: not part of the ordinary run, for a machine that has nothing else to do. */
export default defineConfig({
	testDir: '.',
	testMatch: '*.trace.ts',
	workers: 1,
	timeout: 600_000,
	reporter: 'list',
	outputDir: 'test-results',
	use: {
		viewport: { width: 1920, height: 1080 },
		locale: 'uk-UA',
		launchOptions: {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']
		}
	}
});
