import type { Map as MapLibreMap } from 'maplibre-gl';
import { expect, it } from 'vitest';

import type { LiveObject } from '../api';
import type { MarkFeature } from './features';
import type { Shape } from './kinds';
import { MarkSource } from './mark-source';

const draw = ({ id }: LiveObject) =>
	({ geometry: { type: 'Point', coordinates: [30.7, 46.4] }, properties: { id } }) as MarkFeature;

/** Whether a source gathers its marks, as the map is told: at the start, and with every change. */
function gathers(shape: Shape, ...counts: number[]): unknown[] {
	const told: unknown[] = [];
	const source = {
		setData: () => undefined,
		setClusterOptions: ({ cluster }: { cluster: boolean }) => told.push(cluster)
	};
	const map = {
		addSource: (_: string, { cluster }: { cluster: boolean }) => told.push(cluster),
		getSource: () => source
	} as unknown as MapLibreMap;
	const objects = new Map<string, LiveObject>();
	let marks: MarkSource | undefined;
	for (const count of counts) {
		objects.clear();
		for (let n = 0; n < count; n += 1) {
			objects.set(`o-${n}`, { id: `o-${n}` } as LiveObject);
		}
		if (marks) marks.reset();
		else marks = new MarkSource(map, shape, objects, draw);
	}
	return told;
}

it('marks gather when there are so many that they would cover the map', () => {
	expect(gathers('water', 0, 300, 301, 5000, 290, 12)).toEqual([false, true, false]);
	expect(gathers('vehicle', 1000)).toEqual([true]);
});

it('lamps never gather: below their zoom feeders stand for them', () => {
	expect(gathers('lamp', 50_000)).toEqual([false]);
});
