import type { Snippet } from 'svelte';

/** A column of a table: the word in its head, and what stands in the cell of a row. */
export type Column<Row> = {
	title: string;
	/** Figures stand at the end of their cells. */
	isNumber?: boolean;
} & ({ text: (row: Row) => string } | { cell: Snippet<[Row]> });
