/** Latin letters that look like Cyrillic ones; both are folded to the Cyrillic letter. */
const LOOK_ALIKES: Record<string, string> = {
	a: 'а',
	b: 'в',
	c: 'с',
	e: 'е',
	h: 'н',
	i: 'і',
	k: 'к',
	m: 'м',
	o: 'о',
	p: 'р',
	t: 'т',
	x: 'х',
	y: 'у'
};

const APOSTROPHES = /['’ʼ`´‘"ʹ′]/gu;

/**
 * Folds a name for searching: lower case, no apostrophes of any kind, Latin look-alikes as
 * Cyrillic letters, ґ as г, one space between words.
 */
export function fold(text: string): string {
	return text
		.normalize('NFC')
		.toLowerCase()
		.replace(APOSTROPHES, '')
		.replace(/[a-z]/gu, (letter) => LOOK_ALIKES[letter] ?? letter)
		.replaceAll('ґ', 'г')
		.replace(/\s+/gu, ' ')
		.trim();
}

/** Whether every word of the (folded) query occurs in the (folded) text. */
export function matches(foldedText: string, foldedQuery: string): boolean {
	return foldedQuery.split(' ').every((word) => foldedText.includes(word));
}
