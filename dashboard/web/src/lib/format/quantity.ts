import type { DisplayUnit, LiveProperty, State } from '../api';
import type { Words } from '../i18n/uk';
import { hasNoValue } from '../map/kinds';
import type { Formats } from './values';

/** The language in which something is said: its words, its numbers, its units. */
export interface Tongue {
	readonly language: 'uk' | 'en';
	readonly words: Words;
	readonly formats: Formats;
}

/** A canonical value as the trade says it: «21,5 км/год», «відчинено», «ПнСх, 28°». */
export function reading(
	{ id, kind, display }: Pick<LiveProperty, 'id' | 'kind' | 'display'>,
	canonical: number,
	{ language, words, formats }: Tongue
): string {
	if (kind === 'boolean') {
		return booleanWords(id, words)[canonical === 0 ? 0 : 1];
	}
	const shown = formats.number(canonical * display.factor + display.offset, display.digits);
	const unit = unitOf(display, language);
	if (kind === 'angle') return `${rhumbOf(canonical, words.rhumbs)}, ${shown}${unit}`;
	if (!unit) return shown;
	return unit === '°' ? `${shown}${unit}` : `${shown}\u00a0${unit}`;
}

/**
 * A value of an object in a state: in brackets when it is stale, empty when it came so long ago
 * that it says nothing.
 */
export function readingIn(
	state: State,
	property: Pick<LiveProperty, 'id' | 'kind' | 'display'>,
	canonical: number | undefined,
	tongue: Tongue
): string {
	if (canonical === undefined || hasNoValue(state)) return '';
	const shown = reading(property, canonical, tongue);
	return state === 'stale' ? `(${shown})` : shown;
}

/** How a property says no and yes: «зачинено», «відчинено». */
export function booleanWords(property: string, words: Words): readonly [no: string, yes: string] {
	return words.boolean[property] ?? words.boolean.other ?? ['0', '1'];
}

/** The rhumb that a direction in degrees lies in; rhumbs begin in the north and go clockwise. */
export function rhumbOf(degrees: number, rhumbs: readonly string[]): string {
	const step = Math.round(degrees / (360 / rhumbs.length)) % rhumbs.length;
	return rhumbs.at(step) ?? '';
}

/** The printed unit of the trade; empty for plain numbers. */
export function unitOf(display: DisplayUnit, language: 'uk' | 'en'): string {
	if (display.unit === '1') return '';
	return language === 'uk' ? display.unit_uk : display.unit;
}
