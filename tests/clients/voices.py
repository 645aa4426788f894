"""One device a format, as the day hears it: how it says a reading, and what of it counts.

`own` are the known values that the format adds by itself, `noise` the unknown ones.
"""

import messages
from sparkplug import Edge
from ways import Paho, Tracker, curl

HOUR_MS = 3_600_000


class Voice:
    own = 0
    noise = 0
    has_time = True

    def __init__(self, device):
        self.device = device

    def values(self, rng):
        return {name: round(rng.uniform(*span), 1) for name, span in self.spans.items()}

    def known(self):
        return len(self.spans) + self.own

    def held(self, at):
        """How many of the known values say what held already, before anything is repeated."""
        return 0

    def close(self):
        pass


class OverMqtt(Voice):
    """By paho: MQTT 5, QoS 1, each message acknowledged."""

    def __init__(self, device, connection, topic):
        super().__init__(device)
        self.connection = connection
        self.topic = topic

    def say(self, at, values, extra=None):
        self.connection.publish(self.topic, self.payload(at, values | (extra or {})))

    def say_bytes(self, payload):
        self.connection.publish(self.topic, payload)

    def close(self):
        self.connection.close()


class Native(OverMqtt):
    spans = {"pm25": (1, 80), "pm10": (1, 120), "temperature": (-15, 30)}
    payload = staticmethod(messages.native)


class Chirpstack(OverMqtt):
    spans = {"temperature": (1, 20), "battery_level": (20, 100)}
    own = 1  # rssi

    def payload(self, at, values):
        return messages.chirpstack_up(self.topic.split("/")[3], at, values)


class ThingsStack(OverMqtt):
    spans = {"temperature": (1, 20), "battery_level": (20, 100)}
    own = 1  # rssi

    def payload(self, at, values):
        return messages.things_stack_up(self.topic.split("-")[-1].split("/")[0], at, values)


class Hfp(OverMqtt):
    spans = {"spd": (0, 15), "hdg": (0, 359), "odo": (0, 20_000)}
    own = 2  # line and direction
    first = None

    def held(self, at):
        """Texts are kept as steps: all but the earliest line and direction were known."""
        is_earliest = self.first is None or at < self.first
        self.first = at if is_earliest else self.first
        return 0 if is_earliest else self.own

    def payload(self, at, values):
        return messages.hfp_vp(22, 854, at, values)


class Tasmota(OverMqtt):
    spans = {"Power": (1, 900), "Voltage": (210, 240)}

    def payload(self, at, values):
        # The hour that the clocks say twice is said by nobody here.
        if messages.is_said_twice(at):
            at += 2 * HOUR_MS + 420_000
        return messages.tasmota_sensor(at, values)


class Zigbee(OverMqtt):
    spans = {"temperature": (1, 20), "humidity": (20, 90)}
    noise = 1  # linkquality
    payload = staticmethod(messages.zigbee2mqtt)


class EspHome(OverMqtt):
    """Each sensor has a topic of its own, and says no time."""

    spans = {"temperature": (1, 20), "humidity": (20, 90)}
    has_time = False

    def say(self, at, values, extra=None):
        for sensor, value in values.items():
            self.connection.publish(f"{self.topic}/sensor/{sensor}/state", str(value).encode())


class Sparkplug(Voice):
    """Without acknowledgement: QoS 0 by the specification."""

    spans = {"voltage_l1": (210, 240), "power": (100, 9000)}

    def __init__(self, device, port, user, token):
        super().__init__(device)
        names = [*self.spans, "extra"]
        self.edge = Edge(port, user, token, "odesa", "node", "cabinet", names)

    def say(self, at, values, extra=None):
        self.edge.update(at, values | (extra or {}))

    def say_bytes(self, payload):
        self.edge.say_bytes(payload)

    def close(self):
        self.edge.close()


class OverHttp(Voice):
    def __init__(self, device, port, token, headers=()):
        super().__init__(device)
        self.url = f"http://127.0.0.1:{port}/ingest/v1/{self.path}"
        self.login = (device, token)
        self.headers = [f"content-type: {self.content}", *headers]

    def post(self, payload, expected):
        status = curl(self.url, payload, self.headers, self.login)
        assert status == expected, f"{self.device}: answered {status}, not {expected}"

    def say(self, at, values, extra=None):
        self.post(self.payload(at, values | (extra or {})), 204)

    def say_bytes(self, payload):
        self.post(payload, 400)


class Telemetry(OverHttp):
    path, content = "telemetry", "application/json"
    spans = {"pressure_water": (1, 6), "temperature": (1, 20)}
    payload = staticmethod(messages.native)


