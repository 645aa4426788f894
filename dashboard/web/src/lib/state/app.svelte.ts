import { getContext, setContext } from 'svelte';

import {
	answered,
	api,
	type CommunityView,
	type Kind,
	type State,
	type StatusView,
	type ZoneView
} from '../api';
import { City } from '../live/city.svelte';
import { Settings } from './settings.svelte';

const KEY = Symbol('app');

const STATUS_EVERY_MS = 30_000;

/** What every page needs: the person's settings, the live city, the platform's own state. */
export class App {
	readonly settings = new Settings();
	readonly city = new City();
	status = $state<StatusView>();
	#zones = $state.raw<readonly ZoneView[]>([]);

	/** The chosen language. */
	get language() {
		return this.settings.language;
	}

	/** The words of the chosen language. */
	get words() {
		return this.settings.words;
	}

	/** Numbers and times of the chosen language. */
	get formats() {
		return this.settings.formats;
	}

	/** «ДЕМО-ДАНІ»: something shown is simulated. */
	get isDemo(): boolean {
		return (this.status?.demo ?? false) || this.city.hasSimulated;
	}

	/** Chooses the text of the language among the two that the platform sends. */
	title(named: { title_uk?: string; title_en?: string }): string {
		const { title_uk = '', title_en = '' } = named;
		return this.settings.language === 'uk' ? title_uk || title_en : title_en || title_uk;
	}

	/** The word of a state; what «out of service» means depends on the kind. */
	stateWord(state: State, kind?: Kind): string {
		const ofKind = state === 'out-of-service' && kind ? this.words.outOfService[kind] : undefined;
		return ofKind ?? this.words.states[state] ?? state;
	}

	/** Communities, the one with the most objects first. */
	get communities(): readonly CommunityView[] {
		const objectsOf = (id: string) =>
			this.#zones.reduce((sum, zone) => sum + (zone.community === id ? zone.objects : 0), 0);
		return [...(this.status?.communities ?? [])].sort(
			(left, right) => objectsOf(right.id) - objectsOf(left.id)
		);
	}

	/** The name of a community in the language; its id while the platform has not told. */
	communityName(id: string): string {
		const community = this.status?.communities.find((one) => one.id === id);
		if (!community) return id;
		return this.settings.language === 'uk' ? community.name_uk : community.name_en;
	}

	/** Begins to follow the platform; the answer ends it. */
	start(): () => void {
		const end = this.city.start();
		answered(api.GET('/api/v1/zones')).then(
			({ zones }) => (this.#zones = zones),
			() => undefined
		);
		const ask = () => {
			answered(api.GET('/api/v1/status')).then(
				(status) => (this.status = status),
				() => undefined
			);
		};
		ask();
		const timer = setInterval(ask, STATUS_EVERY_MS);
		return () => {
			clearInterval(timer);
			end();
		};
	}
}

/** Gives the app to all components below. */
export function provideApp(): App {
	return setContext(KEY, new App());
}

/** The app of this tab. */
export function useApp(): App {
	return getContext(KEY);
}
