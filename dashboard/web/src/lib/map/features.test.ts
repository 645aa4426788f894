import { expect, it } from 'vitest';

import type { LiveObject } from '../api';
import { featureOf } from './features';
import { airStep, modeOf } from './kinds';

const lettering = {
	modeLetters: { tram: 'Т' },
	number: (value: number) => value.toFixed(0)
};

const post: LiveObject = {
	id: 'air-01',
	kind: 'air',
	name: 'Пост 01',
	access: 'public',
	simulated: true,
	suspect: false,
	state: 'fresh',
	lat: 46.48,
	lon: 30.73,
	values: { pm25: 12.4 },
	texts: {}
};

it('a stale value stands in brackets and a silent post shows none', () => {
	expect(featureOf(post, lettering)?.properties.inside).toBe('12');
	expect(featureOf({ ...post, state: 'stale' }, lettering)?.properties.inside).toBe('(12)');
	expect(featureOf({ ...post, state: 'silent' }, lettering)?.properties.inside).toBe('');
});

it('an object without a place is not drawn', () => {
	expect(featureOf({ ...post, lat: null }, lettering)).toBeUndefined();
});

it('whoever says nothing lies lowest', () => {
	const orderOf = (state: LiveObject['state']) =>
		featureOf({ ...post, state }, lettering)?.properties.order ?? 0;
	expect(orderOf('silent')).toBeLessThan(orderOf('stale'));
	expect(orderOf('stale')).toBeLessThan(orderOf('fresh'));
});

it('a trolleybus is no bus', () => {
	const vehicle = { ...post, kind: 'vehicle' as const };
	expect(modeOf({ ...vehicle, name: 'Тролейбус 3012' })).toBe('trolleybus');
	expect(modeOf({ ...vehicle, name: 'Трамвай 4021' })).toBe('tram');
	expect(modeOf({ ...vehicle, name: 'Борт 12' })).toBe('unknown');
});

it('the neutral scale is open at its end', () => {
	expect([0, 10, 34.9, 500].map(airStep)).toEqual([0, 1, 2, 4]);
});
