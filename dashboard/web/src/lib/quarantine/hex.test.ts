import { expect, it } from 'vitest';

import { hexLines } from './hex';

it('bytes stand sixteen in a line behind their offset', () => {
	expect(hexLines('7b22')).toBe('0000  7b 22');
	expect(hexLines('00'.repeat(17)).split('\n')[1]).toBe('0010  00');
	expect(hexLines('')).toBe('');
});

it('a long payload is shown to its first kibibyte', () => {
	const lines = hexLines('ff'.repeat(5000)).split('\n');
	expect(lines).toHaveLength(65);
	expect(lines.at(-1)).toBe('…');
	expect(hexLines('ff'.repeat(5000), true).split('\n').at(-1)).toBe(
		'1380  ff ff ff ff ff ff ff ff'
	);
});
