"""Sends one reading in one format, as a device or server of that format does, and ends well when
the platform has acknowledged it. What to send comes as JSON on standard input:

    {"format": "chirpstack", "at": 1795342500000, "name": "24e124136b502217",
     "values": {"leak": true}, "user": "lora", "token": "…", "topic": "…",
     "ports": {"http": 8080, "mqtt": 1883, "teltonika": 5027, "wialon": 5039}}

`name` is the device's in the format, `user` the device that logs in with `token`, `topic` the
device's own.
"""

import json
import sys

import messages
from sparkplug import Edge
from ways import Paho, Tracker, curl, mosquitto_pub


def main():
    ask = json.load(sys.stdin)
    FORMATS[ask["format"]](ask)


def by_mosquitto(ask, topic, payload):
    mosquitto_pub(ask["ports"]["mqtt"], ask["user"], ask["token"], topic, payload)


def by_paho(ask, topic, payload):
    connection = Paho(ask["ports"]["mqtt"], ask["user"], ask["token"])
    connection.publish(topic, payload)
    connection.close()


def post(ask, path, payload, headers):
    url = f"http://127.0.0.1:{ask['ports']['http']}/ingest/v1/{path}"
    status = curl(url, payload, headers, (ask["user"], ask["token"]))
    assert status == 204, f"answered {status}"


def native_by_mosquitto(ask):
    by_mosquitto(ask, ask["topic"], messages.native(ask["at"], ask["values"]))


def native_by_paho(ask):
    by_paho(ask, ask["topic"], messages.native(ask["at"], ask["values"]))


def native_by_curl(ask):
    body = messages.native(ask["at"], ask["values"])
    post(ask, "telemetry", body, ["content-type: application/json"])


def senml_pack(ask):
    return messages.senml(f"urn:dev:{ask['user']}:", ask["at"], ask["values"])


def senml_json(ask):
    body = senml_pack(ask).to_json().encode()
    post(ask, "senml", body, ["content-type: application/senml+json"])


def senml_cbor(ask):
    topic = ask["topic"].removesuffix("telemetry") + "senml"
    by_paho(ask, topic, senml_pack(ask).to_cbor())


def chirpstack(ask):
    topic = f"application/1/device/{ask['name']}/event/up"
    by_mosquitto(ask, topic, messages.chirpstack_up(ask["name"], ask["at"], ask["values"]))


def things_stack(ask):
    topic = f"v3/leaks@ttn/devices/eui-{ask['name']}/up"
    by_paho(ask, topic, messages.things_stack_up(ask["name"], ask["at"], ask["values"]))


def hfp(ask):
    operator, vehicle = map(int, ask["name"].split("/"))
    payload = messages.hfp_vp(operator, vehicle, ask["at"], ask["values"])
    by_mosquitto(ask, messages.hfp_topic(operator, vehicle), payload)


def sparkplug(ask):
    """Data by alias, one message lost: asked for its births, the node says them and goes on."""
    group, node, device = ask["name"].split("/")
    port, values = ask["ports"]["mqtt"], ask["values"]
    edge = Edge(port, ask["user"], ask["token"], group, node, device, values)
    edge.update(ask["at"] - 1000, values, lost=1)
    assert edge.reborn.wait(60), "was not asked for its births"
    edge.update(ask["at"], values)
    edge.close()


def sparkplug_death(ask):
    """The node is born, and dies."""
    group, node, device = ask["name"].split("/")
    edge = Edge(ask["ports"]["mqtt"], ask["user"], ask["token"], group, node, device, ask["values"])
    edge.die()
    edge.close()


def tasmota(ask):
    payload = messages.tasmota_sensor(ask["at"], ask["values"])
    by_mosquitto(ask, f"tele/{ask['name']}/SENSOR", payload)


def zigbee2mqtt(ask):
    payload = messages.zigbee2mqtt(ask["at"], ask["values"])
    by_mosquitto(ask, f"zigbee2mqtt/{ask['name']}", payload)


def esphome(ask):
    """Each sensor has a topic of its own, and says no time."""
    connection = Paho(ask["ports"]["mqtt"], ask["user"], ask["token"])
    connection.publish(f"{ask['name']}/status", b"online")
    for sensor, value in ask["values"].items():
        connection.publish(f"{ask['name']}/sensor/{sensor}/state", str(value).encode())
    connection.close()


def airrohr(ask):
    """The headers are those of the firmware's `sendData`; it says no time."""
    chip = ask["name"].removeprefix("esp8266-")
    headers = [
        f"User-Agent: NRZ-2024-135/{chip}/a1b2c3d4e5f6",
        f"X-Sensor: {ask['name']}",
        "X-MAC-ID: esp8266-a1b2c3d4e5f6",
        "Content-Type: application/json",
    ]
    post(ask, "airrohr", messages.airrohr(chip, ask["values"]), headers)


def teltonika(ask):
    lat, lon, speed = ask["values"]
    tracker = Tracker(ask["ports"]["teltonika"])
    tracker.ask(messages.teltonika_login(ask["name"]), b"\x01")
    frame = messages.teltonika_frame([(ask["at"], lat, lon, speed, {239: 1})])
    tracker.ask(frame, b"\x00\x00\x00\x01")
    tracker.close()


def wialon(ask):
    lat, lon, speed = ask["values"]
    tracker = Tracker(ask["ports"]["wialon"])
    login = messages.wialon_line("L", f"2.0;{ask['name']};{ask['token']};")
    tracker.ask(login, b"#AL#1\r\n")
    place = messages.wialon_place(ask["at"], lat, lon, speed)
    tracker.ask(messages.wialon_line("SD", place), b"#ASD#1\r\n")
    tracker.close()


FORMATS = {
    "native-mosquitto": native_by_mosquitto,
    "native-paho": native_by_paho,
    "native-curl": native_by_curl,
    "senml-json": senml_json,
    "senml-cbor": senml_cbor,
    "chirpstack": chirpstack,
    "things-stack": things_stack,
    "hfp": hfp,
    "sparkplug": sparkplug,
    "sparkplug-death": sparkplug_death,
    "tasmota": tasmota,
    "zigbee2mqtt": zigbee2mqtt,
    "esphome": esphome,
    "airrohr": airrohr,
    "teltonika": teltonika,
    "wialon": wialon,
}

if __name__ == "__main__":
    main()
