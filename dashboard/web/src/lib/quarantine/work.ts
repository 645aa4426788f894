import { answered, api } from '$lib/api';

/** Rows that somebody works on: one, or a group. */
export interface Choice {
	ids?: number[];
	reason?: string;
	device?: string;
}

/** What became of them. */
export interface Done {
	gone: number;
	unusable: number;
	/** Of those that still cannot be used: how many for which reason. */
	reasons: Record<string, number>;
}

export const NOTHING_DONE: Done = { gone: 0, unusable: 0, reasons: {} };

/**
 * Puts all rows of a choice through the pipeline again, a call's worth at a time. A row that still
 * cannot be used stays, so that the next call goes on behind it.
 */
export async function replayAll(choice: Choice, tell: (done: Done) => unknown): Promise<Done> {
	let done = NOTHING_DONE;
	let after: number | undefined;
	do {
		const answer = await answered(
			api.POST('/api/v1/quarantine/replay', { body: { ...choice, after } })
		);
		const reasons = { ...done.reasons };
		for (const { reason } of answer.unusable) reasons[reason] = (reasons[reason] ?? 0) + 1;
		done = {
			gone: done.gone + answer.replayed,
			unusable: done.unusable + answer.unusable.length,
			reasons
		};
		tell(done);
		after = answer.next ?? undefined;
	} while (after !== undefined);
	return done;
}

/** Discards all rows of a choice, a call's worth at a time. */
export async function discardAll(
	choice: Choice,
	remark: string,
	tell: (done: Done) => unknown
): Promise<Done> {
	let gone = 0;
	let isMore = true;
	while (isMore) {
		const answer = await answered(
			api.POST('/api/v1/quarantine/discard', { body: { ...choice, remark } })
		);
		gone += answer.discarded;
		tell({ ...NOTHING_DONE, gone });
		isMore = answer.left > 0 && answer.discarded > 0;
	}
	return { ...NOTHING_DONE, gone };
}
