import { expect, it } from 'vitest';

import type { LiveObject } from '../api';
import { merge } from './merge';

const bus: LiveObject = {
	id: 'bus-1',
	kind: 'vehicle',
	name: 'Борт 4021',
	access: 'public',
	simulated: true,
	suspect: false,
	state: 'fresh',
	lat: 46.4,
	lon: 30.7,
	values: { speed: 8, bearing: 10 },
	texts: { route: '5' }
};

it('a delta changes only what it names', () => {
	const objects = new Map([[bus.id, bus]]);
	const delta = { at: 1, objects: [{ id: 'bus-1', lon: 30.8, values: { speed: 3 } }] };
	expect(merge(objects, delta)).toEqual({
		changed: ['bus-1'],
		removed: [],
		hasNewPapers: false
	});
	expect(objects.get('bus-1')).toEqual({ ...bus, lon: 30.8, values: { speed: 3, bearing: 10 } });
	expect(bus.lon).toBe(30.7);
});

it('a patch of an unknown object makes no object', () => {
	const objects = new Map([[bus.id, bus]]);
	const merged = merge(objects, { at: 1, objects: [{ id: 'bus-2', state: 'silent' }] });
	expect(merged.changed).toEqual([]);
	expect(objects.size).toBe(1);
});

it('new and vanished objects make the lists again', () => {
	const objects = new Map([[bus.id, bus]]);
	const replaced = [{ ...bus, id: 'bus-3' }];
	const merged = merge(objects, { at: 1, objects: [], replaced, removed: ['bus-1', 'none'] });
	expect(merged).toEqual({ changed: ['bus-3'], removed: ['bus-1'], hasNewPapers: true });
	expect([...objects.keys()]).toEqual(['bus-3']);
});
