import { expect, it } from 'vitest';

import { STATES, type LiveObject } from '../api';
import { BY_SEVERITY, featureOf } from './features';
import { airStep, modeOf } from './kinds';
import { Drawn } from './mark-source';
import { lettered } from './lettered';

const lettering = {
	modeLetters: { tram: 'Т' },
	number: (value: number) => value.toFixed(0),
	gathered: lettered((live, total) => `${live} із ${total}`, 'uk')
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

it('marks that stand together say how many of them send', () => {
	const marks = (['fresh', 'delayed', 'stale', 'silent', 'de-energised'] as const).map(
		(state) => featureOf({ ...post, state }, lettering)?.properties
	);
	expect(marks.map((one) => one?.live)).toEqual([1, 1, 0, 0, 0]);
	const worst = Math.max(...marks.map((one) => one?.severity ?? -1));
	expect(BY_SEVERITY[worst]).toBe('silent');
	expect(new Set(BY_SEVERITY)).toEqual(new Set([...STATES, 'decommissioned']));
	const number = (name: string) => ['number-format', ['get', name], { locale: 'uk' }];
	expect(lettering.gathered(['get', 'live'], ['get', 'point_count'])).toEqual([
		'concat',
		...['', number('live'), ' із ', number('point_count'), '']
	]);
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

it('only what looks otherwise is drawn again', () => {
	const objects = new Map([[post.id, post]]);
	const drawn = new Drawn();
	const draw = (object: LiveObject) => featureOf(object, lettering);
	const frame = { all: false, changed: new Set([post.id]), removed: new Set<string>() };
	expect(drawn.all(objects, draw)).toHaveLength(1);

	objects.set(post.id, { ...post, measured_at: 5, values: { pm25: 12.3 } });
	expect(drawn.change(frame, objects, draw)).toBeUndefined();
	objects.set(post.id, { ...post, values: { pm25: 40 } });
	expect(drawn.change(frame, objects, draw)?.update).toHaveLength(1);

	const gone = { all: false, changed: new Set<string>(), removed: new Set([post.id, 'none']) };
	expect(drawn.change(gone, objects, draw)?.remove).toEqual([post.id]);
	expect(drawn.change(frame, objects, draw)?.add).toHaveLength(1);
});
