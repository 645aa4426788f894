import { pluralOf } from '../format/plural';
import { formatsOf, type Age } from '../format/values';
import { MESSAGE_FORMATS } from './message-formats';
import { exports } from './uk-exports';
import { problems } from './uk-problems';
import { profiles } from './uk-profiles';
import { programmes } from './uk-programmes';
import { quarantine } from './uk-quarantine';
import { register } from './uk-register';
import { unknown } from './uk-unknown';

const plural = pluralOf('uk');

const LOCALE = 'uk-UA';

const number = formatsOf(LOCALE).number;

const AGE_UNITS = { second: 'с', minute: 'хв', hour: 'год', day: 'дн' } as const;

const age = ({ count, unit }: Age) => `${count} ${AGE_UNITS[unit]}`;

/** Every visible text in Ukrainian; the other languages have the same keys. */
export const uk = {
	locale: LOCALE,
	product: 'Обрій',
	demo: 'ДЕМО-ДАНІ',
	demoTitle: 'ДЕМО-ДАНІ (імітація): серед показаного є імітовані пристрої',
	communitiesMore: (first: string, rest: number) => `${first} +${rest}`,
	nav: {
		label: 'Сторінки',
		map: 'Карта',
		objects: 'Об’єкти',
		programmes: 'Бюджетні програми',
		quarantine: 'Карантин даних',
		unknown: 'Невідомі пристрої',
		profiles: 'Профілі пристроїв',
		skip: 'До змісту'
	},
	settings: {
		switchLanguage: 'English',
		switchLanguageShort: 'EN',
		themes: { auto: 'як у системі', light: 'світла', dark: 'темна' },
		switchTheme: (next: string) => `Тема: перемкнути на «${next}»`
	},
	heartbeat: {
		data: 'дані',
		age: (seconds: number) => `${seconds} с`,
		title: 'Скільки секунд тому сервер востаннє відповів',
		clock: 'Час сервера (Київ)',
		lost: (seconds: number, shown: string) =>
			`Немає зв’язку з сервером ${seconds} с. Показано стан на ${shown}`,
		lostEmpty: (seconds: number) => `Немає зв’язку з сервером ${seconds} с. Даних ще немає`
	},
	age,
	ago: (value: Age) => `${age(value)} тому`,
	kinds: {
		air: { plural: 'Повітря', one: 'Пост спостереження' },
		vehicle: { plural: 'Транспорт', one: 'Транспортний засіб' },
		light: { plural: 'Освітлення', one: 'Світильник або шафа керування' },
		water: { plural: 'Вода', one: 'Датчик водопостачання' },
		gateway: { plural: 'Шлюзи', one: 'Шлюз' }
	} as Record<string, { plural: string; one: string }>,
	modes: { tram: 'трамвай', trolleybus: 'тролейбус', bus: 'автобус' } as Record<string, string>,
	modeLetters: { tram: 'Т', trolleybus: 'Тб', bus: 'А' } as Record<string, string>,
	states: {
		fresh: 'дані свіжі',
		delayed: 'дані із запізненням',
		stale: 'дані застаріли',
		silent: 'не передає дані',
		'de-energised': 'знеструмлено',
		maintenance: 'технічне обслуговування',
		'out-of-service': 'не на лінії або вимкнено за графіком',
		'no-data': 'даних ще не надходило',
		decommissioned: 'виведено з експлуатації'
	} as Record<string, string>,
	outOfService: { vehicle: 'не на лінії', light: 'вимкнено за графіком' } as Record<string, string>,
	quality: {
		range: 'поза межами вимірювання',
		rate: 'надто швидка зміна',
		flat: 'значення не змінюється',
		'no-device-time': 'без часу пристрою',
		clock: 'хибний час пристрою',
		late: 'надійшло із запізненням',
		'position-suspect': 'GPS спотворено',
		'not-measuring': 'не вимірює (перевірка або обслуговування)',
		corrected: 'виправлене значення'
	} as Record<string, string>,
	gpsSuspect: 'GPS спотворено',
	measured: 'виміряно',
	received: 'надійшло',
	boolean: {
		other: ['ні', 'так'],
		ignition: ['вимкнено', 'увімкнено'],
		contactor: ['вимкнено', 'увімкнено'],
		door: ['зачинено', 'відчинено'],
		cabinet_door: ['зачинено', 'відчинено']
	} as Record<string, readonly [no: string, yes: string]>,
	rhumbs: ['Пн', 'ПнСх', 'Сх', 'ПдСх', 'Пд', 'ПдЗх', 'Зх', 'ПнЗх'],
	actions: {
		retry: 'Спробувати ще раз',
		close: 'Закрити',
		clear: 'Скинути фільтри',
		more: 'Показати ще',
		next: 'Далі',
		first: 'На початок',
		cancel: 'Скасувати',
		showOnMap: 'Показати на карті'
	},
	counts: {
		objects: (n: number) =>
			`${number(n)} ${plural(n, { one: 'об’єкт', few: 'об’єкти', many: 'об’єктів' })}`,
		devices: (n: number) =>
			`${number(n)} ${plural(n, { one: 'пристрій', few: 'пристрої', many: 'пристроїв' })}`,
		measures: (n: number) =>
			`${number(n)} ${plural(n, { one: 'захід', few: 'заходи', many: 'заходів' })}`,
		changes: (n: number) =>
			`${number(n)} ${plural(n, { one: 'зміна', few: 'зміни', many: 'змін' })}`
	},
	map: {
		title: 'Карта',
		region: 'Карта об’єктів',
		layers: 'Усі шари',
		list: 'Список об’єктів',
		search: 'Пошук об’єкта, вулиці, маршруту',
		nothing: 'Нічого не знайдено',
		emptyLayer: 'Об’єктів цього шару не зареєстровано. Імпортувати: obrii device import',
		empty: 'Об’єктів ще не зареєстровано. Імпортувати: obrii device import',
		legend: 'Умовні знаки',
		held: (changes: string) => `Список стоїть, чекає: ${changes}`,
		restOfList: (n: string) => `Показати ще (залишилось ${n})`,
		live: (live: string, all: string) => `передають ${live} із ${all}`,
		feeder: (live: string, all: string) => `${live} із ${all}`,
		feederLegend: 'лінія освітлення: скільки світильників передають',
		gatheredLegend: 'об’єкти поруч: скільки передають; знак — за найгіршим станом',
		lamp: 'світильник',
		cabinet: 'шафа керування',
		airScale: 'Пил PM2.5, мкг/м³ (нейтральна шкала, не індекс)',
		suspect: 'GPS спотворено, показано останнє достовірне місце',
		toObject: 'Сторінка об’єкта',
		toMeasure: 'Захід програми',
		noValues: 'Значень ще немає',
		noPlace: 'Місце невідоме',
		zoomIn: 'Наблизити',
		zoomOut: 'Віддалити',
		route: 'Маршрут',
		cards: 'Картка об’єкта',
		noWebgl: 'Карту показати не вдалося: браузер не має WebGL. Список об’єктів працює.'
	},
	objects: {
		title: 'Об’єкти',
		search: 'Пошук за назвою, адресою, номером',
		kind: 'Вид',
		zone: 'Зона',
		state: 'Стан',
		measure: 'Захід',
		any: 'усі',
		name: 'Назва',
		lastData: 'Вік даних',
		address: 'Адреса',
		value: 'Значення',
		caption: 'Об’єкти за вибраними фільтрами',
		none: 'За цими фільтрами об’єктів немає',
		passport: 'Паспорт',
		installations: 'Пристрої на об’єкті',
		installedFrom: (from: string) => `встановлено на об’єкті з ${from}`,
		installedUntil: (from: string, until: string) => `з ${from} до ${until}`,
		current: 'Поточні значення',
		neverReceived: 'Ще не надходило',
		chart: 'Графік',
		hour: 'Година',
		day: 'Доба',
		week: 'Тиждень',
		month: 'Місяць',
		properties: 'Показники на графіку',
		chartEmpty: 'За цей час даних немає',
		chartSummary: (name: string, min: string, max: string, n: string) =>
			`${name}: від ${min} до ${max}, значень ${n}`,
		swap: 'заміна пристрою',
		corrections: 'Виправлені значення',
		noCorrections: 'Значень не виправляли',
		correctionsNote: (n: string) => `Усього: ${n}. Спершу ті, що надійшли останніми.`,
		tally: 'Облік даних',
		tallyNote: 'Покази, що надійшли від пристрою за весь час його роботи.',
		holds: 'Підтвердні дані',
		holdsNote: 'Покази за ці періоди зберігаються довше за звичайний строк.',
		holdKinds: {
			incident: 'інцидент',
			violation: 'порушення',
			act: 'акт',
			month: 'звіт за місяць'
		} as Record<string, string>,
		holdPeriod: (from: string, to: string) => `з ${from} до ${to}`,
		heldUntil: (day: string) => `зберігаються до ${day}`,
		holdEnded: (day: string) => `строк зберігання закінчився ${day}`,
		holdReleased: (day: string) => `знято зі зберігання ${day}`,
		property: 'Показник',
		measuredAt: 'Виміряно',
		oldValue: 'Замінене значення',
		newValue: 'Нове значення',
		stands: 'чинне',
		arrivedAt: (time: string) => `надійшло ${time}`,
		money: 'Кошти',
		exports: 'Експорт за вибраний час',
		excel: 'Excel (XLSX)',
		csvExcel: 'CSV для Excel',
		csv: 'CSV',
		noData: (registered: string) =>
			`Пристрій зареєстровано ${registered}, даних ще не надходило. Як підключити:`,
		connectTopic: 'Тема MQTT (QoS 1)',
		connectUser: 'Ім’я користувача',
		connectPassword: 'Пароль',
		connectToken: 'токен пристрою, виданий під час реєстрації',
		connectSample: 'Зразок повідомлення',
		replace: 'Замінити пристрій',
		replaceOld: 'Пристрій, що знімається',
		replaceNew: 'Ідентифікатор нового пристрою',
		replaceAt: 'Час заміни (порожньо: зараз)',
		replaceHint: 'Новий пристрій має бути вже зареєстрований. Історія об’єкта продовжиться.',
		replaceDo: 'Замінити',
		replaced: 'Пристрій замінено',
		history: 'Пристроїв на об’єкті ще не встановлено',
		passportKeys: {
			id: 'Ідентифікатор',
			kind: 'Вид',
			community: 'Громада',
			zone: 'Зона',
			supply: 'Черга відключень',
			place: 'Координати',
			access: 'Доступ',
			device: 'Пристрій',
			profile: 'Профіль',
			externalId: 'Зовнішній ідентифікатор',
			gateway: 'Шлюз',
			owner: 'Власник',
			responsible: 'Відповідальна організація',
			holder: 'Балансоутримувач',
			contract: 'Договір',
			act: 'Акт введення в експлуатацію',
			price: 'Вартість, тис. грн',
			inventory: 'Інвентарний №',
			serial: 'Заводський №',
			warranty: 'Гарантія до',
			verified: 'Повірка чинна до',
			commissioned: 'Введено в експлуатацію',
			decommissioned: 'Виведено з експлуатації',
			registered: 'Зареєстровано'
		},
		access: {
			public: 'відкритий',
			internal: 'службовий',
			restricted: 'обмежений'
		} as Record<string, string>
	},
	exports,
	problems,
	messageFormats: { native: 'власний JSON «Обрію»', ...MESSAGE_FORMATS } as Record<string, string>,
	profiles,
	programmes,
	quarantine,
	register,
	unknown
};

/** The shape of a language: the same keys, other words. */
export type Words = typeof uk;
