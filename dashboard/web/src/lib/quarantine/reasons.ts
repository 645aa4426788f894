import type { QuarantineSummary } from '../api';

type Group = QuarantineSummary['groups'][number];

/** What is in quarantine for one reason. */
export interface Kept {
	reason: string;
	/** Messages that wait. */
	count: number;
	/** Messages that made room for newer ones. */
	dropped: number;
	/** Time of the first arrival. */
	first: string;
	/** Time of the last arrival. */
	last: string;
}

/** The same of all devices. */
export interface OfReason extends Kept {
	/** Devices of which messages wait. */
	devices: number;
}

const earlier = (left: string, right: string) =>
	Date.parse(left) < Date.parse(right) ? left : right;
const later = (left: string, right: string) =>
	Date.parse(left) < Date.parse(right) ? right : left;

/** The groups of all devices together, the most messages first. */
export function byReason(groups: readonly Group[]): OfReason[] {
	const reasons = new Map<string, OfReason>();
	for (const { reason, count, dropped, first, last } of groups) {
		const devices = count > 0 ? 1 : 0;
		const known = reasons.get(reason);
		reasons.set(
			reason,
			known
				? {
						reason,
						devices: known.devices + devices,
						count: known.count + count,
						dropped: known.dropped + dropped,
						first: earlier(known.first, first),
						last: later(known.last, last)
					}
				: { reason, devices, count, dropped, first, last }
		);
	}
	const size = ({ count, dropped }: OfReason) => count + dropped;
	return [...reasons.values()].sort((left, right) => size(right) - size(left));
}

/** Messages that made room for newer ones before anybody looked at them. */
export function droppedOf(groups: readonly Group[]): number {
	return groups.reduce((sum, { dropped }) => sum + dropped, 0);
}
