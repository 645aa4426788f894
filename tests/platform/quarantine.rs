//! `obrii quarantine` as a person types it, while a platform runs on the folder and while none does.

use serde_json::{Value, json};

use crate::platform::{Platform, Sender};

const HEAD: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                    object,gateway,external_id\n";

fn told(platform: &Platform, arguments: &[&str]) -> Value {
    let mut all = vec!["--json", "quarantine"];
    all.extend(arguments);
    serde_json::from_str(&platform.succeed(&all)).expect("JSON")
}

fn register(platform: &Platform, id: &str, eui: &str) {
    let papers = "rozdilna,water,leak-sensor,Датчик,46.84,30.08,own:КП,КП,,2026-01-01";
    platform.import(&format!("{HEAD}{id},{papers},{id},lora,{eui}\n"));
}

#[test]
fn the_work_list_is_worked_on_with_and_without_a_platform() {
    let mut platform = Platform::prepared();
    let server = "lora,rozdilna,water,leak-sensor,Сервер,,,own:КП,КП,,2026-01-01,-,,";
    let tokens = platform.import(&format!("{HEAD}{server}\n"));
    register(&platform, "leak-0", "0004a30b001c0530");
    platform.start();
    let server = Sender { id: "lora", token: &tokens["lora"], version: "mqttv5" };
    for eui in ["a1", "b2"] {
        let topic = format!("application/1/device/{eui}/event/up");
        for payload in [r#"{"object":{"battery_level":92}}"#, "{"] {
            assert!(platform.mosquitto_pub(&server, &topic, payload).status.success());
        }
    }
    let listed = told(&platform, &["list", "--device", "a1"]);
    assert_eq!(listed.as_array().expect("rows").len(), 2, "{listed}");
    assert_eq!(
        (&listed[0]["reason"], &listed[0]["speaker"]),
        (&json!("unknown-device"), &json!("lora"))
    );
    let number = listed[0]["id"].to_string();
    assert_eq!(told(&platform, &["show", &number])["payload_hex"], "7b");
    assert!(platform.succeed(&["quarantine", "show", &number]).contains("0000  7b"));

    // The platform has the series open and does it.
    register(&platform, "leak-1", "a1");
    let done = told(&platform, &["replay", "--device", "a1"]);
    assert_eq!(
        (&done["replayed"], &done["unusable"][0]["reason"]),
        (&json!(1), &json!("not-json"))
    );
    let object = platform.get("/api/v1/objects/leak-1");
    let streams = object["datastreams"].as_array().expect("datastreams").clone();
    let battery = streams.iter().find(|one| one["property"] == "battery_level").expect("there");
    assert_eq!(battery["latest"]["value"], 92.0);

    // Nobody has it open, so the command does.
    platform.stop();
    register(&platform, "leak-2", "b2");
    let done = told(&platform, &["replay", "--all"]);
    assert_eq!(done["replayed"], 1, "{done}");
    assert_eq!(done["unusable"].as_array().expect("rows").len(), 2, "{done}");
    let discard = ["discard", "--reason", "not-json", "--remark", "обірвані пакети"];
    assert_eq!(told(&platform, &discard)["discarded"], 2);
    assert_eq!(told(&platform, &["list"]), json!([]));
    let discarded = told(&platform, &["list", "--state", "discarded"]);
    assert_eq!(discarded.as_array().expect("rows").len(), 2, "{discarded}");
    assert_eq!(discarded[0]["remark"], "обірвані пакети");
    let number = discarded[0]["id"].to_string();
    assert_eq!(told(&platform, &["show", &number])["state"], "discarded");
    assert!(platform.succeed(&["quarantine", "show", &number]).contains(": обірвані пакети"));
    let replayed = told(&platform, &["list", "--state", "replayed"]);
    assert_eq!(replayed.as_array().expect("rows").len(), 2, "{replayed}");
    assert_eq!(told(&platform, &["replay", &number])["replayed"], 0);
    for wrong in [
        vec!["quarantine", "replay"],
        vec!["quarantine", "discard", "--all", "--remark", " "],
        vec!["quarantine", "list", "--reason", "none"],
        vec!["quarantine", "list", "--state", "gone"],
        vec!["quarantine", "replay", "--all", "--device", "a1"],
    ] {
        assert_eq!(platform.command(&wrong).status.code(), Some(64), "{wrong:?}");
    }
    platform.start();
    let balance = platform.get("/api/v1/balance")["total"].clone();
    assert_eq!((&balance["balanced"], &balance["stored"]), (&json!(true), &json!(2)), "{balance}");
}
