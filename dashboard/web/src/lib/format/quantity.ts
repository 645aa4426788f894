import type { DisplayUnit } from '../api';
import type { Formats } from './values';

/** A canonical value in the unit of the trade, with the unit: «21,5 км/год». */
export function quantity(
	canonical: number,
	display: DisplayUnit,
	formats: Formats,
	language: 'uk' | 'en'
): string {
	const shown = formats.number(canonical * display.factor + display.offset, display.digits);
	const unit = unitOf(display, language);
	return unit ? `${shown}\u00a0${unit}` : shown;
}

/** The printed unit of the trade; empty for plain numbers. */
export function unitOf(display: DisplayUnit, language: 'uk' | 'en'): string {
	if (display.unit === '1') return '';
	return language === 'uk' ? display.unit_uk : display.unit;
}
