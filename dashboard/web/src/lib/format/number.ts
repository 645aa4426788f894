/** A number as people write it, with a decimal point or comma. */
export function numberOf(text: string): number | undefined {
	const number = text.trim() === '' ? NaN : Number(text.trim().replace(',', '.'));
	return Number.isFinite(number) ? number : undefined;
}
