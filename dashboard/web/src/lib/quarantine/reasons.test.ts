import { expect, it } from 'vitest';

import { byReason, droppedOf } from './reasons';

const at = (minute: string) => `2026-11-22T12:${minute}:00Z`;
const group = (reason: string, device: string, count: number, dropped: number) => ({
	reason,
	device,
	count,
	dropped,
	first: at('10'),
	last: at('20')
});

it('messages of one reason are counted over all devices, the most first', () => {
	const groups = [
		group('bad-time', 'a', 3, 0),
		{ ...group('not-json', 'a', 2, 0), first: at('05') },
		{ ...group('not-json', 'b', 4, 7), last: at('25') },
		group('not-json', '', 0, 5)
	];
	expect(byReason(groups)).toEqual([
		{ reason: 'not-json', devices: 2, count: 6, dropped: 12, first: at('05'), last: at('25') },
		{ reason: 'bad-time', devices: 1, count: 3, dropped: 0, first: at('10'), last: at('20') }
	]);
	expect(droppedOf(groups)).toBe(12);
	expect(byReason([])).toEqual([]);
});
