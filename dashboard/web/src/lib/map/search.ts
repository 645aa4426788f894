import type { FeatureCollection, Position } from 'geojson';

import type { LiveObject } from '../api';
import { fold, matches } from '../format/search';

/** A street or a place of the drawn city that can be gone to. */
export interface Spot {
	name_uk: string;
	name_en: string;
	/** The former name, when there was one. */
	former: string;
	lon: number;
	lat: number;
	folded: string;
}

const SPOT_KINDS = new Set(['street', 'place', 'district_label', 'community_center', 'park']);

function middleOf(coordinates: unknown): Position | undefined {
	let inner = coordinates;
	while (Array.isArray(inner) && Array.isArray(inner[0])) {
		inner = inner[Math.floor(inner.length / 2)] as unknown;
	}
	return Array.isArray(inner) ? (inner as Position) : undefined;
}

/** The spots of the drawn city. */
export function spotsOf(city: FeatureCollection): Spot[] {
	return city.features.flatMap(({ geometry, properties }) => {
		if (!properties || !SPOT_KINDS.has(String(properties.kind))) return [];
		const at = 'coordinates' in geometry ? middleOf(geometry.coordinates) : undefined;
		const [lon, lat] = at ?? [];
		if (lon === undefined || lat === undefined) return [];
		const { name_uk = '', name_en = '', name_old_uk } = properties as Record<string, string | null>;
		const former = name_old_uk ?? '';
		const folded = fold(`${name_uk ?? ''} ${name_en ?? ''} ${former}`);
		return [{ name_uk: name_uk ?? '', name_en: name_en ?? '', former, lon, lat, folded }];
	});
}

/** Texts by which objects are found, folded once for each new set of papers. */
export class ObjectIndex {
	readonly #entries: { id: string; folded: string }[];

	constructor(objects: readonly LiveObject[], spots: readonly Spot[]) {
		const renamed = spots
			.filter((spot) => spot.former)
			.map((spot) => ({ core: fold(coreOf(spot.name_uk)), former: fold(spot.former) }));
		this.#entries = objects.map((object) => {
			const route = object.texts.route ?? '';
			let folded = fold(`${object.id} ${object.name} ${object.address ?? ''} ${route}`);
			for (const { core, former } of renamed) {
				if (core.length > 3 && folded.includes(core)) folded += ` ${former}`;
			}
			return { id: object.id, folded };
		});
	}

	/** Ids of the objects that hold every word of the query, in the order of the index. */
	find(query: string): string[] {
		const folded = fold(query);
		if (!folded) return this.#entries.map((entry) => entry.id);
		return this.#entries.filter((one) => matches(one.folded, folded)).map((one) => one.id);
	}
}

/** A street's own name without its kind: «вулиця Дерибасівська» is found by «Дерибасівська». */
function coreOf(name: string): string {
	return name.replace(/^(вулиця|проспект|бульвар|провулок|площа|дорога|узвіз|шосе)\s+/iu, '');
}
