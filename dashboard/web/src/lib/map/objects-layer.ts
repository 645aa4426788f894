import type {
	CircleLayerSpecification,
	ExpressionSpecification,
	Map as MapLibreMap
} from 'maplibre-gl';

import type { Kind, LiveObject } from '../api';
import type { Frame } from '../live/city.svelte';
import type { Objects } from '../live/merge';
import { FONT } from './base';
import { featureOf, type Lettering, type MarkFeature } from './features';
import { shapeOf } from './kinds';
import { MarkSource } from './mark-source';
import type { Palette } from './palette';

const OBJECTS = 'objects';
const LAMPS = 'lamps';

/** Below this zoom single lamps are not drawn: their feeders are. */
export const LAMP_ZOOM = 13;

/** Layers that answer to a click, the topmost first. */
export const CLICKABLE = ['object-marks', 'lamp-marks'];

/** Draws all objects of the chosen layers; owns its sources and layers on one style. */
export class ObjectsLayer {
	readonly #sources: readonly MarkSource[];

	constructor(
		private readonly map: MapLibreMap,
		private readonly palette: Palette,
		private readonly lettering: Lettering,
		objects: Objects,
		private kinds: ReadonlySet<Kind>,
		private readonly scale: number
	) {
		// Thousands of lamps that rarely change are not sent again with each move of a vehicle.
		this.#sources = [
			new MarkSource(map, LAMPS, objects, (one) => this.#featureOf(one, true)),
			new MarkSource(map, OBJECTS, objects, (one) => this.#featureOf(one, false))
		];
		this.#addLamps();
		this.#addObjects();
	}

	/** Draws what changed. */
	apply(frame: Frame): void {
		for (const source of this.#sources) source.apply(frame);
	}

	/** Chooses the layers that are drawn. */
	show(kinds: ReadonlySet<Kind>): void {
		this.kinds = kinds;
		for (const source of this.#sources) source.reset();
	}

	/** Draws a ring around the chosen object. */
	choose(id: string | undefined): void {
		for (const layer of ['lamp-chosen', 'object-chosen']) {
			this.map.setFilter(layer, ['==', ['get', 'id'], id ?? '']);
		}
	}

	#featureOf(object: LiveObject, isLamp: boolean): MarkFeature | undefined {
		if (!this.kinds.has(object.kind)) return undefined;
		return (shapeOf(object) === 'lamp') === isLamp ? featureOf(object, this.lettering) : undefined;
	}

	/** Marks of a whole city are smaller than those of a street. */
	#byZoom(full: number): ExpressionSpecification {
		const size = full * this.scale;
		return ['interpolate', ['linear'], ['zoom'], 10, 0.7 * size, 12, 0.88 * size, 14, size];
	}

	#ring(id: string, source: string): CircleLayerSpecification {
		return {
			id,
			type: 'circle',
			source,
			filter: ['==', ['get', 'id'], ''],
			paint: {
				'circle-radius': 19 * this.scale,
				'circle-color': 'rgba(0, 0, 0, 0)',
				'circle-stroke-color': this.palette.accent,
				'circle-stroke-width': 3
			}
		};
	}

	#addLamps(): void {
		const { map, scale } = this;
		map.addLayer(this.#ring('lamp-chosen', LAMPS));
		map.addLayer({
			id: 'lamp-marks',
			type: 'symbol',
			source: LAMPS,
			minzoom: LAMP_ZOOM,
			layout: {
				'icon-image': ['get', 'mark'],
				'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.55 * scale, 16, scale],
				'icon-allow-overlap': true,
				'icon-ignore-placement': true,
				'symbol-sort-key': ['get', 'order']
			}
		});
	}

	#addObjects(): void {
		const { map, palette, scale } = this;
		map.addLayer(this.#ring('object-chosen', OBJECTS));
		map.addLayer({
			id: 'object-marks',
			type: 'symbol',
			source: OBJECTS,
			layout: {
				'icon-image': ['get', 'mark'],
				'icon-size': this.#byZoom(1),
				'icon-rotate': ['case', ['==', ['get', 'kind'], 'vehicle'], ['get', 'bearing'], 0],
				'icon-rotation-alignment': 'map',
				'icon-allow-overlap': true,
				'icon-ignore-placement': true,
				'text-field': ['get', 'inside'],
				'text-font': FONT,
				'text-size': this.#byZoom(10),
				'text-allow-overlap': true,
				'text-ignore-placement': true,
				'symbol-sort-key': ['get', 'order']
			},
			paint: { 'text-color': palette.text }
		});
		map.addLayer({
			id: 'object-badges',
			type: 'symbol',
			source: OBJECTS,
			layout: {
				'icon-image': ['get', 'badge'],
				'icon-size': this.#byZoom(1),
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
			source: OBJECTS,
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
