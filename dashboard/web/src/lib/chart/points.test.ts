import { describe, expect, it } from 'vitest';

import type { SeriesView } from '../api';
import { bucketOf, extremesOf, pointsOf } from './points';

const series = (rest: Partial<SeriesView>): SeriesView => ({
	property: 'flow',
	title_uk: 'Витрата',
	title_en: 'Flow',
	kind: 'number',
	unit: 'l/s',
	display: { unit: 'm³/h', unit_uk: 'м³/год', factor: 3.6, offset: 0, digits: 1 },
	...rest
});

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 12, minute)).toISOString();

describe('points of a chart', () => {
	it('a missing reading breaks the line', () => {
		const observations = [0, 1, 2, 9].map((minute) => ({ time: at(minute), value: 10 }));
		const points = pointsOf(series({ observations }), 60_000);
		expect(points.map(([, value]) => value)).toEqual([36, 36, 36, null, 36]);
	});

	it('an empty bucket is a gap, not a zero', () => {
		const buckets = [
			{ begin: at(0), end: at(1), count: 2, mean: 0 },
			{ begin: at(1), end: at(2), count: 0 }
		];
		expect(pointsOf(series({ buckets }), 0).map(([, value]) => value)).toEqual([0, null]);
	});

	it('extremes leave the gaps out', () => {
		expect(
			extremesOf([
				[0, 4],
				[1, null],
				[2, -1]
			])
		).toEqual({ min: -1, max: 4, count: 2 });
		expect(extremesOf([[0, null]])).toBeUndefined();
	});

	it('dense readings are asked for in buckets', () => {
		expect(bucketOf('day', 5_000)).toBe('minute');
		expect(bucketOf('day', 60_000)).toBeUndefined();
		expect(bucketOf('month', 60_000)).toBe('hour');
		expect(bucketOf('month', 86_400_000)).toBeUndefined();
	});
});
