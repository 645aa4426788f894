import { expect, it } from 'vitest';

import type { TallyView } from '../api';
import { formatsOf } from '../format/values';
import { uk } from '../i18n/uk';
import { tallyColumns } from './tally';

it('the equation stands with its signs, what came late behind it', () => {
	const tally: TallyView = {
		received: 12_345,
		stored: 12_330,
		corrected: 5,
		duplicate: 4,
		quarantined: 3,
		unknown_field: 3,
		late: 9,
		qos0: 0,
		balanced: true
	};
	const columns = tallyColumns((row: TallyView) => row, { words: uk, formats: formatsOf('uk-UA') });
	const shown = columns.map((column) => 'text' in column && [column.title, column.text(tally)]);
	expect(shown).toEqual([
		['надійшло', '12\u00a0345'],
		['= збережено', '12\u00a0330'],
		['+ виправлено', '5'],
		['+ повтори', '4'],
		['+ карантин', '3'],
		['+ невідомі поля', '3'],
		['із запізненням', '9']
	]);
});
