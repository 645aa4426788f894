import { expect, it } from 'vitest';

import { differences, type Row } from './rows';

const row = (id: string, value: string, state: Row['look']['state'] = 'fresh'): Row => ({
	id,
	name: id,
	look: { shape: 'air', state },
	value,
	suspect: false,
	measured: 0,
	arrived: 0
});

it('a held list counts what changed, came and went', () => {
	const held = [row('a', '1'), row('b', '2'), row('c', '3')];
	expect(differences(held, held)).toBe(0);
	expect(differences(held, [row('a', '1'), row('b', '5'), row('c', '3', 'stale')])).toBe(2);
	expect(differences(held, [row('a', '1'), row('d', '2')])).toBe(3);
});
