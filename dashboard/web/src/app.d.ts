declare global {
	namespace App {
		interface Error {
			message: string;
			/** Problem details (RFC 9457) title of the API, when it answered. */
			title?: string;
		}
	}
}

export {};
