import { pluralOf } from '../format/plural';
import type { Words } from './uk';

const plural = pluralOf('en');

const fields = (n: number) => `${n} ${plural(n, { one: 'field', many: 'fields' })}`;

/** Texts of the unknown devices in English. */
export const unknown: Words['unknown'] = {
	title: 'Unknown devices',
	lead: 'They sent data or tried to log in, but are not registered, or not bound to their gateway. Their messages wait in the data quarantine.',
	none: 'No unknown devices: nothing unregistered has sent data or tried to log in.',
	way: 'Way',
	ways: {
		broker: 'embedded MQTT broker',
		http: 'HTTP',
		teltonika: 'Teltonika tracker',
		wialon: 'Wialon IPS tracker'
	},
	source: (name) => `external broker “${name}”`,
	format: 'Format',
	topic: 'Topic',
	speaker: 'Brought by the device',
	heard: 'First and last',
	kept: 'In quarantine',
	dropped: (n) => `${n} more had to go for newer ones`,
	logins: 'Refused logins',
	loginsFrom: (n, address) => `${n}, the last from ${address}`,
	sends: 'Sends',
	sendsNothing: 'no field could be read',
	looksLike: 'Looks like',
	knows: (known, all) => `knows ${fields(known)} of ${all}`,
	registered: 'In the registry',
	waiting: 'messages wait to be reprocessed',
	notBound: 'The gateway that brought the messages is not bound to this device'
};
