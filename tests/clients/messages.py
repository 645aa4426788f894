"""What foreign devices and servers write, by their own or an independent library where there is one.

ChirpStack: its own protobuf messages. SenML: KPN's library. Teltonika: the encoders of
mgf-tele-teltonika. The Things Stack, HFP, airRohr, Tasmota, Zigbee2MQTT and Wialon have no such
library that is kept up: these are shaped here after their documentation.

Times are milliseconds since 1970.
"""

import json
import uuid
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from chirpstack_api import integration
from google.protobuf.json_format import MessageToJson
from kpn_senml import SenmlPack, SenmlRecord
from mgf.tele.teltonika import _packets as teltonika
from mgf.tele.teltonika._crc import crc16_ibm

KYIV = ZoneInfo("Europe/Kyiv")


def rfc3339(at):
    moment = datetime.fromtimestamp(at / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(value):
    return json.dumps(value, ensure_ascii=False).encode()


def native(at, values):
    return as_json({"ts": at, "values": values})


def chirpstack_up(dev_eui, at, fields):
    event = integration.UplinkEvent(
        deduplication_id=str(uuid.UUID(int=at)), f_cnt=7, f_port=85, data=b"\x01\x75\x5c"
    )
    event.time.FromMilliseconds(at)
    event.device_info.dev_eui = dev_eui
    event.device_info.application_name = "leaks"
    event.object.update(fields)
    event.rx_info.add(gateway_id="0016c001f153a14c", rssi=-96, snr=7.5)
    return MessageToJson(event, indent=None).encode()


def things_stack_up(dev_eui, at, fields):
    """The server leaves out what is 0, false or empty."""
    return as_json(
        {
            "end_device_ids": {
                "device_id": f"eui-{dev_eui}",
                "application_ids": {"application_id": "leaks"},
                "dev_eui": dev_eui.upper(),
                "dev_addr": "00BCB929",
            },
            "correlation_ids": ["gs:uplink:01HF"],
            "received_at": rfc3339(at + 300),
            "uplink_message": {
                "session_key_id": "AXA50tHRdGhy",
                "f_cnt": 42,
                "f_port": 1,
                "frm_payload": "AXVc",
                "decoded_payload": {name: value for name, value in fields.items() if value},
                "rx_metadata": [
                    {"gateway_ids": {"gateway_id": "roof"}, "time": rfc3339(at), "rssi": -71}
                ],
                "settings": {"frequency": "868300000"},
                "received_at": rfc3339(at + 100),
            },
        }
    )


def senml(base_name, at, records):
    """A pack of (name, unit, value); `to_json()` and `to_cbor()` write it."""
    pack = SenmlPack(base_name)
    pack.base_time = at / 1000
    for name, unit, value in records:
        # The library takes the base time off a record's own time, and wants that absolute.
        pack.add(SenmlRecord(name, unit=unit, value=value, time=at / 1000))
    return pack


def hfp_vp(operator, vehicle, at, fields):
    moment = {"tst": rfc3339(at), "tsi": at // 1000}
    identity = {"desi": "5", "dir": "1", "oper": operator, "veh": vehicle}
    return as_json({"VP": identity | moment | fields})


def hfp_topic(operator, vehicle):
    return (
        f"/hfp/v2/journey/ongoing/vp/tram/{operator:04}/{vehicle:05}/1005/1/Аркадія/10:15/"
        "1220109/3/46;30/47/83/26"
    )


def airrohr(chip, values):
    entries = [{"value_type": name, "value": f"{value:.2f}"} for name, value in values.items()]
    return as_json(
        {"esp8266id": chip, "software_version": "NRZ-2024-135", "sensordatavalues": entries}
    )


def tasmota_sensor(at, energy):
    """Tasmota says the local time, and not which one."""
    local = datetime.fromtimestamp(at / 1000, KYIV)
    return as_json({"Time": local.strftime("%Y-%m-%dT%H:%M:%S"), "ENERGY": energy})


def is_said_twice(at):
    """Is it in the hour in which the clocks go back?"""
    local = datetime.fromtimestamp(at / 1000, KYIV)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def zigbee2mqtt(at, state):
    return as_json({**state, "linkquality": 120, "last_seen": at})


def teltonika_login(imei):
    return teltonika.handshake_bytes(imei)


def teltonika_frame(records):
    """A frame of Codec 8 Extended; a record: time, latitude, longitude, km/h, inputs of 1 byte."""
    made = [
        teltonika.build_codec8e_record(
            ts_ms=at,
            lat_raw=round(lat * 1e7),
            lon_raw=round(lon * 1e7),
            angle=184,
            satellites=9,
            speed=speed,
            inputs_1b=inputs,
        )
        for at, lat, lon, speed, inputs in records
    ]
    return teltonika.wrap_codec8e_envelope(made)


def wialon_line(kind, body):
    """A line of version 2.0 with its checksum."""
    return f"#{kind}#{body}{crc16_ibm(body.encode()):04X}\r\n".encode()


def wialon_place(at, lat, lon, speed):
    moment = datetime.fromtimestamp(at / 1000, timezone.utc)
    return ";".join(
        [
            moment.strftime("%d%m%y;%H%M%S"),
            f"{int(lat):02}{lat % 1 * 60:07.4f};N",
            f"{int(lon):03}{lon % 1 * 60:07.4f};E",
            f"{speed};184;40;9;",
        ]
    )
