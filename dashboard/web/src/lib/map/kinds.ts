import type { LiveObject, State } from '../api';

/** What a mark on the map can be: the shape says the kind. */
export type Shape = 'air' | 'vehicle' | 'lamp' | 'cabinet' | 'water';

export type TransportMode = 'tram' | 'trolleybus' | 'bus' | 'unknown';

/** Upper bounds of the neutral PM2.5 scale, µg/m³; the last class is open. */
export const AIR_STEPS: readonly number[] = [10, 20, 35, 60];

/** Class of a PM2.5 value on the neutral scale. */
export function airStep(pm25: number): number {
	const step = AIR_STEPS.findIndex((bound) => pm25 < bound);
	return step < 0 ? AIR_STEPS.length : step;
}

export function shapeOf(object: LiveObject): Shape {
	if (object.kind !== 'light') return object.kind;
	return object.profile?.includes('cabinet') ? 'cabinet' : 'lamp';
}

const MODE_WORDS: [RegExp, TransportMode][] = [
	[/трол|troll/iu, 'trolleybus'],
	[/трам|tram/iu, 'tram'],
	[/автоб|bus/iu, 'bus']
];

/** Tram, trolleybus or bus, as far as the name, the profile or the id says it. */
export function modeOf(object: LiveObject): TransportMode {
	for (const text of [object.texts.mode, object.name, object.id, object.profile]) {
		const found = MODE_WORDS.find(([pattern]) => text && pattern.test(text));
		if (found) return found[1];
	}
	return 'unknown';
}

/** Without a value: nothing came for so long that the last value says nothing. */
export const hasNoValue = (state: State) =>
	state === 'silent' || state === 'no-data' || state === 'decommissioned';

/** Nothing is expected of the object now. */
export const isIdle = (state: State) =>
	state === 'de-energised' || state === 'maintenance' || state === 'out-of-service';
