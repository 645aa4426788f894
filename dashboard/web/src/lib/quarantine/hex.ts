const BYTES_IN_LINE = 16;
const LINES_FIRST = 64;

/** Bytes as people read them: an offset and 16 bytes a line; at first only the first kibibyte. */
export function hexLines(hex: string, isWhole = false): string {
	const linesMax = isWhole ? Infinity : LINES_FIRST;
	const lines: string[] = [];
	const step = 2 * BYTES_IN_LINE;
	for (let at = 0; at < hex.length && lines.length < linesMax; at += step) {
		const bytes = hex.slice(at, at + step).match(/../gu) ?? [];
		lines.push(`${(at / 2).toString(16).padStart(4, '0')}  ${bytes.join(' ')}`);
	}
	if (hex.length > linesMax * step) lines.push('…');
	return lines.join('\n');
}
