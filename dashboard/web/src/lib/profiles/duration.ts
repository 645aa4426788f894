import type { Words } from '../i18n/uk';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds as people say them: the largest unit of which they are a whole number. */
export function durationOf(seconds: number, { duration }: Words['profiles']): string {
	if (seconds >= HOUR && seconds % HOUR === 0) return `${seconds / HOUR}\u00a0${duration.h}`;
	if (seconds >= MINUTE && seconds % MINUTE === 0) {
		return `${seconds / MINUTE}\u00a0${duration.min}`;
	}
	return `${seconds}\u00a0${duration.s}`;
}
