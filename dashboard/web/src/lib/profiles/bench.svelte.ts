import type { BenchView, ProfileDraft, QuarantineRow, TryProfile } from '$lib/api';
import { answered, api, ApiProblem } from '$lib/api';

export type Encoding = NonNullable<TryProfile['encoding']>;

/** Formats and the topic on which their messages come; `{kind}` is the profile's. */
export const TOPICS: Readonly<Record<string, string>> = {
	native: 'obrii/v1/odesa/{kind}/device-1/telemetry',
	senml: 'obrii/v1/odesa/{kind}/device-1/senml',
	tasmota: 'tele/device-1/SENSOR',
	esphome: 'device-1/sensor/temperature/state',
	zigbee2mqtt: 'zigbee2mqtt/device-1',
	chirpstack: 'application/1/device/0004a30b001c0530/event/up',
	'things-stack': 'v3/app@tenant/devices/device-1/up',
	airrohr: 'airrohr/esp8266-1',
	hfp: '/hfp/v2/journey/ongoing/vp/bus/0018/00817/1/1/Depot/8:00/1/1/60;24/1/1/1',
	sparkplug: 'spBv1.0/city/DDATA/edge/device-1',
	teltonika: 'teltonika/device-1',
	wialon: 'wialon/device-1'
};

/** Formats that are bytes, not texts. */
const BINARY: ReadonlySet<string> = new Set(['sparkplug', 'teltonika']);

/** How long nobody typed before a message is tried. */
const WAIT_MS = 350;

/** The test bench: a draft and a message, and what became of them. */
export class Bench {
	format = $state('native');
	topic = $state('');
	payload = $state('');
	encoding = $state<Encoding>('text');
	/** The message is one from quarantine, tried with the time at which it came. */
	kept = $state.raw<QuarantineRow>();
	answer = $state.raw<BenchView>();
	problem = $state.raw<ApiProblem>();
	#kind = 'air';
	#asked = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(kind: string, kept: QuarantineRow | undefined) {
		this.#kind = kind;
		this.kept = kept;
		this.choose('native');
		if (kept) this.#show(kept);
	}

	/** Takes the topic of a format. */
	choose(format: string) {
		this.format = format;
		const topic = TOPICS[format];
		if (topic) this.topic = topic.replace('{kind}', this.#kind);
		this.encoding = BINARY.has(format) ? 'hex' : 'text';
	}

	#show(row: QuarantineRow) {
		this.format = 'other';
		this.topic = row.topic;
		const isText = !row.payload_text.includes('\uFFFD');
		this.encoding = isText ? 'text' : 'hex';
		this.payload = isText ? row.payload_text : row.payload_hex;
	}

	/** Is there something to try? */
	get hasMessage(): boolean {
		return this.kept !== undefined || (this.topic.trim() !== '' && this.payload.trim() !== '');
	}

	/** The message as the API is told of it. */
	get #message(): Omit<TryProfile, 'draft'> {
		if (this.kept) return { quarantine: this.kept.id };
		if (!this.hasMessage) return {};
		return { topic: this.topic.trim(), payload: this.payload, encoding: this.encoding };
	}

	/** Tries a draft once nobody has typed for a moment; the answer calls it off. */
	ask(draft: ProfileDraft, told: (answer: BenchView) => unknown): () => void {
		clearTimeout(this.#timer);
		const body: TryProfile = { draft, ...this.#message };
		const number = ++this.#asked;
		this.#timer = setTimeout(() => void this.#send(number, body, told), WAIT_MS);
		return () => clearTimeout(this.#timer);
	}

	async #send(number: number, body: TryProfile, told: (answer: BenchView) => unknown) {
		try {
			const answer = await answered(api.POST('/api/v1/test-bench', { body }));
			// What was asked later is the one that counts.
			if (number !== this.#asked) return;
			this.answer = answer;
			this.problem = undefined;
			told(answer);
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			if (number === this.#asked) this.problem = error;
		}
	}
}
