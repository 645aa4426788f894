import { describe, expect, it } from 'vitest';

import { beginOf, dayOf, periodOf } from './period';
import { sizeOf } from './size';

describe('days of Kyiv', () => {
	it.each([
		['2026-07-01', '2026-06-30T21:00:00.000Z'],
		['2026-11-22', '2026-11-21T22:00:00.000Z'],
		// Days on which the clock changes begin before it does.
		['2026-03-29', '2026-03-28T22:00:00.000Z'],
		['2026-10-25', '2026-10-24T21:00:00.000Z']
	])('%s begins at %s', (day, begin) => {
		expect(new Date(beginOf(day) ?? NaN).toISOString()).toBe(begin);
		expect(dayOf(Date.parse(begin))).toBe(day);
	});

	it('the last day of a period is a part of it', () => {
		expect(periodOf('2026-10-01', '2026-10-31')).toEqual({
			from: '2026-09-30T21:00:00.000Z',
			to: '2026-10-31T22:00:00.000Z'
		});
		expect(periodOf('2026-10-25', '2026-10-25')).toEqual({
			from: '2026-10-24T21:00:00.000Z',
			to: '2026-10-25T22:00:00.000Z'
		});
	});

	it.each([
		['', '2026-10-01'],
		['2026-10-02', '2026-10-01'],
		['2026-10-02', 'tomorrow']
	])('«%s» to «%s» is none', (first, last) => {
		expect(periodOf(first, last)).toBeUndefined();
	});
});

it('a size is said in the largest unit that it fills', () => {
	expect(sizeOf(999)).toEqual({ count: 999, unit: 'byte', digits: 0 });
	expect(sizeOf(12_345_678)).toEqual({ count: 12.345678, unit: 'megabyte', digits: 1 });
	expect(sizeOf(5e12)).toEqual({ count: 5000, unit: 'gigabyte', digits: 1 });
});
