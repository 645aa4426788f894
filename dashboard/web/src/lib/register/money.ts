import { numberOf } from '$lib/format/number';

export const SOURCES = ['measure', 'grant', 'own', 'partner'] as const;

/** Kinds of a source of money. */
export type SourceKind = (typeof SOURCES)[number];

/** A source of money as it is filled in. */
export interface Source {
	kind: SourceKind;
	programme: string;
	measure: string;
	/** Of what is no measure. */
	name: string;
	/** Percent; asked for beside other sources only. */
	share: string;
}

/** What is wrong with the money, and with which of its sources. */
export interface MoneyMistake {
	index: number;
	code: 'missing' | 'form' | 'twice' | 'share' | 'sum';
}

/** Percent that shares may miss the whole by: three thirds of 33.33. */
const SUM_TOLERANCE = 0.05;

/** A source that nobody filled in yet. */
export function newSource(): Source {
	return { kind: 'measure', programme: '', measure: '', name: '', share: '' };
}

/** As the API names it; empty: it is not filled in. */
function sourceOf({ kind, programme, measure, name }: Source): string {
	if (kind === 'measure') return programme && measure ? `${programme}/${measure}` : '';
	return name.trim() ? `${kind}:${name.trim()}` : '';
}

/** The first thing that is wrong with the sources; the API checks the rest. */
export function moneyMistake(sources: readonly Source[]): MoneyMistake | undefined {
	const names = sources.map(sourceOf);
	const missing = names.indexOf('');
	if (missing >= 0) return { index: missing, code: 'missing' };
	const unreadable = sources.findIndex((one) => one.kind !== 'measure' && /[;=]/u.test(one.name));
	if (unreadable >= 0) return { index: unreadable, code: 'form' };
	if (sources.length === 1) return undefined;
	const twice = names.findIndex((name, index) => names.indexOf(name) < index);
	if (twice >= 0) return { index: twice, code: 'twice' };
	const shares = sources.map(({ share }) => numberOf(share) ?? 0);
	const wrong = shares.findIndex((share) => share <= 0 || share > 100);
	if (wrong >= 0) return { index: wrong, code: 'share' };
	const sum = shares.reduce((left, right) => left + right, 0);
	if (Math.abs(sum - 100) > SUM_TOLERANCE) return { index: sources.length - 1, code: 'sum' };
	return undefined;
}

/** The sources as the API reads them, one alone paying for all of it; empty: see [moneyMistake]. */
export function fundingOf(sources: readonly Source[]): string {
	if (moneyMistake(sources)) return '';
	if (sources.length === 1) return sources.map(sourceOf).join('');
	const shareOf = (source: Source) => Number(((numberOf(source.share) ?? 0) / 100).toFixed(6));
	return sources.map((one) => `${sourceOf(one)}=${shareOf(one)}`).join(';');
}
