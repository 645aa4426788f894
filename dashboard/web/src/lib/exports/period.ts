const HOUR_MS = 3_600_000;

/** A day of the calendar in Kyiv, as a date field writes it: 2026-11-22. */
const dayFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Kyiv' });

/** The day of a moment in Kyiv. */
export function dayOf(moment: number): string {
	return dayFormat.format(moment);
}

/** When a day begins in Kyiv, ms since 1970; undefined for what is no day. */
export function beginOf(day: string): number | undefined {
	const utc = /^\d{4}-\d\d-\d\d$/u.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
	if (Number.isNaN(utc)) return undefined;
	// Three hours ahead of UTC in summer, two in winter; the clock never changes at midnight.
	const summer = utc - 3 * HOUR_MS;
	return dayOf(summer) === day ? summer : utc - 2 * HOUR_MS;
}

/** The day after one. */
export function dayAfter(day: string): string {
	return new Date(Date.parse(`${day}T00:00:00Z`) + 24 * HOUR_MS).toISOString().slice(0, 10);
}

/** Whole days, the last one included, as the API takes a period; undefined for what is none. */
export function periodOf(first: string, last: string): { from: string; to: string } | undefined {
	const from = beginOf(first);
	if (from === undefined || beginOf(last) === undefined) return undefined;
	const to = beginOf(dayAfter(last));
	if (to === undefined || from >= to) return undefined;
	return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
