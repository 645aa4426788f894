import type { Feature, FeatureCollection, Polygon } from 'geojson';
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';

import type { Palette } from './palette';

/** The project's own drawing of the city, served with the pages. */
export const CITY_URL = '/city/odesa.geojson';

export const FONT = ['Inter Variable', 'DejaVu Sans'];

const kindIs = (...kinds: string[]): ['in', ['get', 'kind'], ['literal', string[]]] => [
	'in',
	['get', 'kind'],
	['literal', kinds]
];

/** The drawing ends at its frame, the sea does not: from the frame to the open sea. */
const OPEN_SEA: Feature<Polygon> = {
	type: 'Feature',
	properties: { kind: 'sea' },
	geometry: {
		type: 'Polygon',
		coordinates: [
			[
				[30.9, 46.5668],
				[33, 46.62],
				[33, 45],
				[30.2, 45],
				[30.6722, 46.3],
				[30.9, 46.3],
				[30.9, 46.5668]
			]
		]
	}
};

function baseLayers(palette: Palette, language: string, scale: number): LayerSpecification[] {
	const name = ['get', language === 'uk' ? 'name_uk' : 'name_en'] as ['get', string];
	const text = {
		'text-color': palette.baseText,
		'text-halo-color': palette.halo,
		'text-halo-width': 1.2
	};
	const source = 'city';
	return [
		{ id: 'land', type: 'background', paint: { 'background-color': palette.land } },
		{
			id: 'sea',
			type: 'fill',
			source,
			filter: kindIs('sea', 'estuary'),
			paint: { 'fill-color': palette.sea }
		},
		{
			id: 'park',
			type: 'fill',
			source,
			filter: kindIs('park'),
			paint: { 'fill-color': palette.park }
		},
		{
			id: 'border',
			type: 'line',
			source,
			filter: kindIs('city', 'district'),
			paint: { 'line-color': palette.border, 'line-width': 0.8, 'line-dasharray': [4, 3] }
		},
		{
			id: 'coast',
			type: 'line',
			source,
			filter: kindIs('coastline'),
			paint: { 'line-color': palette.border, 'line-width': 1.2 }
		},
		{
			id: 'streets',
			type: 'line',
			source,
			filter: kindIs('street'),
			layout: { 'line-cap': 'round', 'line-join': 'round' },
			paint: {
				'line-color': palette.street,
				'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, 1.2, 14, 5, 18, 24]
			}
		},
		{
			id: 'street-names',
			type: 'symbol',
			source,
			minzoom: 12.5,
			filter: kindIs('street'),
			layout: {
				'symbol-placement': 'line',
				'text-field': name,
				'text-font': FONT,
				'text-size': 12 * scale
			},
			paint: text
		},
		{
			id: 'places',
			type: 'symbol',
			source,
			filter: kindIs('place', 'community_center'),
			minzoom: 11.5,
			layout: {
				'text-field': name,
				'text-font': FONT,
				'text-size': 11 * scale,
				'text-max-width': 8
			},
			paint: text
		},
		{
			id: 'districts',
			type: 'symbol',
			source,
			filter: kindIs('district_label'),
			maxzoom: 13,
			layout: {
				'text-field': name,
				'text-font': FONT,
				'text-size': 13 * scale,
				'text-letter-spacing': 0.05
			},
			paint: text
		}
	];
}

/** A base map besides our own drawing: an archive in the data folder or an online server. */
export interface Tiles {
	url: string;
	kind: 'raster' | 'vector';
}

function tileLayers(tiles: Tiles, palette: Palette): LayerSpecification[] {
	if (tiles.kind === 'raster') {
		return [
			{
				id: 'tiles',
				type: 'raster',
				source: 'tiles',
				paint: { 'raster-saturation': -0.9, 'raster-opacity': 0.55 }
			}
		];
	}
	// The layers of the Protomaps base map, the usual content of a city's archive.
	const source = 'tiles';
	return [
		{
			id: 'tiles-earth',
			type: 'fill',
			source,
			'source-layer': 'earth',
			paint: { 'fill-color': palette.land }
		},
		{
			id: 'tiles-water',
			type: 'fill',
			source,
			'source-layer': 'water',
			paint: { 'fill-color': palette.sea }
		},
		{
			id: 'tiles-roads',
			type: 'line',
			source,
			'source-layer': 'roads',
			paint: {
				'line-color': palette.street,
				'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, 0.5, 14, 2.5, 18, 14]
			}
		}
	];
}

/** The whole style of the base map; it needs nothing from outside the platform. */
export function baseStyle(
	city: FeatureCollection,
	palette: Palette,
	language: string,
	scale: number,
	tiles?: Tiles
): StyleSpecification {
	const own = baseLayers(palette, language, scale);
	const style: StyleSpecification = {
		version: 8,
		sources: {
			city: { type: 'geojson', data: { ...city, features: [OPEN_SEA, ...city.features] } }
		},
		layers: own
	};
	if (!tiles) return style;
	style.sources.tiles =
		tiles.kind === 'vector'
			? { type: 'vector', url: tiles.url }
			: tiles.url.startsWith('pmtiles:')
				? { type: 'raster', url: tiles.url, tileSize: 256 }
				: { type: 'raster', tiles: [tiles.url], tileSize: 256 };
	// Only names of ours stay above a real base map: its shores and streets are better.
	const [land, ...rest] = own;
	const names = rest.filter((layer) => layer.type === 'symbol');
	style.layers = [...(land ? [land] : []), ...tileLayers(tiles, palette), ...names];
	return style;
}
