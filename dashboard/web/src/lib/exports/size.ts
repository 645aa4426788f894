const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** A size of a file in the unit that people say. */
export interface Size {
	count: number;
	unit: (typeof UNITS)[number];
	/** Digits after the decimal mark. */
	digits: number;
}

/** Bytes in the largest unit of which there is at least one; a kilobyte has 1000 bytes. */
export function sizeOf(bytes: number): Size {
	let count = bytes;
	let step = 0;
	while (count >= 1000 && step < UNITS.length - 1) {
		count /= 1000;
		step += 1;
	}
	return { count, unit: UNITS[step] ?? 'byte', digits: step === 0 ? 0 : 1 };
}
