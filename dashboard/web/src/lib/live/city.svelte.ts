import { KINDS, type Kind, type LiveObject, type LiveProfile, type LiveProperty } from '../api';
import { naturalOrder } from '../format/natural';
import type { FeedMessage } from './feed';
import { merge, type Objects } from './merge';
import { subscribe } from './subscribe';
import { isLive } from '../map/kinds';

/** What changed since the last frame; `all` when everything may have. */
export interface Frame {
	all: boolean;
	changed: ReadonlySet<string>;
	removed: ReadonlySet<string>;
}

/** How many objects of a layer there are and how many of them send. */
export interface Count {
	total: number;
	live: number;
}

const TICK_MS = 250;

/** Nothing heard for this long is a lost connection: the server speaks each second. */
const SILENCE_MS = 2500;

/** Frames are drawn at most this often: vehicles report every few seconds, walls run all day. */
const FRAME_MS = 250;

/** An error of the stream that is not over after this long is told. */
const GRACE_MS = 700;

/** The city as the live stream tells it, and whether the stream still speaks. */
export class City {
	/** The objects; not reactive, there are thousands: follow `frames`, `tick` or `membership`. */
	readonly objects: Objects = new Map();
	/** Grows when objects come, go or change their papers. */
	membership = $state(0);
	/** The server's clock, ms since 1970, moved on each second; 0 before the first word. */
	now = $state(0);
	/** Age of the last word of the server, whole seconds. */
	silence = $state(0);
	/** The connection is lost: what is shown is the state at `heardAt`. */
	isLost = $state(false);
	/** The server's clock at its last word, ms since 1970; 0 before the first one. */
	heardAt = $state(0);
	/** The first snapshot has come. */
	isReady = $state(false);

	/** Observed properties of the live values, by id. */
	properties = $state.raw<ReadonlyMap<string, LiveProperty>>(new Map());
	/** Profiles of the devices, by id. */
	profiles = $state.raw<ReadonlyMap<string, LiveProfile>>(new Map());

	#offset = 0;
	#heardLocally = Date.now();
	#errorAt: number | undefined;
	#changed = new Set<string>();
	#removed = new Set<string>();
	#all = false;
	#isFrameAsked = false;
	#framedAt = 0;
	#listeners = new Set<(frame: Frame) => void>();
	#counts = $derived.by(() => (void this.now, this.#count()));
	#sorted = $derived.by(() => (void this.membership, this.#sort()));

	/** Follows the stream until the answer is called. */
	start(): () => void {
		const end = subscribe((message) => this.hear(message));
		const timer = setInterval(() => this.#tick(), TICK_MS);
		return () => {
			clearInterval(timer);
			end();
		};
	}

	/** Calls `listener` with what changed, in an animation frame and at most every 250 ms. */
	follow(listener: (frame: Frame) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Objects of each layer, as of the last second. */
	get counts(): Record<Kind, Count> {
		return this.#counts;
	}

	/** Something shown is simulated. */
	get hasSimulated(): boolean {
		return this.#sorted.some((object) => object.simulated);
	}

	/** Ids in the order of lists: by layer, then by name as people count. */
	get order(): readonly string[] {
		return this.#sorted.map((object) => object.id);
	}

	/** Takes a message of the stream. */
	hear(message: FeedMessage): void {
		if (message.type === 'lost') {
			this.#errorAt ??= Date.now();
			return;
		}
		this.#errorAt = undefined;
		this.#heardLocally = Date.now();
		this.#offset = message.data.at - this.#heardLocally;
		this.heardAt = message.data.at;
		if (message.type === 'snapshot') {
			this.objects.clear();
			for (const object of message.data.objects) this.objects.set(object.id, object);
			this.properties = new Map(message.data.properties.map((one) => [one.id, one]));
			this.profiles = new Map(message.data.profiles.map((one) => [one.id, one]));
			this.#all = true;
			this.isReady = true;
			this.membership += 1;
		} else if (message.type === 'delta') {
			const merged = merge(this.objects, message.data);
			for (const id of merged.changed) this.#changed.add(id);
			for (const id of merged.removed) this.#removed.add(id);
			if (merged.hasNewPapers) this.membership += 1;
		}
		if (this.isLost || this.now === 0) this.#tick();
		this.#askFrame();
	}

	#tick(): void {
		const local = Date.now();
		const silent = local - this.#heardLocally;
		const erred = this.#errorAt !== undefined && local - this.#errorAt > GRACE_MS;
		this.isLost = erred || silent > SILENCE_MS;
		this.silence = Math.floor(silent / 1000);
		if (this.heardAt > 0) this.now = Math.floor((local + this.#offset) / 1000) * 1000;
	}

	#askFrame(): void {
		if (this.#isFrameAsked) return;
		this.#isFrameAsked = true;
		const wait = Math.max(0, this.#framedAt + FRAME_MS - performance.now());
		setTimeout(() => requestAnimationFrame(() => this.#frame()), wait);
	}

	#frame(): void {
		this.#isFrameAsked = false;
		this.#framedAt = performance.now();
		const frame = { all: this.#all, changed: this.#changed, removed: this.#removed };
		this.#changed = new Set();
		this.#removed = new Set();
		this.#all = false;
		for (const listener of this.#listeners) listener(frame);
	}

	#count(): Record<Kind, Count> {
		const counts = Object.fromEntries(KINDS.map((kind) => [kind, { total: 0, live: 0 }]));
		for (const object of this.objects.values()) {
			const count = counts[object.kind];
			if (!count) continue;
			count.total += 1;
			if (isLive(object.state)) count.live += 1;
		}
		return counts as Record<Kind, Count>;
	}

	#sort(): LiveObject[] {
		return [...this.objects.values()].sort(
			(left, right) =>
				KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind) ||
				naturalOrder(left.name, right.name) ||
				naturalOrder(left.id, right.id)
		);
	}
}
