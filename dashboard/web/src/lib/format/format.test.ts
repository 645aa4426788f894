import { describe, expect, it } from 'vitest';

import { naturalOrder } from './natural';
import { pluralOf } from './plural';
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
	const uk = formatsOf('uk-UA');

	it('writes a decimal comma and groups of thousands', () => {
		expect(uk.number(21430, 1).replace(/\s/gu, ' ')).toBe('21 430,0');
	});

	it('shows the time of Kyiv', () => {
		expect(uk.dateTime(new Date('2026-11-22T12:05:00Z'))).toBe('22.11.2026, 14:05');
		expect(uk.clock(new Date('2026-07-01T00:00:09Z'))).toBe('03:00:09');
	});

	it('cuts an age to one unit and never shows a negative one', () => {
		expect(ageOf(12_900)).toEqual({ count: 12, unit: 'second' });
		expect(ageOf(3_600_000)).toEqual({ count: 1, unit: 'hour' });
		expect(ageOf(50 * 3_600_000)).toEqual({ count: 2, unit: 'day' });
		expect(ageOf(-5)).toEqual({ count: 0, unit: 'second' });
	});
});
