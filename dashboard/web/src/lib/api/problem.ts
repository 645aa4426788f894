import type { Tongue } from '../format/quantity';
import type { MemberError } from '.';

/** What a problem is about, by name: `device`, `since` … */
export type Parameters = Readonly<Record<string, string>>;

/** Problem details (RFC 9457) as this page uses them. */
export interface Details {
	status: number;
	/** The last word of the type: `refused`. */
	type: string;
	/** Why the registry refuses: `other-kind`. */
	reason?: string | undefined;
	parameters: Parameters;
	/** Members of the body that are wrong. */
	members: readonly MemberError[];
	/** In English, for whoever writes programs. */
	detail: string;
}

/** An answer that is no answer: problem details of the API, or silence. */
export class ApiProblem extends Error {
	constructor(readonly details: Details) {
		super(details.detail);
	}
}

/** No answer. */
export const OFFLINE: Details = { status: 0, type: '', parameters: {}, members: [], detail: '' };

/** Reads the details of an answer; whatever else it is becomes a problem without words. */
export function detailsOf(status: number, body: unknown): Details {
	const given = typeof body === 'object' && body !== null ? body : {};
	const text = (key: string) => {
		const value = (given as Record<string, unknown>)[key];
		return typeof value === 'string' ? value : undefined;
	};
	const parameters = 'parameters' in given ? (given.parameters as Parameters) : {};
	const members = 'errors' in given ? (given.errors as MemberError[]) : [];
	return {
		status,
		type: text('type')?.split(':').at(-1) ?? '',
		reason: text('reason'),
		parameters,
		members,
		detail: text('detail') ?? text('title') ?? ''
	};
}

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/u;

/** A problem in the words of the page; the server's own ones where the page has none. */
export function wordsOf(details: Details, { words, formats }: Tongue): string {
	if (details.status === 0) return words.problems.offline;
	const parameters = Object.fromEntries(
		Object.entries(details.parameters).map(([name, value]) => [
			name,
			TIME.test(value) ? formats.dateTime(new Date(value)) : value
		])
	);
	const refusal = words.problems.refusals[details.reason ?? ''];
	if (refusal) return refusal(parameters);
	const general = words.problems.types[details.type]?.(parameters) ?? words.problems.title;
	const isWhole = !['bad-request', 'refused', ''].includes(details.type);
	return isWhole ? general : `${general} ${details.detail}`.trim();
}
