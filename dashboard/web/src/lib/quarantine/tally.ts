import type { Snippet } from 'svelte';

import type { TallyView } from '../api';
import type { Formats } from '../format/values';
import type { Words } from '../i18n/uk';
import type { Column } from '../ui/table';

interface Tongue {
	readonly words: Words;
	readonly formats: Formats;
}

/**
 * Columns of the balance with the signs of its equation, and behind it what is not a part of it.
 * What is in quarantine may have a cell of its own.
 */
export function tallyColumns<Row>(
	of: (row: Row) => TallyView,
	{ words: { quarantine: words }, formats }: Tongue,
	quarantined?: Snippet<[Row]>
): Column<Row>[] {
	const count = (title: string, key: Exclude<keyof TallyView, 'balanced'>): Column<Row> => ({
		title,
		isNumber: true,
		text: (row) => formats.number(of(row)[key])
	});
	const kept = `+ ${words.quarantined}`;
	return [
		count(words.received, 'received'),
		count(`= ${words.stored}`, 'stored'),
		count(`+ ${words.corrected}`, 'corrected'),
		count(`+ ${words.duplicate}`, 'duplicate'),
		quarantined ? { title: kept, isNumber: true, cell: quarantined } : count(kept, 'quarantined'),
		count(`+ ${words.unknownField}`, 'unknown_field'),
		count(words.late, 'late')
	];
}
