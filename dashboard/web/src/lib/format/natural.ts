const collator = new Intl.Collator('uk', { numeric: true, sensitivity: 'base' });

/** Orders names and numbered ids as people read them: 4.2 before 4.10, «Пост 2» before «Пост 10». */
export function naturalOrder(left: string, right: string): number {
	return collator.compare(left, right);
}
