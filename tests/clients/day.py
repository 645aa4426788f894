"""A day of traffic through all gateways, played at once, with every kind of bad input mixed in.

On standard input the ports, the tokens and a seed; on standard output, when everything that is
acknowledged was acknowledged, what has to become of it: the ledger by device, and what of it a
replay changes once the unknown sensor is registered. The empty device is nobody of ours.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict

import messages
import voices
from ways import Tracker, curl, mosquitto_pub

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SLOT_MS = HOUR_MS // 2
LATE_MS = 40 * DAY_MS
EXPIRED_MS = 401 * DAY_MS
NOBODY = ""
STRANGER = "24e124136b509999"
STRANGER_MESSAGES = 3
# Readings that a device in the store room sends at once.
SHELVED = 300
TOO_LARGE = b'{"values":{"pm25":1},"remark":"%s"}' % (b"x" * 300 * 1024)
UNREADABLE = [b"{", b'{"ts":1', b"\xff\xfe\x00", b"[[[", b"nan"]


class Day:
    def __init__(self, ask):
        self.ask = ask
        self.rng = random.Random(ask["seed"])
        self.voices = voices.all_of(ask)
        self.ledger = defaultdict(Counter)
        self.now = int(time.time()) * 1000
        # Its last slot is an hour ago at least; whole seconds, as most formats are.
        self.begin = self.now - DAY_MS - 2 * HOUR_MS

    def count(self, device, **parts):
        self.ledger[device].update(parts)

    def play(self):
        acts = self.specials()
        for voice in self.voices.values():
            kinds = [self.plain, self.repeated, self.corrected, self.unknown]
            kinds += [self.late, self.future, self.expired, self.unreadable]
            self.rng.shuffle(kinds)
            for slot in range(DAY_MS // SLOT_MS):
                at = self.begin + slot * SLOT_MS
                kind = kinds[slot % len(kinds)] if voice.has_time else self.plain
                acts.append((kind, voice, at))
        self.rng.shuffle(acts)
        for act, *what in acts:
            act(*what)
        for voice in self.voices.values():
            voice.close()

    # Any format.

    def plain(self, voice, at, extra=None):
        values = voice.values(self.rng)
        voice.say(at, values, extra)
        held = voice.held(at)
        new = voice.known() - held
        self.count(voice.device, stored=new, duplicate=held, unknown_field=voice.noise)
        return values

    def repeated(self, voice, at):
        voice.say(at, self.plain(voice, at))
        self.count(voice.device, duplicate=voice.known(), unknown_field=voice.noise)

    def corrected(self, voice, at):
        values = self.plain(voice, at)
        name = self.rng.choice([*values])
        low, high = voice.spans[name]
        values[name] = low if abs(values[name] - low) > (high - low) / 2 else high
        voice.say(at, values)
        unchanged = voice.known() - 1
        self.count(voice.device, corrected=1, duplicate=unchanged, unknown_field=voice.noise)

    def unknown(self, voice, at):
        self.count(voice.device, unknown_field=1)
        return self.plain(voice, at, {"extra": 5})

    def late(self, voice, at):
        self.plain(voice, at - LATE_MS)

    def future(self, voice, at):
        voice.say(at + 2 * DAY_MS, voice.values(self.rng))
        self.count(voice.device, quarantined=1)

    def expired(self, voice, at):
        voice.say(at - EXPIRED_MS, voice.values(self.rng))
        self.count(voice.device, quarantined=1)

    def unreadable(self, voice, _):
        voice.say_bytes(self.rng.choice(UNREADABLE))
        self.count(voice.device, quarantined=1)

    # One format or gateway.

    def specials(self):
        singles = [
            self.array_with_bad_elements,
            self.array_of_bad_elements,
            self.bad_value,
            self.two_bad_values,
            self.array_of_a_device_in_the_store_room,
            self.without_time,
            self.quality_0,
            self.foreign_topic,
            self.packet_beyond_all_bounds,
            self.wrong_topic_behind_the_source,
            self.unknown_device_behind_the_source,
            self.uplink_that_was_not_decoded,
            self.events_without_readings,
            self.uplink_of_a_sensor_of_another_gateway,
            self.simulated_uplink,
            self.unit_that_does_not_fit,
            self.label_that_must_be_understood,
            self.direction_that_is_none,
            self.death_and_rebirth,
            self.black_box,
            self.unknown_tracker,
            self.station_of_somebody_else,
            self.wrong_token,
        ]
        strangers = [(self.uplink_of_a_stranger, number) for number in range(STRANGER_MESSAGES)]
        json_over_mqtt = ("air-1", "air-2", "leak-1", "leak-2")
        no_json = [(self.no_json, name, b) for name in json_over_mqtt for b in (TOO_LARGE, b"")]
        return [(single,) for single in singles] + strangers + no_json

    def no_json(self, device, payload):
        self.voices[device].say_bytes(payload)
        self.count(device, quarantined=1)

    def array_with_bad_elements(self):
        native = self.voices["air-1"]
        good = [
            {"ts": self.begin - ms, "values": native.values(self.rng)} for ms in (7_000, 5_000)
        ]
        bad = [{"ts": "учора", "values": {"pm25": 1}}, 7]
        native.say_bytes(messages.as_json([good[0], *bad, good[1]]))
        self.count("air-1", stored=2 * native.known(), quarantined=len(bad))

    def bad_value(self):
        values = {"pm25": "багато", "pm10": 12.5}
        self.voices["air-1"].say(self.begin - 9_000, values)
        self.count("air-1", stored=1, quarantined=1)

    def array_of_bad_elements(self):
        native = self.voices["air-1"]
        good = {"ts": self.begin - 23_000, "values": native.values(self.rng)}
        bad = [{"ts": "учора", "values": {"pm25": n}} for n in range(150)]
        native.say_bytes(messages.as_json([*bad, good]))
        self.count("air-1", stored=native.known(), quarantined=len(bad))

    def two_bad_values(self):
        values = {"pm25": "багато", "pm10": "теж багато", "temperature": 4}
        self.voices["air-1"].say(self.begin - 25_000, values)
        self.count("air-1", stored=1, quarantined=2)

    def array_of_a_device_in_the_store_room(self):
        at = range(self.begin, self.begin + SHELVED * 1000, 1000)
        readings = [{"ts": ms, "values": {"pm25": 4, "pm10": 5}} for ms in at]
        topic = "obrii/v1/odesa/air/air-6/telemetry"
        self.by_mosquitto("air-6", topic, messages.as_json(readings))
        self.count("air-6", quarantined=SHELVED)

    def without_time(self):
        self.voices["air-1"].say_bytes(messages.as_json({"values": {"pm25": 3}}))
        self.count("air-1", stored=1)

    def quality_0(self):
        native = self.voices["air-1"]
        payload = messages.native(self.begin - 11_000, {"pm25": 4})
        native.connection.publish(native.topic, payload, qos=0)
        self.count("air-1", stored=1)

    def by_mosquitto(self, user, topic, payload):
        mosquitto_pub(self.ask["ports"]["mqtt"], user, self.ask["tokens"][user], topic, payload)

    def refused(self, *what):
        try:
            self.by_mosquitto(*what)
        except subprocess.CalledProcessError:
            return
        raise AssertionError("was acknowledged")

    def foreign_topic(self):
        """Refused at the broker; nothing of it is a reading of anybody."""
        payload = messages.native(self.begin, {"pm25": 1})
        self.refused("air-1", "obrii/v1/odesa/air/air-3/telemetry", payload)

    def packet_beyond_all_bounds(self):
        topic = self.voices["air-1"].topic
        self.refused("air-1", topic, b"x" * (1100 * 1024))
        self.count("air-1", quarantined=1)

    def wrong_topic_behind_the_source(self):
        payload = messages.native(self.begin, {"pm25": 1})
        self.voices["air-2"].connection.publish("obrii/v1/odesa/water/air-2/telemetry", payload)
        self.count(NOBODY, quarantined=1)

    def unknown_device_behind_the_source(self):
        payload = messages.native(self.begin, {"pm25": 1})
        self.voices["air-2"].connection.publish("obrii/v1/odesa/air/nobody/telemetry", payload)
        self.count(NOBODY, quarantined=1)

    def uplink(self, dev_eui, at, fields, event="up"):
        topic = f"application/1/device/{dev_eui}/event/{event}"
        self.by_mosquitto("lora", topic, messages.chirpstack_up(dev_eui, at, fields))

    def uplink_that_was_not_decoded(self):
        self.uplink("24e124136b502217", self.begin, {})
        self.count("leak-1", quarantined=1)

    def events_without_readings(self):
        self.uplink("24e124136b502217", self.begin, {}, event="join")
        self.by_mosquitto("tasmota", "tele/plug-1/LWT", b"Online")
        self.by_mosquitto("zigbee", "zigbee2mqtt/підвал/датчик 1/availability", b'{"state":"online"}')

    def uplink_of_a_stranger(self, number):
        self.uplink(STRANGER, self.begin + number * HOUR_MS, {"leak": True, "temperature": 4})
        self.count(NOBODY, quarantined=1)

    def uplink_of_a_sensor_of_another_gateway(self):
        self.uplink("0004a30b001c0530", self.begin, {"leak": True})
        self.count(NOBODY, quarantined=1)

    def simulated_uplink(self):
        voice = self.voices["leak-2"]
        uplink = json.loads(voice.payload(self.begin - 13_000, {"temperature": 4}))
        voice.say_bytes(messages.as_json(uplink | {"simulated": True}))
        self.count("leak-2", quarantined=1)

    def unit_that_does_not_fit(self):
        pack = messages.senml(
            "air-3:", self.begin - 15_000, [("temperature", "Cel", 4), ("humidity", "m", 4)]
        )
        self.voices["air-3"].post(pack.to_json().encode(), 204)
        self.count("air-3", stored=1, quarantined=1)

    def label_that_must_be_understood(self):
        pack = [{"n": "air-3:temperature", "u": "Cel", "v": 4, "must_": 1}]
        self.voices["air-3"].say_bytes(messages.as_json(pack))
        self.count("air-3", quarantined=1)

    def direction_that_is_none(self):
        self.voices["tram-1"].say(self.begin - 17_000, {"spd": 4, "dir": "7", "desi": None})
        self.count("tram-1", stored=1, quarantined=1)

    def death_and_rebirth(self):
        """Dead, the node says two values that nobody can name, and is asked for its births."""
        voice = self.voices["cabinet-1"]
        voice.edge.die()
        voice.say(self.begin - 19_000, voice.values(self.rng))
        self.count("cabinet-1", quarantined=len(voice.spans))
        assert voice.edge.reborn.wait(60), "was not asked for its births"
        self.plain(voice, self.begin - 21_000)

    def black_box(self):
        voice = self.voices["bus-2"]
        times = range(self.begin - DAY_MS, self.begin - DAY_MS + 40_000, 1000)
        places = [messages.wialon_place(at, 46.41, 30.71, 20) for at in times]
        box = messages.wialon_line("B", "|".join(places) + "|")
        voice.tracker.ask(box, f"#AB#{len(places)}\r\n".encode())
        self.count("bus-2", stored=len(places) * voice.known())

    def unknown_tracker(self):
        tracker = Tracker(self.ask["ports"]["teltonika"])
        tracker.ask(messages.teltonika_login("999999999999999"), b"\x00")
        tracker.close()

    def station_of_somebody_else(self):
        voice = self.voices["air-4"]
        headers = ["content-type: application/json", "X-Sensor: esp8266-87654321"]
        status = curl(voice.url, messages.airrohr("87654321", {"SDS_P1": 4}), headers, voice.login)
        assert status == 403, status
        self.count(NOBODY, quarantined=1)

    def wrong_token(self):
        voice = self.voices["meter-1"]
        login = (voice.device, "не той")
        status = curl(voice.url, voice.payload(self.begin, {}), voice.headers, login)
        assert status == 401, status


def main():
    day = Day(json.load(sys.stdin))
    day.play()
    stranger = {"device": STRANGER, "rows": STRANGER_MESSAGES, "released": STRANGER_MESSAGES}
    # `leak`, `temperature`, and `rssi` of the server.
    replayed = stranger | {"stored": 3 * STRANGER_MESSAGES}
    shelved = {"device": "air-6", "rows": 1, "released": SHELVED, "stored": 2 * SHELVED}
    json.dump({"devices": day.ledger, "stranger": replayed, "shelved": shelved}, sys.stdout)


if __name__ == "__main__":
    main()
