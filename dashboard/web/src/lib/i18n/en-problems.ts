import type { Words } from './uk';

/** What the server says when it does not do what was asked, in English. */
export const problems: Words['problems'] = {
	title: 'The data could not be fetched',
	offline: 'The server does not answer.',
	notFound: 'There is no such page',
	toMap: 'To the map',
	loading: 'Loading…',
	types: {
		'bad-request': () => 'The request cannot be read.',
		refused: () => 'The registry refuses this.',
		'unknown-object': ({ id }) => `Object “${id}” is not in the registry.`,
		'unknown-device': ({ id }) => `Device “${id}” is not in the registry.`,
		'unknown-profile': ({ id }) =>
			id ? `Profile “${id}” is not in the registry.` : 'The profile has no such edition.',
		'unknown-programme': ({ id }) => `Programme “${id}” is not in the registry.`,
		'unknown-measure': ({ id }) => `Measure “${id}” is not in the registry.`,
		'unknown-property': ({ id }) => `The object has no property “${id}”.`,
		exists: ({ id }) =>
			id ? `“${id}” is registered already.` : 'Such a device is registered already.',
		'not-found': () => 'There is nothing at this address.',
		'method-not-allowed': () => 'This address cannot be asked that way.',
		'too-many-observations': () => 'Too many values for one answer: choose a shorter time.',
		busy: () =>
			'Two exports run already, and no more may at one time. Try again when one of them has ended.',
		'too-large': () => 'The request is too large.',
		unavailable: () => 'The store is busy. Try again.',
		internal: () => 'The server failed; its log says more.'
	},
	refusals: {
		'bad-id': ({ id }) =>
			`“${id}” is no id: small Latin letters, digits and hyphens are allowed, up to 64 characters.`,
		'replaced-by-itself': ({ device }) => `Device “${device}” cannot replace itself.`,
		'not-on-object': ({ device, object }) =>
			`Device “${device}” does not sit on object “${object}”.`,
		'time-ahead': () => 'The time of the replacement has not come yet: give a present or past one.',
		'before-installation': ({ device, since }) =>
			`Device “${device}” sits here since ${since}: the replacement must be later.`,
		'other-kind': ({ device }) => `Device “${device}” is of another kind than the one removed.`,
		decommissioned: ({ device, since }) => `Device “${device}” was decommissioned on ${since}.`,
		'sat-elsewhere': ({ device, until }) =>
			`Device “${device}” sat elsewhere until ${until}: the replacement must be later.`
	}
};
