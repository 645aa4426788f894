import { pluralOf } from '../format/plural';

const plural = pluralOf('uk');

const fields = (n: number) => `${n} ${plural(n, { one: 'поле', few: 'поля', many: 'полів' })}`;

/** Texts of the unknown devices in Ukrainian. */
export const unknown = {
	title: 'Невідомі пристрої',
	lead: 'Надсилали дані або намагалися увійти, але не зареєстровані чи не прив’язані до свого шлюзу. Їхні повідомлення чекають у карантині даних.',
	none: 'Невідомих пристроїв немає: жоден незареєстрований пристрій не надсилав даних і не намагався увійти.',
	way: 'Звідки',
	ways: {
		broker: 'вбудований брокер MQTT',
		http: 'HTTP',
		teltonika: 'трекер Teltonika',
		wialon: 'трекер Wialon IPS'
	} as Record<string, string>,
	source: (name: string) => `зовнішній брокер «${name}»`,
	format: 'Формат',
	topic: 'Тема',
	speaker: 'Передав пристрій',
	heard: 'Уперше й востаннє',
	kept: 'У карантині',
	dropped: (n: string) => `ще ${n} витіснено новішими`,
	logins: 'Відмови у вході',
	loginsFrom: (n: string, address: string) => `${n}, остання з адреси ${address}`,
	sends: 'Надсилає',
	sendsNothing: 'жодного поля не вдалося прочитати',
	looksLike: 'Схожий на',
	knows: (known: number, all: number) => `знає ${fields(known)} з ${all}`,
	registered: 'У реєстрі',
	waiting: 'повідомлення чекають на повторну обробку',
	notBound: 'Шлюз, що передав повідомлення, не прив’язаний до цього пристрою'
};
