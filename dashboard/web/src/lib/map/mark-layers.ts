import type {
	CircleLayerSpecification,
	ExpressionSpecification,
	GeoJSONSourceSpecification,
	Map as MapLibreMap,
	SymbolLayerSpecification
} from 'maplibre-gl';

import type { State } from '../api';
import { FONT } from './base';
import { BY_SEVERITY } from './features';
import type { Shape } from './kinds';
import { badgeName, markName } from './marks';
import type { Palette } from './palette';

/** Below this zoom single lamps are not drawn: their feeders are. */
export const LAMP_ZOOM = 13;

/** So many marks of a shape cover the map: those of them that lie close together are drawn as one. */
const CROWD = 300;
/** Closer than so many pixels … */
const CLUSTER_RADIUS = 64;
/** … and at least so many. */
const CLUSTER_MARKS_MIN = 4;
/** The nearest zoom of the map: what lies together there, on one pole, never parts. */
const ZOOM_MAX = 22;

export const marksOf = (shape: Shape) => `${shape}-marks`;
export const clustersOf = (shape: Shape) => `${shape}-clusters`;

/**
 * Do so many marks of a shape gather? Once they do, they part again at a tenth less. Lamps do not:
 * below their zoom feeders stand for them.
 */
export const isCrowd = (shape: Shape, marks: number, wasCrowd: boolean) =>
	shape !== 'lamp' && marks > (wasCrowd ? 0.9 * CROWD : CROWD);

/** How marks gather, once they do. */
export const GATHERING = {
	clusterRadius: CLUSTER_RADIUS,
	clusterMinPoints: CLUSTER_MARKS_MIN,
	clusterMaxZoom: ZOOM_MAX,
	// The source has to part what the clusters of its nearest zoom hold together.
	maxzoom: ZOOM_MAX + 1,
	clusterProperties: {
		live: ['+', ['get', 'live']],
		severity: ['max', ['get', 'severity']]
	}
} satisfies Partial<GeoJSONSourceSpecification>;

/** How the layers of one style look. */
export interface LayerStyle {
	palette: Palette;
	/** Of the screen. */
	scale: number;
	/** «49 із 50»: how many of the gathered marks send. */
	gathered(live: ExpressionSpecification, total: ExpressionSpecification): ExpressionSpecification;
}

/** Marks of a whole city are smaller than those of a street. */
function byZoom(size: number): ExpressionSpecification {
	return ['interpolate', ['linear'], ['zoom'], 10, 0.7 * size, 12, 0.88 * size, 14, size];
}

const isGathered: ExpressionSpecification = ['has', 'point_count'];
const isSingle: ExpressionSpecification = ['!', isGathered];

/** The image of the worst state among gathered marks. */
function worst(nameOf: (state: State) => string): ExpressionSpecification {
	return ['image', ['at', ['get', 'severity'], ['literal', BY_SEVERITY.map(nameOf)]]];
}

/** No mark gives way to another. */
const always = { 'icon-allow-overlap': true, 'icon-ignore-placement': true } as const;

/** A ring around the chosen object, which may be one of many that are drawn as one. */
export function ring(source: string, { palette, scale }: LayerStyle): CircleLayerSpecification {
	return {
		id: source,
		type: 'circle',
		source,
		paint: {
			'circle-radius': 19 * scale,
			'circle-color': 'rgba(0, 0, 0, 0)',
			'circle-stroke-color': palette.accent,
			'circle-stroke-width': 3
		}
	};
}

function lamps({ scale }: LayerStyle): SymbolLayerSpecification {
	return {
		id: marksOf('lamp'),
		type: 'symbol',
		source: 'lamp',
		minzoom: LAMP_ZOOM,
		layout: {
			...always,
			'icon-image': ['get', 'mark'],
			'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.55 * scale, 16, scale],
			'symbol-sort-key': ['get', 'order']
		}
	};
}

function marks(shape: Shape, { palette, scale }: LayerStyle): SymbolLayerSpecification {
	return {
		id: marksOf(shape),
		type: 'symbol',
		source: shape,
		filter: isSingle,
		layout: {
			...always,
			'icon-image': ['get', 'mark'],
			'icon-size': byZoom(scale),
			'icon-rotate': ['get', 'bearing'],
			'icon-rotation-alignment': 'map',
			'text-field': ['get', 'inside'],
			'text-font': FONT,
			'text-size': byZoom(10 * scale),
			'text-allow-overlap': true,
			'text-ignore-placement': true,
			'symbol-sort-key': ['get', 'order']
		},
		paint: { 'text-color': palette.text }
	};
}

function badges(shape: Shape, { palette, scale }: LayerStyle): SymbolLayerSpecification {
	return {
		id: `${shape}-badges`,
		type: 'symbol',
		source: shape,
		layout: {
			...always,
			'icon-image': ['case', isGathered, worst(badgeName), ['image', ['get', 'badge']]],
			'icon-size': byZoom(scale),
			'icon-offset': [13, 11],
			'text-field': ['step', ['zoom'], '', 11.5, ['coalesce', ['get', 'beside'], '']],
			'text-font': FONT,
			'text-size': 12 * scale,
			'text-anchor': 'left',
			'text-offset': [1.1, 0],
			'text-optional': true,
			'symbol-sort-key': ['coalesce', ['get', 'order'], 0]
		},
		paint: haloed(palette, 1.4)
	};
}

function suspects(shape: Shape, { palette, scale }: LayerStyle): SymbolLayerSpecification {
	return {
		id: `${shape}-suspects`,
		type: 'symbol',
		source: shape,
		filter: ['all', isSingle, ['get', 'suspect']],
		layout: {
			'text-field': 'GPS?',
			'text-font': FONT,
			'text-size': 11 * scale,
			'text-offset': [0, -1.7],
			'text-allow-overlap': true
		},
		paint: haloed(palette, 1.6)
	};
}

/** The worst state is the mark; how many of them send stands beside it. */
function clusters(
	shape: Shape,
	{ palette, scale, gathered }: LayerStyle
): SymbolLayerSpecification {
	return {
		id: clustersOf(shape),
		type: 'symbol',
		source: shape,
		filter: isGathered,
		layout: {
			...always,
			'icon-image': worst((state) => markName({ shape, state })),
			'icon-size': byZoom(1.2 * scale),
			'text-field': gathered(['get', 'live'], ['get', 'point_count']),
			'text-font': FONT,
			'text-size': 12 * scale,
			'text-anchor': 'left',
			'text-offset': [1.3, 0],
			'text-allow-overlap': true,
			'symbol-sort-key': ['get', 'severity']
		},
		paint: haloed(palette, 1.6)
	};
}

function haloed(palette: Palette, width: number) {
	return {
		'text-color': palette.text,
		'text-halo-color': palette.halo,
		'text-halo-width': width
	};
}

/** Puts the layers of a shape on the map, above all that are there. */
export function addLayers(map: MapLibreMap, shape: Shape, style: LayerStyle): void {
	if (shape === 'lamp') {
		map.addLayer(lamps(style));
		return;
	}
	map.addLayer(marks(shape, style));
	map.addLayer(suspects(shape, style));
	map.addLayer(clusters(shape, style));
	map.addLayer(badges(shape, style));
}
