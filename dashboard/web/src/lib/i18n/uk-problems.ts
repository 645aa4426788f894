import type { Parameters } from '../api/problem';

/** What the server says when it does not do what was asked, in Ukrainian. */
export const problems = {
	title: 'Не вдалося отримати дані',
	offline: 'Сервер не відповідає.',
	notFound: 'Такої сторінки немає',
	toMap: 'До карти',
	loading: 'Завантаження…',
	/** By the last word of the problem's type. */
	types: {
		'bad-request': () => 'Запит неправильний.',
		refused: () => 'Реєстр цього не приймає.',
		'unknown-object': ({ id }) => `Об’єкта «${id}» у реєстрі немає.`,
		'unknown-device': ({ id }) => `Пристрою «${id}» у реєстрі немає.`,
		'unknown-profile': ({ id }) =>
			id ? `Профілю «${id}» у реєстрі немає.` : 'Такої редакції профілю немає.',
		'unknown-programme': ({ id }) => `Програми «${id}» у реєстрі немає.`,
		'unknown-measure': ({ id }) => `Заходу «${id}» у реєстрі немає.`,
		'unknown-property': ({ id }) => `Показника «${id}» об’єкт не має.`,
		exists: ({ id }) => (id ? `«${id}» уже зареєстровано.` : 'Такий пристрій уже зареєстровано.'),
		'not-found': () => 'За цією адресою нічого немає.',
		'method-not-allowed': () => 'Так звертатися до цієї адреси не можна.',
		'too-many-observations': () => 'Забагато значень для однієї відповіді: виберіть коротший час.',
		busy: () =>
			'Зараз уже виконуються два вивантаження — більше одночасно не можна. Спробуйте, коли одне з них завершиться.',
		'too-large': () => 'Запит завеликий.',
		unavailable: () => 'Сховище зайняте. Спробуйте ще раз.',
		internal: () => 'Збій на сервері; подробиці в його журналі.'
	} as Record<string, (parameters: Parameters) => string>,
	/** By the code of a refusal of the registry. */
	refusals: {
		'bad-id': ({ id }) =>
			`«${id}» не є ідентифікатором: дозволено малі латинські літери, цифри й дефіс, до 64 знаків.`,
		'replaced-by-itself': ({ device }) => `Пристрій «${device}» не може замінити сам себе.`,
		'not-on-object': ({ device, object }) =>
			`Пристрій «${device}» не стоїть на об’єкті «${object}».`,
		'time-ahead': () => 'Час заміни ще не настав: укажіть теперішній або минулий.',
		'before-installation': ({ device, since }) =>
			`Пристрій «${device}» стоїть тут із ${since}: час заміни має бути пізніший.`,
		'other-kind': ({ device }) => `Пристрій «${device}» іншого виду, ніж той, що знімається.`,
		decommissioned: ({ device, since }) => `Пристрій «${device}» виведено з експлуатації ${since}.`,
		'sat-elsewhere': ({ device, until }) =>
			`Пристрій «${device}» стояв в іншому місці до ${until}: час заміни має бути пізніший.`
	} as Record<string, (parameters: Parameters) => string>
};
