import type { FeatureCollection } from 'geojson';
import { expect, it } from 'vitest';

import type { LiveObject } from '../api';
import { ObjectIndex, spotsOf } from './search';

const city: FeatureCollection = {
	type: 'FeatureCollection',
	features: [
		{
			type: 'Feature',
			geometry: {
				type: 'LineString',
				coordinates: [
					[30.7, 46.4],
					[30.72, 46.45],
					[30.74, 46.5]
				]
			},
			properties: {
				kind: 'street',
				name_uk: 'вулиця Італійська',
				name_en: 'Italiiska Street',
				name_old_uk: 'вулиця Пушкінська'
			}
		},
		{ type: 'Feature', geometry: { type: 'Point', coordinates: [30, 46] }, properties: null }
	]
};

const lamp = (id: string, name: string): LiveObject => ({
	id,
	kind: 'light',
	name,
	access: 'public',
	simulated: true,
	suspect: false,
	state: 'fresh',
	values: {},
	texts: {}
});

it('a street is found at its middle', () => {
	expect(spotsOf(city)).toMatchObject([{ lon: 30.72, lat: 46.45, former: 'вулиця Пушкінська' }]);
});

it('objects on a renamed street are found by its former name', () => {
	const objects = [lamp('lamp-1', 'Світильник, Італійська 5'), lamp('lamp-2', 'Інша вулиця')];
	const index = new ObjectIndex(objects, spotsOf(city));
	expect(index.find('пушкінська')).toEqual(['lamp-1']);
	expect(index.find('')).toEqual(['lamp-1', 'lamp-2']);
	expect(index.find('немає такої')).toEqual([]);
});
