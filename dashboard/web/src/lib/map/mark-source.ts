import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';

import type { LiveObject } from '../api';
import type { Frame } from '../live/city.svelte';
import type { Objects } from '../live/merge';
import type { MarkFeature } from './features';
import type { Shape } from './kinds';
import { GATHERING, isCrowd } from './mark-layers';

/** What a change of the city means for one source of the map. */
export interface Difference {
	add: MarkFeature[];
	remove: string[];
	update: MarkFeature[];
}

/** Says how an object is drawn in a source; undefined when it is not. */
export type Draw = (object: LiveObject) => MarkFeature | undefined;

const looksOf = (feature: MarkFeature) =>
	JSON.stringify([feature.geometry.coordinates, feature.properties]);

/** Remembers what is drawn, so that only what looks otherwise is sent to the map. */
export class Drawn {
	readonly #looks = new Map<string, string>();

	/** How many are drawn. */
	get count(): number {
		return this.#looks.size;
	}

	/** Everything anew. */
	all(objects: Objects, draw: Draw): MarkFeature[] {
		const features = [...objects.values()].flatMap((object) => draw(object) ?? []);
		this.#looks.clear();
		for (const feature of features) this.#looks.set(feature.properties.id, looksOf(feature));
		return features;
	}

	/** What a frame changes; undefined when nothing of it can be seen. */
	change(frame: Frame, objects: Objects, draw: Draw): Difference | undefined {
		const difference: Difference = { add: [], remove: [], update: [] };
		for (const id of frame.changed) {
			const object = objects.get(id);
			const feature = object && draw(object);
			if (!feature) continue;
			const looks = looksOf(feature);
			const before = this.#looks.get(id);
			if (before === looks) continue;
			(before === undefined ? difference.add : difference.update).push(feature);
			this.#looks.set(id, looks);
		}
		for (const id of frame.removed) if (this.#looks.delete(id)) difference.remove.push(id);
		const { add, remove, update } = difference;
		return add.length + remove.length + update.length > 0 ? difference : undefined;
	}
}

/** One source of the map: the objects of one shape. */
export class MarkSource {
	readonly #drawn = new Drawn();
	#isCrowd = false;

	constructor(
		private readonly map: MapLibreMap,
		private readonly shape: Shape,
		private readonly objects: Objects,
		private readonly draw: Draw
	) {
		const data = this.#collect();
		const cluster = this.#isCrowd;
		map.addSource(shape, { ...GATHERING, cluster, type: 'geojson', promoteId: 'id', data });
	}

	/** Draws everything anew. */
	reset(): void {
		const wasCrowd = this.#isCrowd;
		const data = this.#collect();
		if (this.#isCrowd !== wasCrowd) this.#source?.setClusterOptions({ cluster: this.#isCrowd });
		this.#source?.setData(data);
	}

	/** Draws what changed: at most one message to the map for a frame. */
	apply(frame: Frame): void {
		if (frame.all) {
			this.reset();
			return;
		}
		const difference = this.#drawn.change(frame, this.objects, this.draw);
		if (!difference) return;
		if (isCrowd(this.shape, this.#drawn.count, this.#isCrowd) !== this.#isCrowd) {
			this.reset();
			return;
		}
		void this.#source?.updateData({
			...difference,
			update: difference.update.map(({ geometry, properties }) => ({
				id: properties.id,
				newGeometry: geometry,
				addOrUpdateProperties: Object.entries(properties).map(([key, value]) => ({ key, value }))
			}))
		});
	}

	get #source(): GeoJSONSource | undefined {
		return this.map.getSource<GeoJSONSource>(this.shape);
	}

	#collect() {
		const features = this.#drawn.all(this.objects, this.draw);
		this.#isCrowd = isCrowd(this.shape, features.length, this.#isCrowd);
		return { type: 'FeatureCollection' as const, features };
	}
}
