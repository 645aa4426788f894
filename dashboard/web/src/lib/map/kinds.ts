import type { Kind, LiveObject, State } from '../api';

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

/** The shape of an object; gateways sit on none. */
export function shapeOf({ kind, profile }: LiveObject): Shape {
	if (kind !== 'light' && kind !== 'gateway') return kind;
	return kind === 'gateway' || profile?.includes('cabinet') ? 'cabinet' : 'lamp';
}

/** The kind of whatever has such a mark. */
export function kindOf(shape: Shape): Kind {
	return shape === 'lamp' || shape === 'cabinet' ? 'light' : shape;
}

/** What people of the trade look at first, by kind. */
export const MAIN: Record<Kind, readonly string[]> = {
	air: ['pm25', 'pm10', 'no2', 'o3'],
	vehicle: ['speed', 'ignition'],
	light: ['level', 'power', 'voltage_l1', 'contactor'],
	water: ['flow', 'pressure_water', 'noise_level', 'leak'],
	gateway: []
};

/** Orders things of a kind by how soon people of the trade look at them. */
export function mainFirst<T>(
	kind: Kind,
	things: readonly T[],
	property: (thing: T) => string
): T[] {
	const place = (thing: T) => {
		const at = MAIN[kind].indexOf(property(thing));
		return at < 0 ? MAIN[kind].length : at;
	};
	return things.toSorted((left, right) => place(left) - place(right));
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

/** It sends, as far as can be told: counted as live everywhere. */
export const isLive = (state: State) => state === 'fresh' || state === 'delayed';

/** Without a value: nothing came for so long that the last value says nothing. */
export const hasNoValue = (state: State) =>
	state === 'silent' || state === 'no-data' || state === 'decommissioned';

/** Nothing is expected of the object now. */
export const isIdle = (state: State) =>
	state === 'de-energised' || state === 'maintenance' || state === 'out-of-service';
