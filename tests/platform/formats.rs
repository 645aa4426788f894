//! Foreign formats end to end: by the clients that speak them, to the pages of their objects.

use base64::Engine as _;
use serde_json::json;

use crate::platform::{Platform, Sender, eventually};

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
