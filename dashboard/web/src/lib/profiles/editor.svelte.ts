import type { MemberError, ProfileDetail, ProfileDraft, ProfileForm } from '$lib/api';
import { answered, api } from '$lib/api';
import { cellsOf, emptyCells, formOf, newField, type Cells, type Properties } from './draft';

/** As what a draft is written. */
export type Way = 'form' | 'file';

/** A profile that somebody writes: as a form, or as its file. */
export class Editor {
	way = $state<Way>('form');
	cells = $state<Cells>(emptyCells());
	text = $state('');
	mistakes = $state.raw<readonly MemberError[]>([]);
	/** Properties that devices report and that the draft did not have when it was to be saved. */
	lost = $state.raw<readonly string[]>([]);
	/** Shall they go? */
	dropsLost = $state(false);
	/** The days of the last refusal because they are fewer than before. */
	#refusedDays = $state('');
	/** Shall older readings go? */
	dropsReadings = $state(false);
	#wasRefused = false;
	/** The edition that is changed; 0: the profile is new. */
	readonly basedOn: number;
	readonly #properties: Properties;

	private constructor(basedOn: number, properties: Properties) {
		this.basedOn = basedOn;
		this.#properties = properties;
	}

	/** Of a profile from scratch. */
	static ofNothing(properties: Properties): Editor {
		return new Editor(0, properties);
	}

	/** Of the next edition of a profile. */
	static of(detail: ProfileDetail, properties: Properties): Editor {
		const editor = new Editor(detail.profile.edition.number, properties);
		editor.#take(detail.form, detail.text);
		return editor;
	}

	/** Of another profile that is like one there is. */
	static like(detail: ProfileDetail, properties: Properties): Editor {
		const editor = new Editor(0, properties);
		editor.#take({ ...detail.form, id: '' }, detail.text);
		return editor;
	}

	get isNew(): boolean {
		return this.basedOn === 0;
	}

	/** What the API is told. */
	get draft(): ProfileDraft {
		return this.way === 'form' ? { form: formOf(this.cells) } : { text: this.text };
	}

	/** The id under which it would be saved. */
	get id(): string {
		if (this.way === 'form') return this.cells.id.trim();
		return /^\s*id\s*=\s*["']([^"']*)["']/m.exec(this.text)?.[1] ?? '';
	}

	/** Days that raw readings would be kept, fewer than before: as long as the draft still says so. */
	get shorter(): number | undefined {
		const ofFile = () => /^\s*retention_days\s*=\s*(\d+)/m.exec(this.text)?.[1];
		const days = this.way === 'form' ? String(this.cells.retention ?? '') : ofFile();
		return days && days === this.#refusedDays ? Number(days) : undefined;
	}

	#take(form: ProfileForm | undefined, text: string) {
		this.text = text;
		if (form) this.cells = cellsOf(form, this.#properties);
	}

	/** Goes on in the other way; a file that cannot be read stays a file. */
	async goOn(way: Way): Promise<void> {
		const { form, text, errors } = await answered(
			api.POST('/api/v1/test-bench', { body: { draft: this.draft } })
		);
		this.mistakes = errors;
		if (way === 'form' && !form) return;
		this.#take(form ?? undefined, text);
		this.way = way;
	}

	/** Adds a field; of a message's unknown one, with the place it stands in. */
	add(unknown?: string) {
		this.cells.fields.push(newField(unknown));
	}

	/** Takes a field away. */
	remove(index: number) {
		this.cells.fields.splice(index, 1);
		this.mistakes = [];
	}

	/** Takes note of what the test bench says; an empty cell is no mistake before a refusal. */
	checked(mistakes: readonly MemberError[]) {
		this.mistakes = this.#wasRefused ? mistakes : mistakes.filter(({ given }) => given !== '');
	}

	/** Takes note of what a refusal says. */
	refused(mistakes: readonly MemberError[]) {
		this.#wasRefused = true;
		this.mistakes = mistakes;
		const shorter = mistakes.find(({ code }) => code === 'shorter-retention');
		if (shorter) {
			this.#refusedDays = shorter.given ?? '';
			this.dropsReadings = false;
		}
		const lost = mistakes.filter(({ code }) => code === 'lost-property');
		if (lost.length === 0) return;
		this.lost = lost.map(({ given }) => given ?? '');
		this.dropsLost = false;
	}

	/** Makes the edition. */
	async save(author: string, remark: string): Promise<ProfileDetail> {
		const { id, basedOn: based_on } = this;
		const body = {
			draft: this.draft,
			author,
			remark,
			based_on,
			drops: this.dropsLost ? [...this.lost] : [],
			drops_after_days: this.dropsReadings ? (this.shorter ?? null) : null
		};
		// A draft without an id is refused by its file, not by the path.
		const path = { id: id || '-' };
		return answered(api.PUT('/api/v1/profiles/{id}', { params: { path }, body }));
	}
}
