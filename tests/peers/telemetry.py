"""What both paho scripts have in common: a client that hands each message of a device on."""

import json
import sys

import paho.mqtt.client as mqtt


def forward(port, store):
    """Subscribes to all telemetry with QoS 1 and stores each message when it comes.

    `store` is called with the device, its time in milliseconds and its values.
    """

    def on_connect(client, _userdata, _flags, _reason, _properties):
        client.subscribe("obrii/v1/+/+/+/telemetry", qos=1)

    def on_message(_client, _userdata, message):
        reading = json.loads(message.payload)
        store(message.topic.split("/")[4], reading["ts"], reading["values"])

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="peer", clean_session=False)
    client.on_connect = on_connect
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()


def arguments():
    """The ports that the comparison gives: of Mosquitto and of the database."""
    return int(sys.argv[1]), int(sys.argv[2])
