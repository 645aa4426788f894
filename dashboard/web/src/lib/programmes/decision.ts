import type { ProgrammeView } from '../api';
import type { Tongue } from '../format/quantity';

/** The document of a programme as offices name it: «рішення від 17.12.2025 № 7», or «проєкт». */
export function decisionOf(
	{ draft, decided_on, decision_no }: Pick<ProgrammeView, 'draft' | 'decided_on' | 'decision_no'>,
	{ words, formats }: Tongue
): string {
	if (draft) return words.programmes.notAdopted;
	if (!decided_on || !decision_no) return words.programmes.decisionUnknown;
	return words.programmes.decision(formats.date(new Date(decided_on)), decision_no);
}
