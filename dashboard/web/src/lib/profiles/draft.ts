import type { MemberError, ProfileForm, ProfileFormField, PropertyView } from '$lib/api';

/** A number of a form; none while its cell is empty. */
export type Cell = number | null | undefined;

/** A field as the cells of a form hold it. */
export interface FieldCells {
	/** Tells the rows of the form apart; means nothing. */
	key: number;
	name: string;
	pointer: string;
	property: string;
	unit: string;
	factor: Cell;
	low: Cell;
	high: Cell;
	rate: Cell;
	flat: Cell;
}

/** A profile as the cells of a form hold it. */
export interface Cells {
	note: string;
	id: string;
	kind: string;
	titleUk: string;
	titleEn: string;
	regime: string;
	interval: Cell;
	stamp: string;
	averaging: Cell;
	retention: Cell;
	fields: FieldCells[];
}

/** Properties by id. */
export type Properties = ReadonlyMap<string, PropertyView>;

let lastKey = 0;

/** An empty field, or one that a message has and the profile does not. */
export function newField(unknown = ''): FieldCells {
	const isPointer = unknown.startsWith('/');
	const end = unknown.split('/').at(-1) ?? '';
	const name = isPointer ? end.replaceAll('~1', '/').replaceAll('~0', '~') : unknown;
	return {
		key: ++lastKey,
		name,
		pointer: isPointer && unknown !== `/${end}` ? unknown : '',
		property: '',
		unit: '',
		factor: null,
		low: null,
		high: null,
		rate: null,
		flat: null
	};
}

/** A profile that nobody has written yet. */
export function emptyCells(): Cells {
	return {
		note: '',
		id: '',
		kind: 'air',
		titleUk: '',
		titleEn: '',
		regime: 'periodic',
		interval: 60,
		stamp: 'instant',
		averaging: 0,
		retention: 400,
		fields: [newField()]
	};
}

/** The cells of a profile. A field without a unit is sent in the canonical one. */
export function cellsOf(form: ProfileForm, properties: Properties): Cells {
	return {
		note: form.note ?? '',
		id: form.id,
		kind: form.kind,
		titleUk: form.title_uk,
		titleEn: form.title_en,
		regime: form.regime,
		interval: form.interval_s,
		stamp: form.stamp,
		averaging: form.averaging_s ?? 0,
		retention: form.retention_days,
		fields: form.fields.map((field) => {
			const property = field.property ?? field.name;
			return {
				key: ++lastKey,
				name: field.name,
				pointer: field.pointer ?? '',
				property,
				unit: field.unit ?? properties.get(property)?.canonical_unit ?? '',
				factor: field.factor,
				low: field.range?.[0],
				high: field.range?.[1],
				rate: field.rate_per_s_max,
				flat: field.flat_s_max
			};
		})
	};
}

function isNumber(cell: Cell): cell is number {
	return typeof cell === 'number';
}

/** A half of a range is none: sent as an empty one, which is refused with the place it stands in. */
function rangeOf({ low, high }: FieldCells): [number, number] | undefined {
	if (isNumber(low)) return [low, isNumber(high) ? high : low];
	return isNumber(high) ? [high, high] : undefined;
}

function fieldOf(cells: FieldCells): ProfileFormField {
	const { name, pointer, property, unit, factor, rate, flat } = cells;
	return {
		name: name.trim(),
		pointer: pointer.trim() || undefined,
		property: property && property !== name.trim() ? property : undefined,
		unit: unit || undefined,
		factor: factor ?? undefined,
		range: rangeOf(cells),
		rate_per_s_max: rate ?? undefined,
		flat_s_max: flat ?? undefined
	};
}

/** What the cells say, as the API takes it. */
export function formOf(cells: Cells): ProfileForm {
	return {
		note: cells.note,
		id: cells.id.trim(),
		kind: cells.kind,
		title_uk: cells.titleUk.trim(),
		title_en: cells.titleEn.trim(),
		regime: cells.regime,
		interval_s: cells.interval ?? 0,
		stamp: cells.stamp,
		averaging_s: cells.averaging ?? 0,
		retention_days: cells.retention ?? undefined,
		fields: cells.fields.map(fieldOf)
	};
}

/** The units of a property that a device may send it in; none for truths, texts and plain numbers. */
export function unitsOf(property: PropertyView | undefined): readonly string[] {
	if (!property?.canonical_unit) return [];
	return [...property.units, ...property.factor_units];
}

/** The mistakes that stand at a place of the form, or below it. */
export function mistakesAt(mistakes: readonly MemberError[], place: string): MemberError[] {
	return mistakes.filter(({ pointer }) => pointer === place || pointer.startsWith(`${place}/`));
}
