import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl';

import type { Objects } from '../live/merge';
import { FONT } from './base';
import { isLive, shapeOf } from './kinds';
import { LAMP_ZOOM } from './mark-layers';
import type { Palette } from './palette';

const SOURCE = 'feeders';

/** A lighting feeder: the middle of its lamps, how many there are, how many send. */
export interface Feeder {
	zone: string;
	total: number;
	live: number;
	lat: number;
	lon: number;
}

/** Gathers the lamps of each feeder; lamps without a zone or a place belong to none. */
export function feedersOf(objects: Objects): Feeder[] {
	const feeders = new Map<string, Feeder>();
	for (const object of objects.values()) {
		const { lat, lon, zone } = object;
		if (!zone || typeof lat !== 'number' || typeof lon !== 'number') continue;
		if (shapeOf(object) !== 'lamp') continue;
		const feeder = feeders.get(zone) ?? { zone, total: 0, live: 0, lat: 0, lon: 0 };
		feeder.total += 1;
		feeder.lat += (lat - feeder.lat) / feeder.total;
		feeder.lon += (lon - feeder.lon) / feeder.total;
		if (isLive(object.state)) feeder.live += 1;
		feeders.set(zone, feeder);
	}
	return [...feeders.values()];
}

/** Below the zoom of single lamps: «12 із 143» in the middle of each feeder. */
export class FeedersLayer {
	constructor(
		private readonly map: MapLibreMap,
		palette: Palette,
		private readonly label: (feeder: Feeder) => string,
		scale: number
	) {
		map.addSource(SOURCE, {
			type: 'geojson',
			data: { type: 'FeatureCollection', features: [] }
		});
		map.addLayer({
			id: 'feeder-areas',
			type: 'line',
			source: 'city',
			maxzoom: LAMP_ZOOM,
			filter: ['==', ['get', 'kind'], 'feeder_area'],
			paint: { 'line-color': palette.border, 'line-width': 1, 'line-dasharray': [1, 2] }
		});
		map.addLayer({
			id: 'feeder-counts',
			type: 'symbol',
			source: SOURCE,
			maxzoom: LAMP_ZOOM,
			layout: {
				'text-field': ['get', 'label'],
				'text-font': FONT,
				'text-size': 11 * scale,
				// Below the mark of the cabinet, which stands in the middle of its lamps.
				'text-offset': [0, 1.7],
				'text-padding': 4
			},
			paint: {
				'text-color': palette.baseText,
				'text-halo-color': palette.halo,
				'text-halo-width': 1.5
			}
		});
	}

	/** Draws the feeders anew, or none of them. */
	draw(feeders: readonly Feeder[]): void {
		const data: FeatureCollection = {
			type: 'FeatureCollection',
			features: feeders.map((feeder) => ({
				type: 'Feature',
				geometry: { type: 'Point', coordinates: [feeder.lon, feeder.lat] },
				properties: { label: this.label(feeder) }
			}))
		};
		this.map.getSource<GeoJSONSource>(SOURCE)?.setData(data);
		const visibility = feeders.length > 0 ? 'visible' : 'none';
		this.map.setLayoutProperty('feeder-areas', 'visibility', visibility);
	}
}
