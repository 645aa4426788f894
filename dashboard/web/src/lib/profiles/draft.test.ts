import { describe, expect, it } from 'vitest';

import type { ProfileForm, PropertyView } from '$lib/api';
import { cellsOf, formOf, mistakesAt, newField, unitsOf } from './draft';

const property = (id: string, canonical_unit: string, units = [canonical_unit]) =>
	({ id, canonical_unit, units, factor_units: [] }) as unknown as PropertyView;

const form: ProfileForm = {
	note: 'Лічильник',
	id: 'plug',
	kind: 'light',
	title_uk: 'Лічильник',
	title_en: 'Meter',
	regime: 'periodic',
	interval_s: 300,
	stamp: 'instant',
	averaging_s: 0,
	retention_days: 400,
	fields: [
		{ name: 'energy', pointer: '/ENERGY/Total', unit: 'kWh', range: [0, 10], flat_s_max: 60 },
		{ name: 't', property: 'temperature', rate_per_s_max: 0.1 }
	]
};

describe('the cells of a profile', () => {
	const properties = new Map([['temperature', property('temperature', '°C')]]);

	it('say the same as the form, with the canonical unit said aloud', () => {
		const [energy, temperature] = form.fields;
		const said = formOf(cellsOf(form, properties));
		expect(said).toEqual({ ...form, fields: [energy, { ...temperature, unit: '°C' }] });
	});

	it('never make half a range a whole one', () => {
		const cells = cellsOf(form, properties);
		const range = (low: number | null, high: number | null) =>
			formOf({ ...cells, fields: [{ ...newField('x'), low, high }] }).fields[0]?.range;
		expect(range(null, null)).toBeUndefined();
		expect(range(5, null)).toEqual([5, 5]);
		expect(range(null, 5)).toEqual([5, 5]);
		expect(range(0, 5)).toEqual([0, 5]);
	});

	it('keep readings for ever when no days are said', () => {
		const cells = cellsOf({ ...form, retention_days: undefined }, properties);
		expect(formOf(cells).retention_days).toBeUndefined();
		expect(formOf({ ...cells, retention: null }).retention_days).toBeUndefined();
	});
});

describe('a field of an unknown name', () => {
	it('gets a pointer when it stands deeper than at the top', () => {
		expect(newField('/ENERGY/Power')).toMatchObject({ name: 'Power', pointer: '/ENERGY/Power' });
		expect(newField('/lux')).toMatchObject({ name: 'lux', pointer: '' });
		expect(newField('io_9')).toMatchObject({ name: 'io_9', pointer: '' });
		expect(newField('/A/b~1c')).toMatchObject({ name: 'b/c', pointer: '/A/b~1c' });
	});
});

it('mistakes are found at their place and below it', () => {
	const at = (place: string) => ({ pointer: place, code: 'form', detail: '' });
	const all = [at('/fields/1/unit'), at('/fields/10/unit'), at('/id')];
	expect(mistakesAt(all, '/fields/1')).toEqual([all[0]]);
	expect(mistakesAt(all, '/id')).toEqual([all[2]]);
});

it('a truth has no units to choose from', () => {
	expect(unitsOf(property('leak', '', ['1']))).toEqual([]);
	expect(unitsOf(property('flow', 'l/s', ['l/s', 'm³/h']))).toEqual(['l/s', 'm³/h']);
});
