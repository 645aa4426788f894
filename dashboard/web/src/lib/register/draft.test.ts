import { expect, it } from 'vitest';

import type { UnknownDeviceView } from '../api';
import { bodyOf, draftOf, idOf, mistakesOf, needsToken } from './draft';

const SENSOR: UnknownDeviceView = {
	name: 'A84041FF01020304',
	messages: 3,
	dropped: 0,
	refused_logins: 0,
	reasons: ['unknown-device'],
	// 23:30 UTC: the next day in Kyiv.
	first: '2026-11-20T23:30:00Z',
	last: '2026-11-22T10:00:00Z',
	gateway: 'broker',
	speaker: 'lns-1',
	external_id: 'a84041ff01020304',
	fields: [],
	profiles: []
};

const draft = () => draftOf(SENSOR, undefined, []);

it('a draft says what is known: id, foreign name, gateway and day', () => {
	expect(draft()).toMatchObject({
		id: 'a84041ff01020304',
		externalId: 'a84041ff01020304',
		gateway: 'lns-1',
		commissionedOn: '2026-11-21'
	});
	expect(idOf('18/0423 «Борт»')).toBe('18-0423');
});

it('a place is asked of what stands still on an object of its own', () => {
	const at = { lat: '46,84', lon: '30.08' };
	expect(bodyOf({ ...draft(), ...at }, 'water')).toMatchObject({ lat: 46.84, lon: 30.08 });
	expect(bodyOf({ ...draft(), lat: 'тут', lon: '30' }, 'water')).toBeUndefined();
	expect(bodyOf({ ...draft(), lat: 'тут' }, 'vehicle')).not.toHaveProperty('lat');
	const body = bodyOf({ ...draft(), ...at, seat: 'existing', object: 'point-7' }, 'water');
	expect(body).toMatchObject({ object: 'point-7' });
	expect(body).not.toHaveProperty('lat');
	expect(bodyOf({ ...draft(), seat: 'none' }, 'water')?.object).toBe('-');
	const gateway = bodyOf({ ...draft(), ...at }, 'gateway');
	expect(gateway?.object).toBe('-');
	expect(gateway).not.toHaveProperty('lat');
});

it('mistakes stand at their fields, the first of each', () => {
	const of = (pointer: string, code: string) => ({ pointer, code, detail: '' });
	const members = [of('/id', 'form'), of('/id', 'taken'), of('/lon', 'missing')];
	expect(mistakesOf(members)).toEqual({ id: 'form', lat: 'missing' });
});

it('a token is shown to what logs in by itself', () => {
	expect(needsToken(SENSOR, 'lns-1')).toBe(false);
	expect(needsToken(SENSOR, '')).toBe(true);
	expect(needsToken({ ...SENSOR, gateway: 'teltonika' }, '')).toBe(false);
	expect(needsToken({ ...SENSOR, gateway: 'wialon' }, '')).toBe(true);
});
