//! `obrii store snapshot`: a copy of a running platform, and of one that does not run.

use std::path::Path;

use serde_json::{Value, json};

use crate::platform::{Platform, Sender, obrii};

const CSV: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on\n\
                   air-1,odesa,air,air-post,Пост,46.43,30.76,own:місто,місто,,2026-01-01\n";
const TOPIC: &str = "obrii/v1/odesa/air/air-1/telemetry";

fn publish(platform: &Platform, token: &str, value: u32) {
    let sender = Sender { id: "air-1", token, version: "mqttv5" };
    let reading = json!({ "values": { "pm25": value, "pm10": value + 1 } });
    let sent = platform.mosquitto_pub(&sender, TOPIC, &reading.to_string());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

/// What a command says of a copied folder, in JSON.
fn ask(copy: &Path, arguments: &[&str]) -> Value {
    let output = obrii().arg("--data").arg(copy).arg("--json").args(arguments).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_copy_holds_what_was_acknowledged_before_it_and_is_a_data_folder_itself() {
    let mut platform = Platform::prepared();
    let token = platform.import(CSV).remove("air-1").expect("a token");
    platform.start();
    (1..4).for_each(|value| publish(&platform, &token, value));
    let data = platform.data();
    let folder = data.parent().expect("a folder").to_owned();
    let [running, stopped] = ["running", "stopped"].map(|name| folder.join(name));
    let snapshot = |copy: &Path| {
        let copy = copy.to_str().expect("text");
        platform.command(&["--json", "store", "snapshot", copy])
    };
    let said = snapshot(&running);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    assert_eq!(said["observations"], 6, "{said}");
    assert_eq!(snapshot(&running).status.code(), Some(64), "no folder is written over");
    publish(&platform, &token, 4);
    let checked = ask(&running, &["store", "check"]);
    assert_eq!((&checked["observations"], &checked["damaged"]), (&json!(6), &json!(0)));
    assert_eq!(ask(&running, &["device", "list"]).as_array().map(Vec::len), Some(1));

    // Nobody runs on the copy: the command opens it itself.
    let said = ask(&running, &["store", "snapshot", stopped.to_str().expect("text")]);
    assert_eq!(said["observations"], 6, "{said}");
    assert_eq!(ask(&stopped, &["store", "check"])["observations"], 6);
}
