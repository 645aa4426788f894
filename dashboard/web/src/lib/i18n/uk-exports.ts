import { pluralOf } from '../format/plural';
import { formatsOf } from '../format/values';

const plural = pluralOf('uk');
const { number } = formatsOf('uk-UA');

/** Texts of the bulk export in Ukrainian. */
export const exports = {
	action: 'Вивантажити дані',
	lead: 'Первинні дані всіх об’єктів, що відповідають вибраним фільтрам: по одному значенню в рядку, координати транспорту — одним рядком. Час у файлі — UTC, одиницю вимірювання вказано в кожному рядку. Дні відлічуються за київським часом.',
	from: 'З дня',
	to: 'По день включно',
	badPeriod: 'Укажіть обидва дні: перший має бути не пізніший за останній.',
	format: 'Формат',
	formats: { csv: 'CSV', jsonl: 'JSON Lines (один об’єкт JSON у рядку)' },
	properties: 'Показники (якщо не вибрано жодного, вивантажуються всі)',
	propertiesOfKind:
		'Вивантажуються всі показники. Щоб вибрати окремі, спершу виберіть вид об’єктів у фільтрах.',
	submit: (objects: string) => `Вивантажити: ${objects}`,
	recent: 'Останні вивантаження',
	none: 'За останню добу вивантажень не було.',
	kept: 'У переліку — до 50 вивантажень за останню добу; після перезапуску сервера він порожній. Одночасно виконуються не більше двох.',
	states: {
		waiting: 'Файл ще не завантажували.',
		running: 'Файл завантажується.',
		complete: 'Файл завантажено повністю.',
		failed: 'Завантаження обірвалося.',
		abandoned: 'Завантаження перервано на боці одержувача.'
	} as Record<string, string>,
	failures: {
		store: 'Не вдалося прочитати сховище даних.',
		registry: 'Один з об’єктів вилучено з реєстру.',
		stopped: 'Сервер зупинено.',
		internal: 'Збій на сервері; подробиці в його журналі.'
	} as Record<string, string>,
	notWhole: 'Файл неповний: вилучіть його й завантажте знову.',
	progress: 'Хід вивантаження',
	read: (done: string, all: string) => `показників об’єктів прочитано: ${done} із ${all}`,
	rows: (n: number) => `${number(n)} ${plural(n, { one: 'рядок', few: 'рядки', many: 'рядків' })}`,
	sizes: { byte: 'Б', kilobyte: 'КБ', megabyte: 'МБ', gigabyte: 'ГБ' },
	fetch: 'Завантажити файл',
	fetchAgain: 'Завантажити знову'
};
