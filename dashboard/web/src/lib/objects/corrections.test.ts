import { expect, it } from 'vitest';

import type { CorrectedSeriesView } from '../api';
import { rowsOf } from './corrections';

const told = (minute: number, value: number) => ({ time: `2026-11-22T12:0${minute}:00Z`, value });

it('of values told for one time the last one stands', () => {
	const pm25: CorrectedSeriesView = {
		property: 'pm25',
		title_uk: 'Пил PM2.5',
		title_en: 'PM2.5',
		unit: 'µg/m³',
		display: { unit: 'µg/m³', unit_uk: 'мкг/м³', factor: 1, offset: 0, digits: 1 },
		corrections: [
			{ old: told(1, 10), new: told(1, 11) },
			{ old: told(1, 11), new: told(1, 12) },
			{ old: told(3, 20), new: told(3, 19) }
		]
	};
	const rows = rowsOf([pm25], []);
	expect(rows.map((row) => [row.old.value, row.new.value, row.stands])).toEqual([
		[20, 19, true],
		[10, 11, false],
		[11, 12, true]
	]);
});
