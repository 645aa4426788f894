/** Names of the message formats that are the same in every language, by the code of the API. */
export const MESSAGE_FORMATS = {
	senml: 'SenML',
	tasmota: 'Tasmota',
	esphome: 'ESPHome',
	zigbee2mqtt: 'Zigbee2MQTT',
	chirpstack: 'ChirpStack v4',
	'things-stack': 'The Things Stack v3',
	airrohr: 'airRohr',
	hfp: 'HFP 2.0',
	sparkplug: 'Sparkplug B',
	teltonika: 'Teltonika Codec 8',
	wialon: 'Wialon IPS'
} as const;
