import { describe, expect, it } from 'vitest';

import { Editor } from './editor.svelte';

const EMPTY = { pointer: '/title_uk', code: 'bad-text', given: '', detail: '' };
const WRONG = { pointer: '/interval_s', code: 'not-positive', given: '0', detail: '' };

describe('what the test bench says of a new profile', () => {
	it('is no mistake of cells that nobody has filled in yet', () => {
		const editor = Editor.ofNothing(new Map());
		editor.checked([EMPTY, WRONG]);
		expect(editor.mistakes).toEqual([WRONG]);
	});

	it('is all that is wrong once the profile was refused', () => {
		const editor = Editor.ofNothing(new Map());
		editor.refused([EMPTY, WRONG]);
		editor.checked([EMPTY]);
		expect(editor.mistakes).toEqual([EMPTY]);
	});
});
