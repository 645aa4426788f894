import type { Feature, Point } from 'geojson';
import type { ExpressionSpecification } from 'maplibre-gl';

import type { LiveObject, State } from '../api';
import { airStep, hasNoValue, isLive, modeOf, shapeOf } from './kinds';
import { badgeName, markName, type Look } from './marks';

/** What a drawn object carries; the layers read nothing else. */
export interface MarkProperties {
	id: string;
	kind: string;
	mark: string;
	badge: string;
	bearing: number;
	/** Inside the mark: the figure of an air post, the letter of a vehicle. */
	inside: string;
	/** Beside the mark: the route of a vehicle. */
	beside: string;
	/** Larger lies on top: whoever says nothing lies lowest. */
	order: number;
	suspect: boolean;
	/** Does it send? 1 or 0: marks that stand together count it. */
	live: 0 | 1;
	/** Place of its state in `BY_SEVERITY`. */
	severity: number;
}

export type MarkFeature = Feature<Point, MarkProperties>;

/** Words and numbers that a mark needs. */
export interface Lettering {
	modeLetters: Record<string, string>;
	number(value: number): string;
	/** «49 із 50»: how many of the marks that stand together send. */
	gathered(live: ExpressionSpecification, total: ExpressionSpecification): ExpressionSpecification;
}

/** How an object looks. */
export function lookOf(object: LiveObject): Look {
	const look: Look = { shape: shapeOf(object), state: object.state };
	const pm25 = object.values.pm25;
	if (look.shape === 'air' && isLive(object.state) && pm25 !== undefined) look.step = airStep(pm25);
	if (look.shape === 'vehicle') look.mode = modeOf(object);
	return look;
}

/** From what needs nobody to what needs somebody most. */
export const BY_SEVERITY: readonly State[] = [
	'decommissioned',
	'out-of-service',
	'maintenance',
	'de-energised',
	'fresh',
	'delayed',
	'no-data',
	'stale',
	'silent'
];

const ORDER: Partial<Record<LiveObject['state'], number>> = { fresh: 3, delayed: 3, stale: 2 };

function insideOf(object: LiveObject, look: Look, lettering: Lettering): string {
	if (look.shape === 'vehicle') return lettering.modeLetters[look.mode ?? ''] ?? '';
	const pm25 = object.values.pm25;
	if (look.shape !== 'air' || pm25 === undefined || hasNoValue(object.state)) return '';
	const figure = lettering.number(pm25);
	return object.state === 'stale' ? `(${figure})` : figure;
}

/** The feature of an object; undefined while its place is not known. */
export function featureOf(object: LiveObject, lettering: Lettering): MarkFeature | undefined {
	const { lat, lon } = object;
	if (typeof lat !== 'number' || typeof lon !== 'number') return undefined;
	const look = lookOf(object);
	return {
		type: 'Feature',
		id: object.id,
		geometry: { type: 'Point', coordinates: [lon, lat] },
		properties: {
			id: object.id,
			kind: object.kind,
			mark: markName(look),
			badge: badgeName(object.state),
			bearing: object.kind === 'vehicle' ? (object.bearing ?? 0) : 0,
			inside: insideOf(object, look, lettering),
			beside: object.kind === 'vehicle' ? (object.texts.route ?? '') : '',
			order: ORDER[object.state] ?? 1,
			suspect: object.suspect,
			live: isLive(object.state) ? 1 : 0,
			severity: BY_SEVERITY.indexOf(object.state)
		}
	};
}
