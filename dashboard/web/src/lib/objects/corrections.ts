import type { CorrectedSeriesView, CorrectionView, DatastreamView, LiveProperty } from '../api';

/** A value as it was told: of what time, and when it came. */
export type Told = CorrectionView['old'];

/** A correction of one property. */
export interface Corrected {
	id: string;
	property: Pick<LiveProperty, 'id' | 'kind' | 'display' | 'title_uk' | 'title_en'>;
	time: string;
	old: Told;
	new: Told;
	/** The new value has not been replaced in its turn. */
	stands: boolean;
}

/** Corrections of all properties in one list, the latest phenomenon time first. */
export function rowsOf(
	series: readonly CorrectedSeriesView[],
	datastreams: readonly DatastreamView[]
): Corrected[] {
	const kinds = new Map(datastreams.map(({ property, kind }) => [property, kind]));
	const rows = series.flatMap(({ property: id, corrections, ...titled }) => {
		const property = { ...titled, id, kind: kinds.get(id) ?? 'number' };
		return corrections.map((correction, number) => ({
			id: `${id} ${number}`,
			property,
			time: correction.new.time,
			...correction,
			stands: corrections[number + 1]?.new.time !== correction.new.time
		}));
	});
	return rows.sort((left, right) => Date.parse(right.time) - Date.parse(left.time));
}
