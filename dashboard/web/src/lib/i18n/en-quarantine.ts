import { pluralOf } from '../format/plural';
import { formatsOf } from '../format/values';
import type { Words } from './uk';

const { number } = formatsOf('en-GB');

const plural = pluralOf('en');

const messages = (n: number) => `${number(n)} ${plural(n, { one: 'message', many: 'messages' })}`;

/** Texts of the data quarantine in English. */
export const quarantine: Words['quarantine'] = {
	title: 'Data quarantine',
	balance: 'Balance',
	received: 'received',
	stored: 'stored',
	corrected: 'corrected',
	duplicate: 'duplicates',
	quarantined: 'quarantined',
	unknownField: 'unknown fields',
	balanced: 'The equation holds',
	unbalanced: 'The equation does not hold: tell the administrator',
	late: 'late',
	lateTotal: (n) =>
		`Late (measured more than 30 days before they arrived): ${number(n)}. Counted in the equation.`,
	byDevice: 'Balance by device',
	byDeviceNote: 'Counted in readings. Late readings are counted in the equation already.',
	search: 'Search',
	searchDevice: 'Find a device',
	searchHint: 'id, name, address',
	shownOf: (shown, found) => `${shown} of ${found} are shown. The search finds the others.`,
	nothingReceived: 'No data has come yet',
	noneFound: 'No device that sent data matches this search',
	byReason: 'By reason',
	devices: 'Devices',
	groups: 'By reason and device',
	reason: 'Reason',
	device: 'Device',
	unknownDevice: 'unknown device',
	count: 'Count',
	first: 'First',
	last: 'Last',
	counted: messages,
	dropped: (n) => `${number(n)} more made room for newer ones`,
	droppedTotal: (n) =>
		`The quarantine was full: ${messages(n)} made room for newer ones unseen, and cannot be reprocessed any more.`,
	state: 'State',
	states: { open: 'to be looked at', replayed: 'reprocessed', discarded: 'deleted' },
	settled: {
		replayed: (at) => `reprocessed ${at}`,
		discarded: (at) => `deleted ${at}`
	},
	messages: 'Messages',
	topic: 'Topic',
	detail: 'Technical explanation',
	element: (n) => `element ${n}`,
	elements: (ranges) => `elements ${ranges}`,
	readings: (n) => `${number(n)} ${plural(n, { one: 'reading', many: 'readings' })}`,
	raw: 'Text',
	hex: 'Bytes (hex)',
	size: (n) => `${n} B`,
	showWhole: 'Show all of it',
	cut: 'the beginning is shown',
	work: 'Actions',
	select: 'Select',
	selected: (n) => `Selected: ${n}`,
	replay: 'Reprocess',
	replayCount: (n) => `Reprocess: ${messages(n)}`,
	replayed: (used, unusable) =>
		unusable === 0
			? `Reprocessed: ${messages(used)}.`
			: `Reprocessed: ${messages(used)}. Still unusable: ${messages(unusable)}.`,
	discardAsk: 'Delete…',
	discardCount: (n) => `Delete: ${messages(n)}…`,
	discardWhy: 'Reason for deleting',
	discard: 'Delete',
	discarded: (gone) => `Deleted: ${messages(gone)}.`,
	none: 'The quarantine is empty',
	noneFiltered: 'No messages match these filters',
	logins: 'Login refusals',
	noLogins: 'No logins were refused',
	user: 'User name',
	address: 'Address',
	all: 'All messages',
	reasons: {
		'not-json': 'not JSON',
		'not-utf8': 'not UTF-8',
		'too-large': 'message too large',
		'refused-too-large': 'too large, connection closed',
		'topic-mismatch': 'topic does not fit the kind of the device',
		'unknown-device': 'unknown device',
		'not-bound': 'gateway is not bound to the device',
		'no-known-field': 'no known field',
		'future-time': 'time in the future',
		'bad-time': 'wrong device clock',
		'bad-element': 'bad element of the array',
		'bad-value': 'bad value',
		'too-many': 'too many readings in one message',
		poisoned: 'could not be stored',
		decommissioned: 'the device is decommissioned',
		'not-installed': 'the device sat on no object',
		'expired-time': 'older than the retention',
		'bad-frame': 'broken frame of the protocol'
	},
	loginReasons: {
		'unknown-user': 'unknown user name',
		'wrong-token': 'wrong token',
		'no-token': 'no token was issued yet',
		decommissioned: 'the device is decommissioned',
		'keep-alive': 'keep-alive not allowed',
		'foreign-will': 'will on a foreign topic',
		'foreign-client-id': 'foreign client id',
		'foreign-topic': 'published to a foreign topic',
		'foreign-filter': 'subscribed to a foreign topic',
		'too-often': 'too many attempts or offences in a short time'
	}
};
