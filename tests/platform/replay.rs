//! Quarantine as a work list, from outside: a sensor that nobody registered is found, registered,
//! and what it sent before counts.

use serde_json::{Value, json};

use crate::platform::{Platform, Sender, eventually};

const HEAD: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                    object,gateway,external_id\n";
const EUI: &str = "24e124136b502217";

fn work(platform: &Platform, what: &str, body: &Value) -> Value {
    let path = format!("/api/v1/quarantine/{what}");
    let answer = platform.ask("POST", &path, Some(body)).expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn total(platform: &Platform) -> Value {
    platform.get("/api/v1/balance")["total"].clone()
}

#[test]
fn what_an_unknown_sensor_sent_counts_once_it_is_registered() {
    let mut platform = Platform::prepared();
    let tokens = platform.import(&format!(
        "{HEAD}lora,rozdilna,water,leak-sensor,Сервер,46.84,30.08,own:КП,КП,,2026-01-01,-,,\n\
         leak-0,rozdilna,water,leak-sensor,Колодязь 6,46.84,30.09,own:КП,КП,,2026-01-01,well-6,\
         lora,0004a30b001c0530\n"
    ));
    platform.start();
    let server = Sender { id: "lora", token: &tokens["lora"], version: "mqttv5" };
    let topic = format!("application/1/device/{EUI}/event/up");
    let uplink = json!({
        "deviceInfo": {"devEui": EUI},
        "object": {"leak": true, "battery_level": 92},
    });
    for payload in [uplink.to_string(), "{".to_owned()] {
        assert!(platform.mosquitto_pub(&server, &topic, &payload).status.success());
    }
    let unknown = json!({"reason": "unknown-device", "device": EUI});
    let too_early = work(&platform, "replay", &unknown);
    assert_eq!((&too_early["replayed"], &too_early["left"]), (&json!(0), &json!(0)));
    assert_eq!(too_early["unusable"][1]["reason"], "unknown-device");

    platform.import(&format!(
        "{HEAD}leak-1,rozdilna,water,leak-sensor,Колодязь 7,46.84,30.08,own:КП,КП,,2026-01-01,\
         well-7,lora,{EUI}\n"
    ));
    let done = work(&platform, "replay", &unknown);
    assert_eq!(done["replayed"], 1);
    assert_eq!(done["unusable"][0]["reason"], "not-json");
    eventually("the value is on the page of the well", || {
        let object = platform.get("/api/v1/objects/well-7");
        let streams = object["datastreams"].as_array().expect("datastreams");
        let battery = streams.iter().find(|s| s["property"] == "battery_level");
        battery.expect("a battery")["latest"]["value"] == 92.0
    });
    eventually("the balance counts what the messages became", || {
        let total = total(&platform);
        assert_eq!(total["balanced"], true, "{total}");
        total["stored"] == 2 && total["quarantined"] == 1 && total["received"] == 3
    });

    let broken = json!({"ids": [done["unusable"][0]["id"]], "remark": "обірваний пакет"});
    assert_eq!(work(&platform, "discard", &broken)["discarded"], 1);
    assert_eq!(work(&platform, "replay", &unknown)["replayed"], 0);
    platform.stop();
    platform.start();
    assert_eq!(platform.get("/api/v1/quarantine")["quarantine"], json!([]));
    let total = total(&platform);
    assert_eq!((&total["stored"], &total["quarantined"]), (&json!(2), &json!(1)));
}
