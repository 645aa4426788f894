import { pluralOf } from '../format/plural';
import { formatsOf } from '../format/values';
import type { Words } from './uk';

const plural = pluralOf('en');
const { number } = formatsOf('en-GB');

/** Texts of the bulk export in English. */
export const exports: Words['exports'] = {
	action: 'Export data',
	lead: 'The raw data of all objects that fit the filters: one value a row, a position of a vehicle in one row. Times in the file are UTC, each row names its unit. Days are those of Kyiv.',
	from: 'From the day',
	to: 'To the day, inclusive',
	badPeriod: 'Give both days: the first must not be later than the last.',
	format: 'Format',
	formats: { csv: 'CSV', jsonl: 'JSON Lines (one JSON object a line)' },
	properties: 'Properties (with none chosen, all are exported)',
	propertiesOfKind:
		'All properties are exported. To choose some, choose a kind of objects in the filters first.',
	submit: (objects) => `Export: ${objects}`,
	recent: 'Recent exports',
	none: 'There were no exports in the last 24 hours.',
	kept: 'The list has up to 50 exports of the last 24 hours; it is empty after a restart of the server. No more than two run at one time.',
	states: {
		waiting: 'The file has not been downloaded yet.',
		running: 'The file is being downloaded.',
		complete: 'The whole file was downloaded.',
		failed: 'The download broke off.',
		abandoned: 'The download was cancelled by the receiver.'
	},
	failures: {
		store: 'The data store could not be read.',
		registry: 'One of the objects has left the registry.',
		stopped: 'The server was stopped.',
		internal: 'The server failed; its log says more.'
	},
	notWhole: 'The file is not whole: delete it and download it again.',
	progress: 'Progress of the export',
	read: (done, all) => `properties of objects read: ${done} of ${all}`,
	rows: (n) => `${number(n)} ${plural(n, { one: 'row', many: 'rows' })}`,
	sizes: { byte: 'B', kilobyte: 'kB', megabyte: 'MB', gigabyte: 'GB' },
	fetch: 'Download the file',
	fetchAgain: 'Download again'
};
