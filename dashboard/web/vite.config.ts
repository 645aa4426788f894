import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

/** Where the platform listens while the pages are developed with `npm run dev`. */
const platform = process.env.OBRII_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
	plugins: [sveltekit()],
	build: { chunkSizeWarningLimit: 1_200 },
	server: { proxy: { '/api': platform, '/health': platform, '/tiles': platform } },
	test: { include: ['src/**/*.test.ts'], environment: 'node' }
});
