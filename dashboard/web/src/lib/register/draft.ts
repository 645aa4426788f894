import type { DeviceView, MemberError, NewDevice, ProfileView, UnknownDeviceView } from '$lib/api';
import { numberOf } from '$lib/format/number';
import { fundingOf, newSource, type Source } from './money';

/** WGS 84, degrees. */
export interface Place {
	lat: number;
	lon: number;
}

export const SEATS = ['new', 'existing', 'none'] as const;

/** Where the device sits: on an object of its own, on one that is there, on none. */
export type Seat = (typeof SEATS)[number];

/** What somebody filled in, as texts. */
export interface Draft {
	id: string;
	name: string;
	profile: string;
	community: string;
	owner: string;
	commissionedOn: string;
	externalId: string;
	gateway: string;
	/** Never empty. */
	sources: Source[];
	seat: Seat;
	object: string;
	address: string;
	lat: string;
	lon: string;
}

/** The code of what is wrong by field; those of the place stand at `lat`. */
export type Mistakes = Partial<Record<string, string>>;

const COORDINATE_DIGITS = 6;
const KYIV_DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Kyiv' });

/** An id of what a device calls itself: small Latin letters, digits and hyphens. */
export function idOf(name: string): string {
	const id = name.toLowerCase().replaceAll(/[^a-z0-9-]+/gu, '-');
	return id.replaceAll(/^-+|-+$/gu, '').slice(0, 64);
}

/** What can be known before somebody fills it in. */
export function draftOf(
	unknown: UnknownDeviceView,
	gateway: DeviceView | undefined,
	profiles: readonly ProfileView[]
): Draft {
	const ofKind = profiles.find((one) => one.kind === unknown.kind);
	return {
		id: idOf(unknown.name),
		name: '',
		profile: unknown.profiles[0]?.id ?? ofKind?.id ?? '',
		community: unknown.community ?? gateway?.community ?? '',
		owner: gateway?.passport.owner ?? '',
		commissionedOn: KYIV_DAY.format(new Date(unknown.first)),
		externalId: unknown.external_id ?? '',
		gateway: unknown.speaker ?? '',
		sources: [newSource()],
		seat: 'new',
		object: '',
		address: '',
		lat: '',
		lon: ''
	};
}

/** The place that is filled in, when it is one. */
export function placeOf({ lat, lon }: Pick<Draft, 'lat' | 'lon'>): Place | undefined {
	const place = { lat: numberOf(lat), lon: numberOf(lon) };
	if (place.lat === undefined || place.lon === undefined) return undefined;
	return Math.abs(place.lat) <= 90 && Math.abs(place.lon) <= 180 ? (place as Place) : undefined;
}

/** A place as it is filled in. */
export function filledIn({ lat, lon }: Place): Pick<Draft, 'lat' | 'lon'> {
	return { lat: lat.toFixed(COORDINATE_DIGITS), lon: lon.toFixed(COORDINATE_DIGITS) };
}

const orNone = (text: string) => text.trim() || undefined;

/** What is asked of the API; `undefined` while the place is filled in with something else. */
export function bodyOf(draft: Draft, kind: string): NewDevice | undefined {
	const seat = kind === 'gateway' ? 'none' : draft.seat;
	const isPlaced = seat === 'new' && kind !== 'vehicle';
	const place = isPlaced ? placeOf(draft) : undefined;
	if (isPlaced && !place && (draft.lat.trim() || draft.lon.trim())) return undefined;
	const objects = { new: undefined, existing: draft.object.trim(), none: '-' };
	return {
		id: draft.id.trim(),
		community: draft.community,
		kind,
		profile: draft.profile,
		name: draft.name.trim(),
		funding: fundingOf(draft.sources),
		owner: draft.owner.trim(),
		...place,
		object: objects[seat],
		address: seat === 'new' ? orNone(draft.address) : undefined,
		commissioned_on: orNone(draft.commissionedOn),
		gateway: orNone(draft.gateway),
		external_id: orNone(draft.externalId)
	};
}

/** The first mistake of each field; longitude and latitude are one. */
export function mistakesOf(members: readonly MemberError[]): Mistakes {
	const mistakes: Mistakes = {};
	for (const { pointer, code } of members) {
		const field = pointer === '/lon' ? 'lat' : pointer.slice(1);
		mistakes[field] ??= code;
	}
	return mistakes;
}

/** Ways by which a device comes in on its own, with its token. */
const WAYS_WITH_TOKEN = new Set(['broker', 'http', 'wialon']);

/** Does the device itself ever say its token? */
export function needsToken(unknown: UnknownDeviceView, gateway: string): boolean {
	return !gateway.trim() && WAYS_WITH_TOKEN.has(unknown.gateway ?? '');
}
