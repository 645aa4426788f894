import createClient from 'openapi-fetch';

import { ApiProblem, detailsOf, OFFLINE } from './problem';
import type { components, paths } from './schema';

export { ApiProblem };

type Schemas = components['schemas'];

export type BalanceView = Schemas['BalanceView'];
export type CaptureView = Schemas['CaptureView'];
export type CommunityView = Schemas['CommunityView'];
export type DatastreamView = Schemas['DatastreamView'];
export type DeviceCreated = Schemas['DeviceCreated'];
export type DeviceCounts = Schemas['DeviceCounts'];
export type DeviceView = Schemas['DeviceView'];
export type DisagreementView = Schemas['DisagreementView'];
export type DisplayUnit = Schemas['DisplayUnit'];
export type ExportView = Schemas['ExportView'];
export type FundingView = Schemas['FundingView'];
export type HoldView = Schemas['HoldView'];
export type InstallationView = Schemas['InstallationView'];
export type LiveDelta = Schemas['LiveDelta'];
export type LiveHeartbeat = Schemas['LiveHeartbeat'];
export type LiveObject = Schemas['LiveObject'];
export type LivePatch = Schemas['LivePatch'];
export type LiveProfile = Schemas['LiveProfile'];
export type LiveProperty = Schemas['LiveProperty'];
export type LiveSnapshot = Schemas['LiveSnapshot'];
export type LoginRefusalView = Schemas['LoginRefusalView'];
export type MeasureDetail = Schemas['MeasureDetail'];
export type MeasureLink = Schemas['MeasureLink'];
export type MeasureRow = Schemas['MeasureRow'];
export type MoneyOfYear = Schemas['MoneyOfYear'];
export type NewDevice = Schemas['NewDevice'];
export type NewExport = Schemas['NewExport'];
export type NewestCorrectionsView = Schemas['NewestCorrectionsView'];
export type ObjectPage = Schemas['ObjectPage'];
export type ObjectRow = Schemas['ObjectRow'];
export type ObjectView = Schemas['ObjectView'];
export type ObservationsView = Schemas['ObservationsView'];
export type BenchView = Schemas['BenchView'];
export type EncodingWord = Schemas['EncodingWord'];
export type EditionView = Schemas['EditionView'];
export type ProfileDetail = Schemas['ProfileDetail'];
export type ProfileDraft = Schemas['ProfileDraft'];
export type ProfileForm = Schemas['ProfileForm'];
export type ProfileFormField = Schemas['ProfileFormField'];
export type ProfileView = Schemas['ProfileView'];
export type PropertyView = Schemas['PropertyView'];
export type TrialView = Schemas['TrialView'];
export type TriedReadingView = Schemas['TriedReadingView'];
export type TryProfile = Schemas['TryProfile'];
export type ProgrammeMeasures = Schemas['ProgrammeMeasures'];
export type ProgrammeView = Schemas['ProgrammeView'];
export type QuarantineRow = Schemas['QuarantineRow'];
export type QuarantineState = Schemas['QuarantineStateWord'];
export type QuarantineSummary = Schemas['QuarantineSummary'];
export type SeriesView = Schemas['SeriesView'];
export type State = Schemas['StateWord'];
export type StatusView = Schemas['StatusView'];
export type TallyView = Schemas['TallyView'];
export type UnknownDeviceView = Schemas['UnknownDeviceView'];
export type ZoneView = Schemas['ZoneView'];
export type Kind = Schemas['KindWord'];

/** Layers of the map and kinds of the registry, in the order of the screen. */
export const KINDS: readonly Kind[] = ['air', 'vehicle', 'light', 'water'];

/** States of a quarantined message, those that wait first. */
export const QUARANTINE_STATES: readonly QuarantineState[] = ['open', 'replayed', 'discarded'];

/** States in the order of legends and filters. */
export const STATES: readonly State[] = [
	'fresh',
	'delayed',
	'stale',
	'silent',
	'no-data',
	'de-energised',
	'maintenance',
	'out-of-service'
];

/** The API of the platform that served this page. */
export const api = createClient<paths>({ baseUrl: '/' });

/** A wrong member of a body: where it stands, and the code of what is wrong. */
export type MemberError = Schemas['MemberError'];

interface Answer<T> {
	data?: T;
	error?: unknown;
	response: Response;
}

/** Waits for an answer and gives its data, or throws an `ApiProblem`. */
export async function answered<T>(request: Promise<Answer<T>>): Promise<NonNullable<T>> {
	let answer: Answer<T>;
	try {
		answer = await request;
	} catch {
		throw new ApiProblem(OFFLINE);
	}
	if (answer.data === undefined || answer.data === null) {
		throw new ApiProblem(detailsOf(answer.response.status, answer.error));
	}
	return answer.data;
}
