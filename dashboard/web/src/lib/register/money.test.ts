import { expect, it } from 'vitest';

import { fundingOf, moneyMistake, newSource, type Source } from './money';

const measure = (share = ''): Source => ({
	...newSource(),
	programme: 'rozdilna-2026',
	measure: '3.4',
	share
});
const grant = (share = '', name = ' EGAP '): Source => ({
	...newSource(),
	kind: 'grant',
	name,
	share
});

it('funding is a measure or a named source, or several with their shares', () => {
	expect(fundingOf([measure()])).toBe('rozdilna-2026/3.4');
	expect(fundingOf([grant('40')])).toBe('grant:EGAP');
	expect(fundingOf([grant('', ' ')])).toBe('');
	expect(fundingOf([measure('33,3'), grant('66,7')])).toBe(
		'rozdilna-2026/3.4=0.333;grant:EGAP=0.667'
	);
	expect(fundingOf([measure('60'), grant('30')])).toBe('');
	expect(fundingOf([measure('60'), grant('40')])).toBe('rozdilna-2026/3.4=0.6;grant:EGAP=0.4');
	expect(fundingOf([measure('62,5'), grant('37.5')])).toBe(
		'rozdilna-2026/3.4=0.625;grant:EGAP=0.375'
	);
});

it('what is wrong with the money stands at its source', () => {
	const third = (name: string) => grant('33,33', name);
	expect(moneyMistake([measure()])).toBeUndefined();
	expect(moneyMistake([measure('60'), grant('40')])).toBeUndefined();
	expect(moneyMistake([third('a'), third('b'), third('c')])).toBeUndefined();
	expect(moneyMistake([newSource()])).toEqual({ index: 0, code: 'missing' });
	expect(moneyMistake([measure('60'), grant('40', ' ')])).toEqual({ index: 1, code: 'missing' });
	expect(moneyMistake([measure('60'), measure('40')])).toEqual({ index: 1, code: 'twice' });
	expect(moneyMistake([measure(''), grant('40')])).toEqual({ index: 0, code: 'share' });
	expect(moneyMistake([measure('120'), grant('-20')])).toEqual({ index: 0, code: 'share' });
	expect(moneyMistake([measure('60'), grant('30')])).toEqual({ index: 1, code: 'sum' });
	expect(moneyMistake([measure('49,95'), grant('49,95')])).toEqual({ index: 1, code: 'sum' });
	expect(moneyMistake([grant('', 'A;own:B')])).toEqual({ index: 0, code: 'form' });
});
