import { describe, expect, it } from 'vitest';

import { naturalOrder } from './natural';
import { uk } from '../i18n/uk';
import { pluralOf } from './plural';
import { reading, readingIn } from './quantity';
import { fold, matches } from './search';
import { ageOf, formatsOf } from './values';

describe('plural forms', () => {
	const forms = { one: 'пристрій', few: 'пристрої', many: 'пристроїв' };

	it.each([
		[1, 'пристрій'],
		[2, 'пристрої'],
		[5, 'пристроїв'],
		[11, 'пристроїв'],
		[12, 'пристроїв'],
		[21, 'пристрій'],
		[22, 'пристрої'],
		[111, 'пристроїв'],
		[2000, 'пристроїв']
	])('%d takes its Ukrainian form', (count, word) => {
		expect(pluralOf('uk')(count, forms)).toBe(word);
	});

	it('English has two', () => {
		const en = pluralOf('en');
		expect(en(1, { one: 'device', many: 'devices' })).toBe('device');
		expect(en(21, { one: 'device', many: 'devices' })).toBe('devices');
	});
});

describe('natural order', () => {
	it('puts 4.2 before 4.10 and 4.10 before 14.2', () => {
		const ids = ['14.2', '4.10', '4.2.1', '4.2', '4.1'];
		expect(ids.sort(naturalOrder)).toEqual(['4.1', '4.2', '4.2.1', '4.10', '14.2']);
	});

	it('knows the Ukrainian alphabet', () => {
		expect(['Їжак', 'Ґанок', 'Єдність', 'Гора', 'Дім'].sort(naturalOrder)).toEqual([
			'Гора',
			'Ґанок',
			'Дім',
			'Єдність',
			'Їжак'
		]);
	});
});

describe('search', () => {
	it('ignores the kinds of apostrophes', () => {
		expect(fold('Об’єкт')).toBe(fold("об'єкт"));
		expect(fold('Обʼєкт')).toBe(fold('обєкт'));
	});

	it('takes Latin look-alikes for Cyrillic letters', () => {
		expect(fold('BH 4021 AA')).toBe(fold('ВН 4021 АА'));
	});

	it('finds words in any order', () => {
		const name = fold('Пост 01 «Італійська / Дерибасівська» (Пушкінська)');
		expect(matches(name, fold('пушкінська пост'))).toBe(true);
		expect(matches(name, fold('пост 02'))).toBe(false);
	});
});

describe('values', () => {
	const formats = formatsOf('uk-UA');

	it('writes a decimal comma and groups of thousands', () => {
		expect(formats.number(21430, 1).replace(/\s/gu, ' ')).toBe('21 430,0');
	});

	it('sets a percent sign off its number, as any unit', () => {
		expect(formats.percent(0.505)).toBe('50,5\u00a0%');
	});

	it('shows the time of Kyiv', () => {
		expect(formats.dateTime(new Date('2026-11-22T12:05:00Z'))).toBe('22.11.2026, 14:05');
		expect(formats.clock(new Date('2026-07-01T00:00:09Z'))).toBe('03:00:09');
	});

	it('cuts an age to one unit and never shows a negative one', () => {
		expect(ageOf(12_900)).toEqual({ count: 12, unit: 'second' });
		expect(ageOf(3_600_000)).toEqual({ count: 1, unit: 'hour' });
		expect(ageOf(50 * 3_600_000)).toEqual({ count: 2, unit: 'day' });
		expect(ageOf(-5)).toEqual({ count: 0, unit: 'second' });
	});
});

describe('readings', () => {
	const tongue = { language: 'uk', words: uk, formats: formatsOf('uk-UA') } as const;
	const degree = { unit: '°', unit_uk: '°', factor: 1, offset: 0, digits: 0 };
	const celsius = { unit: '°C', unit_uk: '°C', factor: 1, offset: 0, digits: 1 };
	const wind = { id: 'wind_direction', kind: 'angle', display: degree } as const;
	const door = { id: 'cabinet_door', kind: 'boolean', display: degree } as const;
	const air = { id: 'temperature', kind: 'number', display: celsius } as const;

	it('a wind has a rhumb, a door is open, a frost has a minus', () => {
		expect(reading(wind, 28, tongue)).toBe('ПнСх, 28°');
		expect(reading(wind, 350, tongue)).toBe('Пн, 350°');
		expect(reading(door, 1, tongue)).toBe('відчинено');
		expect(reading(air, -3.5, tongue)).toBe('−3,5\u00a0°C');
	});

	it('stale ones stand in brackets, silent ones are not said', () => {
		expect(readingIn('stale', air, 2, tongue)).toBe('(2,0\u00a0°C)');
		expect(readingIn('silent', air, 2, tongue)).toBe('');
		expect(readingIn('fresh', air, undefined, tongue)).toBe('');
	});
});
