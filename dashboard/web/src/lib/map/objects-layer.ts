import type {
	ExpressionSpecification,
	GeoJSONSource,
	GeoJSONSourceDiff,
	Map as MapLibreMap
} from 'maplibre-gl';

import type { Kind, LiveObject } from '../api';
import type { Frame } from '../live/city.svelte';
import type { Objects } from '../live/merge';
import { FONT } from './base';
import { featureOf, type Lettering, type MarkFeature } from './features';
import type { Palette } from './palette';

const SOURCE = 'objects';

/** Below this zoom single lamps are not drawn: their feeders are. */
export const LAMP_ZOOM = 13;

/** Layers that answer to a click, the topmost first. */
export const CLICKABLE = ['object-marks', 'lamp-marks'];

/** Draws all objects of the chosen layers; owns its source and layers on one style. */
export class ObjectsLayer {
	#shown = new Set<string>();

	constructor(
		private readonly map: MapLibreMap,
		private readonly palette: Palette,
		private readonly lettering: Lettering,
		private readonly objects: Objects,
		private kinds: ReadonlySet<Kind>,
		private readonly scale: number
	) {
		map.addSource(SOURCE, { type: 'geojson', promoteId: 'id', data: this.#collect() });
		this.#addLayers();
	}

	/** Draws what changed: one message to the map for a frame. */
	apply(frame: Frame): void {
		if (frame.all) {
			this.#source?.setData(this.#collect());
			return;
		}
		const diff: Required<Pick<GeoJSONSourceDiff, 'add' | 'remove' | 'update'>> = {
			add: [],
			remove: [],
			update: []
		};
		for (const id of frame.changed) {
			const object = this.objects.get(id);
			const feature = object && this.#featureOf(object);
			if (!feature) continue;
			if (this.#shown.has(id)) {
				diff.update.push({
					id,
					newGeometry: feature.geometry,
					addOrUpdateProperties: Object.entries(feature.properties).map(([key, value]) => ({
						key,
						value
					}))
				});
			} else {
				this.#shown.add(id);
				diff.add.push(feature);
			}
		}
		for (const id of frame.removed) if (this.#shown.delete(id)) diff.remove.push(id);
		if (diff.add.length + diff.remove.length + diff.update.length > 0) {
			void this.#source?.updateData(diff);
		}
	}

	/** Chooses the layers that are drawn. */
	show(kinds: ReadonlySet<Kind>): void {
		this.kinds = kinds;
		this.#source?.setData(this.#collect());
	}

	/** Draws a ring around the chosen object. */
	choose(id: string | undefined): void {
		this.map.setFilter('object-chosen', ['==', ['get', 'id'], id ?? '']);
	}

	get #source(): GeoJSONSource | undefined {
		return this.map.getSource<GeoJSONSource>(SOURCE);
	}

	#featureOf(object: LiveObject): MarkFeature | undefined {
		return this.kinds.has(object.kind) ? featureOf(object, this.lettering) : undefined;
	}

	#collect() {
		const features = [...this.objects.values()].flatMap((one) => this.#featureOf(one) ?? []);
		this.#shown = new Set(features.map((feature) => feature.properties.id));
		return { type: 'FeatureCollection' as const, features };
	}

	#addLayers(): void {
		const { map, palette, scale } = this;
		const isLamp: ExpressionSpecification = ['==', ['slice', ['get', 'mark'], 5, 9], 'lamp'];
		map.addLayer({
			id: 'object-chosen',
			type: 'circle',
			source: SOURCE,
			filter: ['==', ['get', 'id'], ''],
			paint: {
				'circle-radius': 19 * scale,
				'circle-color': 'rgba(0, 0, 0, 0)',
				'circle-stroke-color': palette.accent,
				'circle-stroke-width': 3
			}
		});
		map.addLayer({
			id: 'lamp-marks',
			type: 'symbol',
			source: SOURCE,
			minzoom: LAMP_ZOOM,
			filter: isLamp,
			layout: {
				'icon-image': ['get', 'mark'],
				'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.55 * scale, 16, scale],
				'icon-allow-overlap': true,
				'symbol-sort-key': ['get', 'order']
			}
		});
		map.addLayer({
			id: 'object-marks',
			type: 'symbol',
			source: SOURCE,
			filter: ['!', isLamp],
			layout: {
				'icon-image': ['get', 'mark'],
				'icon-size': scale,
				'icon-rotate': ['case', ['==', ['get', 'kind'], 'vehicle'], ['get', 'bearing'], 0],
				'icon-rotation-alignment': 'map',
				'icon-allow-overlap': true,
				'icon-ignore-placement': true,
				'text-field': ['get', 'inside'],
				'text-font': FONT,
				'text-size': 10 * scale,
				'text-allow-overlap': true,
				'text-ignore-placement': true,
				'symbol-sort-key': ['get', 'order']
			},
			paint: { 'text-color': palette.text }
		});
		map.addLayer({
			id: 'object-badges',
			type: 'symbol',
			source: SOURCE,
			filter: ['!', isLamp],
			layout: {
				'icon-image': ['get', 'badge'],
				'icon-size': scale,
				'icon-offset': [13, 11],
				'icon-allow-overlap': true,
				'icon-ignore-placement': true,
				'text-field': ['step', ['zoom'], '', 11.5, ['get', 'beside']],
				'text-font': FONT,
				'text-size': 12 * scale,
				'text-anchor': 'left',
				'text-offset': [1.1, 0],
				'text-optional': true,
				'symbol-sort-key': ['get', 'order']
			},
			paint: {
				'text-color': palette.text,
				'text-halo-color': palette.halo,
				'text-halo-width': 1.4
			}
		});
		map.addLayer({
			id: 'object-suspects',
			type: 'symbol',
			source: SOURCE,
			filter: ['get', 'suspect'],
			layout: {
				'text-field': 'GPS?',
				'text-font': FONT,
				'text-size': 11 * scale,
				'text-offset': [0, -1.7],
				'text-allow-overlap': true
			},
			paint: {
				'text-color': palette.text,
				'text-halo-color': palette.halo,
				'text-halo-width': 1.6
			}
		});
	}
}
