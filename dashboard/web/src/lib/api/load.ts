import { error } from '@sveltejs/kit';

import { answered, ApiProblem } from '.';

/** What a page has to be given instead of no answer: some status. */
const NO_ANSWER = 503;

/** Waits for an answer; without one the page becomes the error page with «try again». */
export async function loaded<T>(
	request: Parameters<typeof answered<T>>[0]
): Promise<NonNullable<T>> {
	try {
		return await answered(request);
	} catch (problem) {
		if (!(problem instanceof ApiProblem)) throw problem;
		const { details } = problem;
		error(details.status || NO_ANSWER, { message: details.detail, details });
	}
}