class Senml(OverHttp):
    path, content = "senml", "application/senml+json"
    spans = {"temperature": (-15, 30), "humidity": (20, 90)}
    units = {"temperature": "Cel", "humidity": "%RH"}

    def payload(self, at, values):
        records = [(name, self.units.get(name), value) for name, value in values.items()]
        return messages.senml(f"{self.device}:", at, records).to_json().encode()


class Airrohr(OverHttp):
    path, content = "airrohr", "application/json"
    spans = {"SDS_P1": (1, 120), "SDS_P2": (1, 80)}
    has_time = False

    def payload(self, at, values):
        return messages.airrohr("12345678", values)


class Teltonika(Voice):
    spans = {"lat": (46.4, 46.5), "lon": (30.7, 30.8), "speed": (0, 60)}
    own = 3  # bearing, satellites, ignition

    def __init__(self, device, port, imei):
        super().__init__(device)
        self.port, self.imei = port, imei
        self.log_in()

    def log_in(self):
        self.tracker = Tracker(self.port)
        self.tracker.ask(messages.teltonika_login(self.imei), b"\x01")

    def say(self, at, values, extra=None):
        inputs = {239: 1} | ({21: 3} if extra else {})
        record = (at, values["lat"], values["lon"], int(values["speed"]), inputs)
        self.tracker.ask(messages.teltonika_frame([record]), b"\x00\x00\x00\x01")

    def say_bytes(self, _):
        """A frame with a wrong checksum: answered with 0, and the connection is over."""
        frame = messages.teltonika_frame([(1, 46.4, 30.7, 0, {})])
        self.tracker.ask(frame[:-1] + bytes([frame[-1] ^ 1]), b"\x00\x00\x00\x00")
        self.tracker.close()
        self.log_in()

    def close(self):
        self.tracker.close()


class Wialon(Voice):
    spans = {"lat": (46.4, 46.5), "lon": (30.7, 30.8), "speed": (0, 60)}
    own = 2  # bearing, satellites

    def __init__(self, device, port, imei, token):
        super().__init__(device)
        self.tracker = Tracker(port)
        self.tracker.ask(messages.wialon_line("L", f"2.0;{imei};{token};"), b"#AL#1\r\n")

    def say(self, at, values, extra=None):
        place = messages.wialon_place(at, values["lat"], values["lon"], values["speed"])
        if extra:
            line = messages.wialon_line("D", f"{place}NA;NA;NA;;NA;extra:1:5;")
            self.tracker.ask(line, b"#AD#1\r\n")
        else:
            self.tracker.ask(messages.wialon_line("SD", place), b"#ASD#1\r\n")

    def say_bytes(self, _):
        place = messages.wialon_place(0, 46.4, 30.7, 0)
        self.tracker.ask(f"#SD#{place}0000\r\n".encode(), b"#ASD#13\r\n")

    def close(self):
        self.tracker.close()


def all_of(ask):
    """The devices of the day; `ask` has their tokens and the ports."""
    tokens, ports = ask["tokens"], ask["ports"]

    def paho(user, port=ports["mqtt"]):
        return Paho(port, user, tokens[user])

    def http(kind, device, *headers):
        return kind(device, ports["http"], tokens[device], headers)

    return {
        voice.device: voice
        for voice in [
            Native("air-1", paho("air-1"), "obrii/v1/odesa/air/air-1/telemetry"),
            Native(
                "air-2", paho("air-2", ports["source"]), "obrii/v1/odesa/air/air-2/telemetry"
            ),
            http(Telemetry, "meter-1"),
            http(Senml, "air-3"),
            http(Airrohr, "air-4", "X-Sensor: esp8266-12345678"),
            Chirpstack("leak-1", paho("lora"), "application/1/device/24e124136b502217/event/up"),
            ThingsStack("leak-2", paho("tts"), "v3/leaks@ttn/devices/eui-0004a30b001c0530/up"),
            Hfp("tram-1", paho("hfp"), messages.hfp_topic(22, 854)),
            Sparkplug("cabinet-1", ports["mqtt"], "node", tokens["node"]),
            Tasmota("plug-1", paho("tasmota"), "tele/plug-1/SENSOR"),
            Zigbee("zigbee-1", paho("zigbee"), "zigbee2mqtt/підвал/датчик 1"),
            EspHome("cellar-1", paho("esphome"), "cellar-1"),
            Teltonika("bus-1", ports["teltonika"], "356307042441013"),
            Wialon("bus-2", ports["wialon"], "356307042441021", tokens["bus-2"]),
        ]
    }
