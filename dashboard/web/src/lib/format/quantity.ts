import type { DisplayUnit, LiveProperty } from '../api';
import type { Words } from '../i18n/uk';
import type { Formats } from './values';

/** The language in which something is said: its words, its numbers, its units. */
export interface Tongue {
	readonly language: 'uk' | 'en';
	readonly words: Words;
	readonly formats: Formats;
}

/** A canonical value as the trade says it: «21,5 км/год», «так». */
export function reading(
	{ kind, display }: Pick<LiveProperty, 'kind' | 'display'>,
	canonical: number,
	{ language, words, formats }: Tongue
): string {
	if (kind === 'boolean') return canonical === 0 ? words.boolean.no : words.boolean.yes;
	const shown = formats.number(canonical * display.factor + display.offset, display.digits);
	const unit = unitOf(display, language);
	return unit ? `${shown}\u00a0${unit}` : shown;
}

/** The printed unit of the trade; empty for plain numbers. */
export function unitOf(display: DisplayUnit, language: 'uk' | 'en'): string {
	if (display.unit === '1') return '';
	return language === 'uk' ? display.unit_uk : display.unit;
}
