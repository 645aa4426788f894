import type { SeriesView } from '../api';

/** A point of a line: time in ms since 1970, value in the unit of the trade or a gap. */
export type Point = [time: number, value: number | null];

/** Longer than this many intervals without a reading is a gap. */
const GAP_INTERVALS = 2.5;

/** The line of a series; where readings are missing it is broken by a point without a value. */
export function pointsOf(series: SeriesView, intervalMs: number): Point[] {
	const { factor, offset } = series.display;
	const shown = (value: number) => value * factor + offset;
	if (series.buckets) {
		return series.buckets.map(({ begin, mean, last, count }) => {
			const value = mean ?? last;
			const isGap = count === 0 || value === null || value === undefined;
			return [Date.parse(begin), isGap ? null : shown(value)];
		});
	}
	const points: Point[] = [];
	let before: number | undefined;
	for (const { time, value } of series.observations ?? []) {
		if (value === null || value === undefined) continue;
		const at = Date.parse(time);
		if (before !== undefined && intervalMs > 0 && at - before > GAP_INTERVALS * intervalMs) {
			points.push([before + 1, null]);
		}
		points.push([at, shown(value)]);
		before = at;
	}
	return points;
}

/** Smallest and largest value and their number; undefined when there is none. */
export function extremesOf(points: readonly Point[]) {
	const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
	if (values.length === 0) return undefined;
	let [min, max] = [Infinity, -Infinity];
	for (const value of values) {
		if (value < min) min = value;
		if (value > max) max = value;
	}
	return { min, max, count: values.length };
}

export type Range = 'hour' | 'day' | 'week' | 'month';

const DAY_MS = 86_400_000;

/** Lengths of the chart's times, ms. */
export const RANGE_MS: Record<Range, number> = {
	hour: 3_600_000,
	day: DAY_MS,
	week: 7 * DAY_MS,
	month: 30 * DAY_MS
};

/** More raw points than this are fetched in buckets. */
const RAW_MAX = 2000;

/** Raw readings where they are few, else minutes of a day and hours of more. */
export function bucketOf(range: Range, intervalMs: number): 'minute' | 'hour' | undefined {
	if (intervalMs > 0 && RANGE_MS[range] / intervalMs <= RAW_MAX) return undefined;
	return range === 'week' || range === 'month' ? 'hour' : 'minute';
}
