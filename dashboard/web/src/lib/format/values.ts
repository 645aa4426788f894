/** Numbers, times and ages as the language and the trade write them; times are of Europe/Kyiv. */
export interface Formats {
	/** A number with a fixed count of digits after the decimal mark. */
	number(value: number, digits?: number): string;
	/** A share 0–1 as a percentage. */
	percent(share: number): string;
	/** 14:05:33 */
	clock(time: Date): string;
	/** 22.11.2026, 14:05 */
	dateTime(time: Date): string;
	/** 22.11.2026, 14:05:33 */
	exact(time: Date): string;
	/** 22.11.2026 */
	date(time: Date): string;
}

const ZONE = 'Europe/Kyiv';

/** As typesetters write it: as wide as a digit, never broken off its number. */
const MINUS = '\u2212';

/** Formats of a locale such as `uk-UA`. */
export function formatsOf(locale: string): Formats {
	const byDigits = new Map<number, Intl.NumberFormat>();
	const numberFormat = (digits: number) => {
		let format = byDigits.get(digits);
		if (!format) {
			format = new Intl.NumberFormat(locale, {
				minimumFractionDigits: digits,
				maximumFractionDigits: digits
			});
			byDigits.set(digits, format);
		}
		return format;
	};
	const percent = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
	const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: ZONE } as const;
	const day = { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: ZONE } as const;
	const clock = new Intl.DateTimeFormat(locale, { ...time, second: '2-digit' });
	const dateTime = new Intl.DateTimeFormat(locale, { ...day, ...time });
	const exact = new Intl.DateTimeFormat(locale, { ...day, ...time, second: '2-digit' });
	const date = new Intl.DateTimeFormat(locale, day);
	return {
		number: (value, digits = 0) => numberFormat(digits).format(value).replace('-', MINUS),
		percent: (share) => `${percent.format(share * 100)}\u00a0%`,
		clock: (at) => clock.format(at),
		dateTime: (at) => dateTime.format(at),
		exact: (at) => exact.format(at),
		date: (at) => date.format(at)
	};
}

/** An age cut to the unit that people say. */
export interface Age {
	count: number;
	unit: 'second' | 'minute' | 'hour' | 'day';
}

/** The age of a moment `milliseconds` ago; never negative. */
export function ageOf(milliseconds: number): Age {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	if (seconds < 60) return { count: seconds, unit: 'second' };
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return { count: minutes, unit: 'minute' };
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return { count: hours, unit: 'hour' };
	return { count: Math.floor(hours / 24), unit: 'day' };
}
