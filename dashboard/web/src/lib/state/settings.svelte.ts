import { en } from '../i18n/en';
import { uk, type Words } from '../i18n/uk';
import { formatsOf, type Formats } from '../format/values';

export type Language = 'uk' | 'en';
export type Theme = 'auto' | 'light' | 'dark';

const LANGUAGES: Record<Language, { words: Words; formats: Formats }> = {
	uk: { words: uk, formats: formatsOf(uk.locale) },
	en: { words: en, formats: formatsOf(en.locale) }
};

const THEMES: Theme[] = ['auto', 'light', 'dark'];

function remembered<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
	const value = localStorage.getItem(`obrii.${key}`);
	return allowed.find((one) => one === value) ?? otherwise;
}

/** What a person chose for this browser: the language and the theme. */
export class Settings {
	language = $state<Language>(remembered('language', ['uk', 'en'], 'uk'));
	theme = $state<Theme>(remembered('theme', THEMES, 'auto'));
	#systemIsDark = $state(false);

	constructor() {
		const system = matchMedia('(prefers-color-scheme: dark)');
		this.#systemIsDark = system.matches;
		system.addEventListener('change', (event) => (this.#systemIsDark = event.matches));
	}

	/** The words of the chosen language. */
	get words(): Words {
		return LANGUAGES[this.language].words;
	}

	/** Numbers and times of the chosen language. */
	get formats(): Formats {
		return LANGUAGES[this.language].formats;
	}

	/** Whether the dark colours are on the screen now. */
	get isDark(): boolean {
		return this.theme === 'dark' || (this.theme === 'auto' && this.#systemIsDark);
	}

	/** The theme that the switch would go to. */
	get nextTheme(): Theme {
		return THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'auto';
	}

	switchLanguage(): void {
		this.language = this.language === 'uk' ? 'en' : 'uk';
		localStorage.setItem('obrii.language', this.language);
	}

	switchTheme(): void {
		this.theme = this.nextTheme;
		localStorage.setItem('obrii.theme', this.theme);
	}
}
