import type { Details } from '$lib/api/problem';

declare global {
	namespace App {
		interface Error {
			message: string;
			/** What the API said, or that it said nothing. */
			details?: Details;
		}
	}
}

export {};
