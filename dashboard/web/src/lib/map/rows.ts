import type { LiveObject, LiveProperty } from '../api';
import { readingIn, type Tongue } from '../format/quantity';
import { lookOf } from './features';
import { MAIN } from './kinds';
import type { Look } from './marks';

/** One row of the list beside the map. */
export interface Row {
	id: string;
	name: string;
	look: Look;
	/** The one value that its kind is read by, with the unit; empty when it says nothing. */
	value: string;
	suspect: boolean;
	measured: number | undefined;
	arrived: number | undefined;
}

/** The first value that people of the trade look at; empty when there is none to show. */
export function mainValue(
	object: LiveObject,
	properties: ReadonlyMap<string, LiveProperty>,
	tongue: Tongue
): string {
	const id = MAIN[object.kind].find((one) => one in object.values && properties.has(one));
	const property = properties.get(id ?? '');
	return property ? readingIn(object.state, property, object.values[property.id], tongue) : '';
}

/** The row of an object. */
export function rowOf(
	object: LiveObject,
	properties: ReadonlyMap<string, LiveProperty>,
	tongue: Tongue
): Row {
	return {
		id: object.id,
		name: object.name,
		look: lookOf(object),
		value: mainValue(object, properties, tongue),
		suspect: object.suspect,
		measured: object.measured_at ?? undefined,
		arrived: object.arrived_at ?? undefined
	};
}

/** How many rows differ between what is held on the screen and what has come meanwhile. */
export function differences(held: readonly Row[], fresh: readonly Row[]): number {
	const byId = new Map(held.map((row) => [row.id, row]));
	let count = 0;
	for (const row of fresh) {
		const old = byId.get(row.id);
		byId.delete(row.id);
		if (!old || old.value !== row.value || old.look.state !== row.look.state) count += 1;
	}
	return count + byId.size;
}
