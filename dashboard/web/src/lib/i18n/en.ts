import { pluralOf } from '../format/plural';
import { formatsOf, type Age } from '../format/values';
import { MESSAGE_FORMATS } from './message-formats';
import { exports } from './en-exports';
import { problems } from './en-problems';
import { profiles } from './en-profiles';
import { programmes } from './en-programmes';
import { quarantine } from './en-quarantine';
import { register } from './en-register';
import { unknown } from './en-unknown';
import type { Words } from './uk';

const plural = pluralOf('en');

const LOCALE = 'en-GB';

const number = formatsOf(LOCALE).number;

const AGE_UNITS = { second: 's', minute: 'min', hour: 'h', day: 'd' } as const;

const age = ({ count, unit }: Age) => `${count} ${AGE_UNITS[unit]}`;

/** Every visible text in English. */
export const en: Words = {
	locale: LOCALE,
	product: 'Obrii',
	demo: 'DEMO DATA',
	demoTitle: 'Simulated data: some of what is shown comes from simulated devices',
	communitiesMore: (first, rest) => `${first} +${rest}`,
	nav: {
		label: 'Pages',
		map: 'Map',
		objects: 'Objects',
		programmes: 'Budget programmes',
		quarantine: 'Data quarantine',
		unknown: 'Unknown devices',
		profiles: 'Device profiles',
		skip: 'Skip to content'
	},
	settings: {
		switchLanguage: 'Українська',
		switchLanguageShort: 'УК',
		themes: { auto: 'as the system', light: 'light', dark: 'dark' },
		switchTheme: (next) => `Theme: switch to “${next}”`
	},
	heartbeat: {
		data: 'data',
		age: (seconds) => `${seconds} s`,
		title: 'Seconds since the server last answered',
		clock: 'Server time (Kyiv)',
		lost: (seconds, shown) => `No connection to the server for ${seconds} s. Shown as of ${shown}`,
		lostEmpty: (seconds) => `No connection to the server for ${seconds} s. No data yet`
	},
	age,
	ago: (value) => `${age(value)} ago`,
	kinds: {
		air: { plural: 'Air', one: 'Monitoring station' },
		vehicle: { plural: 'Transport', one: 'Vehicle' },
		light: { plural: 'Lighting', one: 'Luminaire or cabinet' },
		water: { plural: 'Water', one: 'Water supply sensor' },
		gateway: { plural: 'Gateways', one: 'Gateway' }
	},
	modes: { tram: 'tram', trolleybus: 'trolleybus', bus: 'bus' },
	modeLetters: { tram: 'T', trolleybus: 'Tb', bus: 'B' },
	states: {
		fresh: 'fresh',
		delayed: 'delayed',
		stale: 'stale',
		silent: 'silent',
		'de-energised': 'de-energised',
		maintenance: 'maintenance',
		'out-of-service': 'out of service',
		'no-data': 'no data yet',
		decommissioned: 'decommissioned'
	},
	outOfService: { vehicle: 'not in service', light: 'off by schedule' },
	quality: {
		range: 'out of range',
		rate: 'changed too fast',
		flat: 'does not change',
		'no-device-time': 'no device time',
		clock: 'wrong device clock',
		late: 'received late',
		'position-suspect': 'position suspect',
		'not-measuring': 'not measuring (check or maintenance)',
		corrected: 'corrected value'
	},
	gpsSuspect: 'position suspect',
	measured: 'measured',
	received: 'received',
	boolean: {
		other: ['no', 'yes'],
		ignition: ['off', 'on'],
		contactor: ['off', 'on'],
		door: ['closed', 'open'],
		cabinet_door: ['closed', 'open']
	},
	rhumbs: ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'],
	actions: {
		retry: 'Try again',
		close: 'Close',
		clear: 'Clear filters',
		more: 'Show more',
		next: 'Next',
		first: 'To the beginning',
		cancel: 'Cancel',
		showOnMap: 'Show on map'
	},
	counts: {
		objects: (n) => `${number(n)} ${plural(n, { one: 'object', many: 'objects' })}`,
		devices: (n) => `${number(n)} ${plural(n, { one: 'device', many: 'devices' })}`,
		measures: (n) => `${number(n)} ${plural(n, { one: 'measure', many: 'measures' })}`,
		changes: (n) => `${number(n)} ${plural(n, { one: 'change', many: 'changes' })}`
	},
	map: {
		title: 'Map',
		region: 'Map of objects',
		layers: 'All layers',
		list: 'List of objects',
		search: 'Search objects, streets, routes',
		nothing: 'Nothing found',
		emptyLayer: 'No objects of this layer are registered. To import: obrii device import',
		empty: 'No objects are registered yet. To import: obrii device import',
		legend: 'Legend',
		held: (changes) => `Holding still, waiting: ${changes}`,
		restOfList: (n) => `Show more (${n} left)`,
		live: (live, all) => `${live} of ${all} send`,
		feeder: (live, all) => `${live} of ${all}`,
		feederLegend: 'lighting feeder: how many luminaires send',
		gatheredLegend: 'objects close together: how many send; the mark shows the worst state',
		lamp: 'luminaire',
		cabinet: 'cabinet',
		airScale: 'PM2.5, µg/m³ (neutral scale, not an index)',
		suspect: 'position suspect, the last credible place is shown',
		toObject: 'Page of the object',
		toMeasure: 'Measure of the programme',
		noValues: 'No values yet',
		noPlace: 'Place unknown',
		zoomIn: 'Zoom in',
		zoomOut: 'Zoom out',
		route: 'Route',
		cards: 'Card of the object',
		noWebgl: 'The map cannot be shown: the browser has no WebGL. The list of objects works.'
	},
	objects: {
		title: 'Objects',
		search: 'Search name, address, number',
		kind: 'Kind',
		zone: 'Zone',
		state: 'State',
		measure: 'Measure',
		any: 'all',
		name: 'Name',
		lastData: 'Data age',
		address: 'Address',
		value: 'Value',
		caption: 'Objects by the chosen filters',
		none: 'No objects match these filters',
		passport: 'Passport',
		installations: 'Devices on the object',
		installedFrom: (from) => `installed since ${from}`,
		installedUntil: (from, until) => `from ${from} until ${until}`,
		current: 'Current values',
		neverReceived: 'Nothing received yet',
		chart: 'Chart',
		hour: 'Hour',
		day: 'Day',
		week: 'Week',
		month: 'Month',
		properties: 'Properties on the chart',
		chartEmpty: 'No data for this time',
		chartSummary: (name, min, max, n) => `${name}: from ${min} to ${max}, ${n} values`,
		swap: 'device replaced',
		corrections: 'Corrected values',
		noCorrections: 'No values were corrected',
		correctionsNote: (n) => `${n} in all. Those that came last stand first.`,
		tally: 'Data received',
		tallyNote: 'Readings that came from the device in all its time of work.',
		holds: 'Evidence',
		holdsNote: 'Readings of these periods are kept longer than others.',
		holdKinds: {
			incident: 'incident',
			violation: 'violation',
			act: 'act',
			month: 'monthly report'
		},
		holdPeriod: (from, to) => `from ${from} to ${to}`,
		heldUntil: (day) => `kept until ${day}`,
		holdEnded: (day) => `the time of keeping ended on ${day}`,
		holdReleased: (day) => `released on ${day}`,
		property: 'Property',
		measuredAt: 'Measured',
		oldValue: 'Replaced value',
		newValue: 'New value',
		stands: 'stands',
		arrivedAt: (time) => `received ${time}`,
		money: 'Money',
		exports: 'Export of the chosen time',
		excel: 'Excel (XLSX)',
		csvExcel: 'CSV for Excel',
		csv: 'CSV',
		noData: (registered) =>
			`The device was registered on ${registered}, no data so far. How to connect it:`,
		connectTopic: 'MQTT topic (QoS 1)',
		connectUser: 'User name',
		connectPassword: 'Password',
		connectToken: 'the token of the device, issued at registration',
		connectSample: 'Sample message',
		replace: 'Replace device',
		replaceOld: 'Device to be removed',
		replaceNew: 'Id of the new device',
		replaceAt: 'Time of the replacement (empty: now)',
		replaceHint: 'The new device must be registered already. The history of the object goes on.',
		replaceDo: 'Replace',
		replaced: 'The device was replaced',
		history: 'No device has been installed on the object yet',
		passportKeys: {
			id: 'Id',
			kind: 'Kind',
			community: 'Community',
			zone: 'Zone',
			supply: 'Outage queue',
			place: 'Coordinates',
			access: 'Access',
			device: 'Device',
			profile: 'Profile',
			externalId: 'External id',
			gateway: 'Gateway',
			owner: 'Owner',
			responsible: 'Responsible organisation',
			holder: 'Holder',
			contract: 'Contract',
			act: 'Commissioning act',
			price: 'Price, thousand UAH',
			inventory: 'Inventory no.',
			serial: 'Serial no.',
			warranty: 'Warranty until',
			verified: 'Verified until',
			commissioned: 'Commissioned on',
			decommissioned: 'Decommissioned',
			registered: 'Registered'
		},
		access: { public: 'public', internal: 'internal', restricted: 'restricted' }
	},
	exports,
	problems,
	messageFormats: { native: 'Obrii’s own JSON', ...MESSAGE_FORMATS },
	profiles,
	programmes,
	quarantine,
	register,
	unknown
};
