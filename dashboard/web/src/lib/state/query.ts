import { goto } from '$app/navigation';
import { page } from '$app/state';

/** Parameters of a page's address; undefined ones are left out of it. */
export type Changed = Record<string, string | undefined>;

/**
 * Goes to this page with other parameters. Any of them but the cursor itself begins at the first
 * rows again, and only the cursor scrolls up.
 */
export function goWith(changed: Changed, cursor: string): Promise<void> {
	const url = new URL(page.url);
	for (const [name, value] of Object.entries({ [cursor]: undefined, ...changed })) {
		if (value !== undefined) url.searchParams.set(name, value);
		else url.searchParams.delete(name);
	}
	return goto(url, { keepFocus: true, noScroll: !(cursor in changed) });
}
