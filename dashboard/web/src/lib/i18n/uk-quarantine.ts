import { pluralOf } from '../format/plural';
import { formatsOf } from '../format/values';

const { number } = formatsOf('uk-UA');

const plural = pluralOf('uk');

const messages = (n: number) =>
	`${number(n)} ${plural(n, { one: 'повідомлення', few: 'повідомлення', many: 'повідомлень' })}`;

/** Texts of the data quarantine in Ukrainian. */
export const quarantine = {
	title: 'Карантин даних',
	balance: 'Баланс',
	received: 'надійшло',
	stored: 'збережено',
	corrected: 'виправлено',
	duplicate: 'повтори',
	quarantined: 'карантин',
	unknownField: 'невідомі поля',
	balanced: 'Рівність виконується',
	unbalanced: 'Рівність не виконується: повідомте адміністратора',
	late: 'із запізненням',
	lateTotal: (n: number) =>
		`Із запізненням (виміряно понад 30 діб до надходження): ${number(n)}. Враховано у рівності.`,
	byDevice: 'Баланс за пристроями',
	byDeviceNote: 'Одиниця обліку — показ. Покази із запізненням уже враховано у рівності.',
	search: 'Шукати',
	searchDevice: 'Пошук пристрою',
	searchHint: 'номер, назва, адреса',
	shownOf: (shown: string, found: string) =>
		`Показано ${shown} із ${found}. Решту можна знайти пошуком.`,
	nothingReceived: 'Даних ще не надходило',
	noneFound: 'Пристроїв, що надсилали дані, за цим пошуком немає',
	byReason: 'За причинами',
	devices: 'Пристрої',
	groups: 'За причинами та пристроями',
	reason: 'Причина',
	device: 'Пристрій',
	unknownDevice: 'невідомий пристрій',
	count: 'Кількість',
	first: 'Уперше',
	last: 'Востаннє',
	counted: messages,
	dropped: (n: number) => `ще ${number(n)} витіснено новішими`,
	droppedTotal: (n: number) =>
		`Карантин переповнювався: ${messages(n)} витіснено новішими без розгляду. Обробити їх повторно вже неможливо.`,
	state: 'Стан',
	states: {
		open: 'очікують розгляду',
		replayed: 'оброблені повторно',
		discarded: 'вилучені'
	},
	settled: {
		replayed: (at: string) => `оброблено повторно ${at}`,
		discarded: (at: string) => `вилучено ${at}`
	},
	messages: 'Повідомлення',
	topic: 'Тема',
	detail: 'Технічне пояснення',
	element: (n: string) => `елемент ${n}`,
	elements: (ranges: string) => `елементи ${ranges}`,
	readings: (n: number) =>
		`${number(n)} ${plural(n, { one: 'показ', few: 'покази', many: 'показів' })}`,
	raw: 'Текст',
	hex: 'Байти (hex)',
	size: (n: string) => `${n} Б`,
	cut: 'показано початок',
	showWhole: 'Показати повністю',
	work: 'Дії',
	select: 'Вибрати',
	selected: (n: string) => `Вибрано: ${n}`,
	replay: 'Обробити повторно',
	replayCount: (n: number) => `Обробити повторно: ${messages(n)}`,
	replayed: (used: number, unusable: number) =>
		unusable === 0
			? `Оброблено повторно: ${messages(used)}.`
			: `Оброблено повторно: ${messages(used)}. Досі непридатні: ${messages(unusable)}.`,
	discardAsk: 'Вилучити…',
	discardCount: (n: number) => `Вилучити: ${messages(n)}…`,
	discardWhy: 'Причина вилучення',
	discard: 'Вилучити',
	discarded: (gone: number) => `Вилучено: ${messages(gone)}.`,
	none: 'Карантин порожній',
	noneFiltered: 'За цими фільтрами повідомлень немає',
	logins: 'Відмови у вході',
	noLogins: 'Відмов у вході не було',
	user: 'Ім’я користувача',
	address: 'Адреса',
	all: 'Усі повідомлення',
	reasons: {
		'not-json': 'не JSON',
		'not-utf8': 'не UTF-8',
		'too-large': 'завелике повідомлення',
		'refused-too-large': 'завелике, з’єднання розірвано',
		'topic-mismatch': 'тема не відповідає виду пристрою',
		'unknown-device': 'невідомий пристрій',
		'not-bound': 'шлюз не прив’язано до пристрою',
		'no-known-field': 'жодного відомого поля',
		'future-time': 'час із майбутнього',
		'bad-time': 'хибний час пристрою',
		'bad-element': 'хибний елемент масиву',
		'bad-value': 'хибне значення',
		'too-many': 'забагато показів в одному повідомленні',
		poisoned: 'не вдалося зберегти',
		decommissioned: 'пристрій виведено з експлуатації',
		'not-installed': 'пристрій не стояв на об’єкті',
		'expired-time': 'дані, старіші за строк зберігання',
		'bad-frame': 'пошкоджений кадр протоколу'
	} as Record<string, string>,
	loginReasons: {
		'unknown-user': 'невідоме ім’я користувача',
		'wrong-token': 'хибний токен',
		'no-token': 'токен ще не видано',
		decommissioned: 'пристрій виведено з експлуатації',
		'keep-alive': 'неприпустимий keep-alive',
		'foreign-will': 'заповіт на чужу тему',
		'foreign-client-id': 'чужий ідентифікатор клієнта',
		'foreign-topic': 'публікація в чужу тему',
		'foreign-filter': 'підписка на чужу тему',
		'too-often': 'забагато звернень або порушень за короткий час'
	} as Record<string, string>
};
