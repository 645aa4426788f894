import type { ExpressionSpecification } from 'maplibre-gl';

import type { Lettering } from './features';

/** Words with two numbers as an expression of the map, which knows the numbers. */
export function lettered(
	words: (live: string, total: string) => string,
	locale: string
): Lettering['gathered'] {
	const [LIVE, TOTAL] = ['{live}', '{total}'];
	const parts = words(LIVE, TOTAL).split(/(\{live\}|\{total\})/u);
	return (live, total) => {
		const number = (value: ExpressionSpecification): ExpressionSpecification => [
			'number-format',
			value,
			{ locale }
		];
		const shown = parts.map((part) =>
			part === LIVE ? number(live) : part === TOTAL ? number(total) : part
		);
		return ['concat', ...shown];
	};
}
