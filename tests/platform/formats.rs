//! Foreign formats end to end: by the clients that speak them, to the pages of their objects.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use serde_json::json;

use crate::platform::{DEADLINE, Platform, Sender, eventually, free_address};

const HEAD: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                    object,gateway,external_id\n";
const EUI: &str = "24e124136b502217";

fn started() -> (Platform, std::collections::HashMap<String, String>) {
    let mut platform = Platform::prepared();
    let tokens = platform.import(&format!(
        "{HEAD}\
         lora,rozdilna,water,leak-sensor,Сервер LoRaWAN,46.84,30.08,own:КП,КП,,2026-01-01,-,,\n\
         leak-1,rozdilna,water,leak-sensor,Колодязь 7,46.84,30.08,own:КП,КП,,2026-01-01,well-7,\
         lora,{EUI}\n\
         leak-2,rozdilna,water,leak-sensor,Колодязь 8,46.84,30.09,own:КП,КП,,2026-01-01,well-8,\
         ,0004a30b001c0530\n\
         station,odesa,air,air-post,Станція,46.43,30.76,own:місто,місто,,2026-01-01,post-1,,\
         esp8266-12345678\n"
    ));
    platform.start();
    (platform, tokens)
}

/// CRC-16/ARC, bit by bit.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| (crc >> 1) ^ (0xA001 * (crc & 1)))
    })
}

/// A frame of Codec 8 with one record: a bus at the Potemkin Stairs, 36 km/h, ignition on.
fn frame(time_ms: u64) -> Vec<u8> {
    let record = [
        &time_ms.to_be_bytes()[..],
        &[1],
        &307_233_000_i32.to_be_bytes(),
        &464_825_000_i32.to_be_bytes(),
        &[0, 40, 0, 184, 9, 0, 36],
        &[0, 1, 1, 239, 1, 0, 0, 0],
    ]
    .concat();
    let data = [&[0x08, 1][..], &record, &[1]].concat();
    let length = u32::try_from(data.len()).expect("short").to_be_bytes();
    [&[0; 4][..], &length, &data, &[0, 0], &checksum(&data).to_be_bytes()].concat()
}

fn latest(platform: &Platform, object: &str, property: &str) -> Option<f64> {
    let object = platform.get(&format!("/api/v1/objects/{object}"));
    let streams = object["datastreams"].as_array().expect("datastreams").clone();
    let stream = streams.into_iter().find(|s| s["property"] == property)?;
    stream["latest"]["value"].as_f64()
}

#[test]
fn an_uplink_of_chirpstack_lands_on_the_page_of_the_well() {
    let (platform, tokens) = started();
    let uplink = json!({
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "deviceInfo": {"devEui": EUI, "deviceName": "well-7", "tags": {}},
        "fCnt": 0, "fPort": 85, "data": "AXVc",
        "object": {"leak": true, "battery_level": 92, "temperature": 0},
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -96}],
    });
    let server = Sender { id: "lora", token: &tokens["lora"], version: "mqttv311" };
    let topic = |eui: &str| format!("application/1/device/{eui}/event/up");
    let sent = platform.mosquitto_pub(&server, &topic(EUI), &uplink.to_string());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    for (property, value) in
        [("leak", 1.0), ("battery_level", 92.0), ("temperature", 0.0), ("rssi", -96.0)]
    {
        eventually(property, || latest(&platform, "well-7", property) == Some(value));
    }
    let not_bound =
        platform.mosquitto_pub(&server, &topic("0004a30b001c0530"), &uplink.to_string());
    assert!(not_bound.status.success(), "kept, so it is acknowledged");
    eventually("what is not the gateway's is kept as not-bound", || {
        let rows = platform.get("/api/v1/quarantine?reason=not-bound");
        rows["quarantine"].as_array().is_some_and(|rows| rows.len() == 1)
    });
    assert_eq!(latest(&platform, "well-8", "leak"), None);
}

#[test]
fn an_airrohr_station_is_answered_after_its_values_are_on_disk() {
    let (platform, tokens) = started();
    let body = json!({"esp8266id": "12345678", "software_version": "NRZ-2024-135",
    "sensordatavalues": [
        {"value_type": "SDS_P1", "value": "12.34"},
        {"value_type": "SDS_P2", "value": "5.67"},
        {"value_type": "BME280_pressure", "value": "100912.00"},
    ]});
    let send = |token: &str| {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("station:{token}"));
        let head = format!(
            "POST /ingest/v1/airrohr HTTP/1.0\r\nhost: localhost\r\n\
             user-agent: NRZ-2024-135/12345678/a1b2c3d4e5f6\r\nX-Sensor: esp8266-12345678\r\n\
             authorization: Basic {pair}"
        );
        platform.send(&head, &body.to_string()).expect("an answer").status
    };
    assert_eq!(send("wrong"), 401);
    assert_eq!(send(&tokens["station"]), 204);
    for (property, value) in [("pm10", 12.34), ("pm25", 5.67), ("pressure", 1009.12)] {
        eventually(property, || latest(&platform, "post-1", property) == Some(value));
    }
    eventually("the balance comes out even", || {
        let total = platform.get("/api/v1/balance")["total"].clone();
        assert_eq!(total["balanced"], true, "{total}");
        total["stored"] == 3
    });
}

#[test]
fn a_teltonika_tracker_is_counted_after_its_record_is_on_the_page() {
    let port = free_address();
    let mut platform = Platform::prepared().with_flags(&["--teltonika", &port.to_string()]);
    platform.import(&format!(
        "{HEAD}bus-1,odesa,vehicle,gps-tracker,Борт 4021,,,own:А,А,,2026-01-01,bort-4021,,\
         356307042441013\n"
    ));
    platform.start();
    let connect = || {
        let stream = TcpStream::connect(port).expect("connected");
        stream.set_read_timeout(Some(DEADLINE)).expect("set");
        stream
    };
    let mut unknown = connect();
    unknown.write_all(b"\x00\x0f999999999999999").expect("sent");
    let mut answer = Vec::new();
    unknown.read_to_end(&mut answer).expect("closed");
    assert_eq!(answer, [0], "an unknown IMEI is refused");
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now_ms = u64::try_from(since.expect("after 1970").as_millis()).expect("fits");
    let mut tracker = connect();
    let hello = [&b"\x00\x0f356307042441013"[..], &frame(now_ms - 1_000)].concat();
    tracker.write_all(&hello).expect("sent");
    let mut answer = [0; 5];
    tracker.read_exact(&mut answer).expect("answered");
    assert_eq!(answer, [1, 0, 0, 0, 1]);
    for (property, value) in [("speed", 10.0), ("bearing", 184.0), ("ignition", 1.0)] {
        eventually(property, || latest(&platform, "bort-4021", property) == Some(value));
    }
    eventually("the refused login is shown", || {
        let refusals = platform.get("/api/v1/login-refusals");
        let refusals = refusals["login_refusals"].as_array().expect("a list").clone();
        refusals.iter().any(|r| r["user"] == "999999999999999")
    });
}
