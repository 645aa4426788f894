/** A fact in a list of facts; without a text it is left out. */
export interface Fact {
	word: string;
	text: string | null | undefined;
	/** The language of the text, when it is not the page's. */
	lang?: 'uk' | 'en';
	/** Something that is typed or copied letter by letter. */
	isCode?: boolean;
}
