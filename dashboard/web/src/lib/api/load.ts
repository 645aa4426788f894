import { error } from '@sveltejs/kit';

import { answered, ApiProblem } from '.';

/** Waits for an answer; without one the page becomes the error page with «try again». */
export async function loaded<T>(
	request: Parameters<typeof answered<T>>[0]
): Promise<NonNullable<T>> {
	try {
		return await answered(request);
	} catch (problem) {
		if (!(problem instanceof ApiProblem)) throw problem;
		error(problem.isOffline ? 503 : problem.status, { message: problem.detail });
	}
}
