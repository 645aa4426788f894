import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';

import type { Kind, LiveObject } from '../api';
import type { Frame } from '../live/city.svelte';
import type { Objects } from '../live/merge';
import { featureOf, type Lettering, type MarkFeature } from './features';
import { shapeOf, type Shape } from './kinds';
import { addLayers, clustersOf, marksOf, ring } from './mark-layers';
import { MarkSource } from './mark-source';
import type { Palette } from './palette';

/** The lowest first. Each has a source of its own: a move of a vehicle sends no lamp again. */
const SHAPES: readonly Shape[] = ['lamp', 'cabinet', 'water', 'air', 'vehicle'];
/** The source and layer of the ring around the chosen object. */
const CHOSEN = 'chosen';
/** How far beside a mark a click may be, pixels. */
const REACH = 6;

/** What a click hit. */
export type Hit = { id: string } | { centre: [number, number]; zoom: number };

/** Draws all objects of the chosen layers; owns its sources and layers on one style. */
export class ObjectsLayer {
	readonly #sources: readonly MarkSource[];
	#chosen: string | undefined;

	constructor(
		private readonly map: MapLibreMap,
		palette: Palette,
		private readonly lettering: Lettering,
		private readonly objects: Objects,
		private kinds: ReadonlySet<Kind>,
		scale: number
	) {
		this.#sources = SHAPES.map(
			(shape) => new MarkSource(map, shape, objects, (one) => this.#featureOf(one, shape))
		);
		const style = { palette, scale, gathered: lettering.gathered };
		map.addSource(CHOSEN, { type: 'geojson', data: collectionOf([]) });
		map.addLayer(ring(CHOSEN, style));
		for (const shape of SHAPES) addLayers(map, shape, style);
	}

	/** Draws what changed. */
	apply(frame: Frame): void {
		for (const source of this.#sources) source.apply(frame);
		const chosen = this.#chosen;
		if (!chosen) return;
		if (frame.all || frame.changed.has(chosen) || frame.removed.has(chosen)) this.choose(chosen);
	}

	/** Chooses the layers that are drawn. */
	show(kinds: ReadonlySet<Kind>): void {
		this.kinds = kinds;
		for (const source of this.#sources) source.reset();
		this.choose(this.#chosen);
	}

	/** Draws a ring around the chosen object. */
	choose(id: string | undefined): void {
		this.#chosen = id;
		const object = id === undefined ? undefined : this.objects.get(id);
		const feature =
			object && this.kinds.has(object.kind) ? featureOf(object, this.lettering) : undefined;
		this.map.getSource<GeoJSONSource>(CHOSEN)?.setData(collectionOf(feature ? [feature] : []));
	}

	/**
	 * What stands at a point of the screen: an object, or the place and zoom at which gathered
	 * marks part. Of those that never part the first answers.
	 */
	async hit({ x, y }: { x: number; y: number }): Promise<Hit | undefined> {
		const layers = SHAPES.flatMap((shape) => [clustersOf(shape), marksOf(shape)]);
		const [feature] = this.map.queryRenderedFeatures(
			[
				[x - REACH, y - REACH],
				[x + REACH, y + REACH]
			],
			{ layers: layers.filter((id) => this.map.getLayer(id)) }
		);
		if (!feature) return undefined;
		const cluster = feature.properties.cluster_id as number | undefined;
		const source = this.map.getSource<GeoJSONSource>(feature.source);
		if (cluster === undefined || !source || feature.geometry.type !== 'Point') {
			return { id: String(feature.properties.id) };
		}
		const zoom = await source.getClusterExpansionZoom(cluster);
		if (zoom <= this.map.getMaxZoom()) {
			const [lon = 0, lat = 0] = feature.geometry.coordinates;
			return { centre: [lon, lat], zoom };
		}
		const [first] = await source.getClusterLeaves(cluster, 1, 0);
		return first && { id: String(first.properties?.id) };
	}

	#featureOf(object: LiveObject, shape: Shape): MarkFeature | undefined {
		const isShown = this.kinds.has(object.kind) && shapeOf(object) === shape;
		return isShown ? featureOf(object, this.lettering) : undefined;
	}
}

function collectionOf(features: MarkFeature[]) {
	return { type: 'FeatureCollection' as const, features };
}
