import { answered, api, ApiProblem, type ExportView } from '$lib/api';
import type { Details } from '$lib/api/problem';

const ASK_EVERY_MS = 1000;

/** A fetch that was begun in the browser shows itself here within this time. */
const BEGIN_MS = 10_000;

/** The exports that the server remembers, asked for again while one of them may move. */
export class Recent {
	/** Newest first; undefined before the first answer. */
	exports = $state.raw<readonly ExportView[]>();
	problem = $state.raw<Details>();
	#expectedUntil = 0;

	/** Asks once. */
	async ask(): Promise<void> {
		try {
			this.exports = (await answered(api.GET('/api/v1/exports'))).exports;
			this.problem = undefined;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error.details;
		}
	}

	/** Something begins: asks even though nothing moves yet. */
	expect(): void {
		this.#expectedUntil = Date.now() + BEGIN_MS;
	}

	/** Asks now and each second until the answer is called. */
	follow(): () => void {
		void this.ask();
		const timer = setInterval(() => {
			const moves = this.exports?.some(({ state }) => state === 'waiting' || state === 'running');
			const mayMove = moves || this.problem || Date.now() < this.#expectedUntil;
			if (mayMove) void this.ask();
		}, ASK_EVERY_MS);
		return () => clearInterval(timer);
	}
}
