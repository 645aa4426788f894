/** Forms of a counted word; English needs `one` and `many`, Ukrainian also `few`. */
export interface Forms {
	one: string;
	few?: string;
	many: string;
}

/** Chooses the form of a word after a count by the rules of the language. */
export function pluralOf(locale: string): (count: number, forms: Forms) => string {
	const rules = new Intl.PluralRules(locale);
	return (count, forms) => {
		const category = rules.select(Math.abs(count));
		if (category === 'one') return forms.one;
		if (category === 'few') return forms.few ?? forms.many;
		return forms.many;
	};
}
