import { expect, it } from 'vitest';

import { formatsOf } from '../format/values';
import { en } from '../i18n/en';
import { uk } from '../i18n/uk';
import { detailsOf, OFFLINE, wordsOf } from './problem';

const tongue = { language: 'uk', words: uk, formats: formatsOf('uk-UA') } as const;

it('a refusal is said in the language of the page, its times in Kyiv', () => {
	const details = detailsOf(422, {
		type: 'urn:obrii:problem:refused',
		reason: 'before-installation',
		parameters: { device: 'lum-1', since: '2026-11-22T12:05:00Z' },
		detail: 'device `lum-1` sits on object …'
	});
	expect(wordsOf(details, tongue)).toBe(
		'Пристрій «lum-1» стоїть тут із 22.11.2026, 14:05: час заміни має бути пізніший.'
	);
});

it('what the page has no words for is said as the server said it', () => {
	const body = { type: 'urn:obrii:problem:refused', reason: 'new-one', detail: 'no such thing' };
	expect(wordsOf(detailsOf(422, body), tongue)).toBe('Реєстр цього не приймає. no such thing');
	expect(wordsOf(detailsOf(502, '<html>'), tongue)).toBe('Не вдалося отримати дані');
	expect(wordsOf(OFFLINE, tongue)).toBe('Сервер не відповідає.');
});

it('every refusal has words in both languages', () => {
	expect(Object.keys(en.problems.refusals)).toEqual(Object.keys(uk.problems.refusals));
	expect(Object.keys(en.problems.types)).toEqual(Object.keys(uk.problems.types));
});
