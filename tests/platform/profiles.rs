//! Profiles by edition: a meter says more than its profile knows, the message is tried on the test
//! bench, a person makes the next edition, and what was kept counts. All beside a running platform.

use serde_json::{Value, json};

use crate::platform::{Platform, Sender, eventually, root};

const HEAD: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                    object,gateway\n";

fn post(platform: &Platform, path: &str, body: &Value) -> Value {
    let answer = platform.ask("POST", path, Some(body)).expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn illuminance(platform: &Platform) -> Value {
    let object = platform.get("/api/v1/objects/plug-7");
    let streams = object["datastreams"].as_array().expect("datastreams");
    let stream = streams.iter().find(|stream| stream["property"] == "illuminance");
    stream.map_or(Value::Null, |stream| stream["latest"]["value"].clone())
}

#[test]
fn what_a_profile_did_not_know_counts_after_its_next_edition() {
    let mut platform = Platform::prepared();
    let tokens = platform.import(&format!(
        "{HEAD}bridge,odesa,light,tasmota-plug,Шлюз,46.47,30.73,own:КП,КП,,2026-01-01,-,\n\
         plug-7,odesa,light,tasmota-plug,Лічильник 7,46.47,30.73,own:КП,КП,,2026-01-01,,bridge\n"
    ));
    platform.start();
    let bridge = Sender { id: "bridge", token: &tokens["bridge"], version: "mqttv311" };
    let payload = r#"{"LIGHT":{"Lux":412}}"#;
    assert!(platform.mosquitto_pub(&bridge, "tele/plug-7/SENSOR", payload).status.success());
    let kept = platform.get("/api/v1/quarantine?reason=no-known-field")["quarantine"][0].clone();
    assert_eq!(kept["profile"], "tasmota-plug");

    let shipped = root().join("store/profiles/tasmota-plug.toml");
    let shipped = std::fs::read_to_string(shipped).expect("a shipped profile");
    let lux = "    { name = \"illuminance\", pointer = \"/LIGHT/Lux\", unit = \"lx\" },\n]";
    let changed = shipped.trim_end().strip_suffix(']').expect("a list").to_owned() + lux + "\n";
    let tried = |text: &str| {
        let body = json!({"draft": {"text": text}, "quarantine": kept["id"]});
        post(&platform, "/api/v1/test-bench", &body)["trial"].clone()
    };
    let before = tried(&shipped);
    assert_eq!(before["unusable"][0]["reason"], "no-known-field");
    assert_eq!(before["readings"][0]["unknown"][0]["name"], "/LIGHT/Lux");
    let after = tried(&changed);
    assert_eq!((&after["unusable"], &after["readings"][0]["unknown"]), (&json!([]), &json!([])));
    assert_eq!(after["readings"][0]["values"][0]["value"], 412.0);
    assert_eq!(illuminance(&platform), Value::Null, "the bench stores nothing");

    let file = platform.file("plug.toml", &changed);
    let file = file.to_str().expect("text");
    platform.succeed(&["profile", "check", file]);
    let import = ["profile", "import", file, "--author", "О. Шевчук", "--remark", "датчик світла"];
    platform.succeed(&import);
    eventually("the running platform follows the new edition", || {
        let object = platform.get("/api/v1/objects/plug-7");
        let streams = object["datastreams"].as_array().expect("datastreams").clone();
        streams.iter().any(|stream| stream["property"] == "illuminance")
    });
    let done = post(&platform, "/api/v1/quarantine/replay", &json!({"ids": [kept["id"]]}));
    assert_eq!((&done["replayed"], &done["left"]), (&json!(1), &json!(0)), "{done}");
    eventually("the value is on the page", || illuminance(&platform) == 412.0);
    let detail = platform.get("/api/v1/profiles/tasmota-plug");
    assert_eq!(detail["editions"][0]["remark"], "датчик світла");
    assert_eq!(detail["editions"][1]["origin"], "shipped");

    let poorer = platform.file("poorer.toml", &changed.replace(lux, "]"));
    let poorer = poorer.to_str().expect("text");
    let refused = platform.command(&[&import[..2], &[poorer], &import[3..]].concat());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(65), "{told}");
    assert!(told.contains("property `illuminance` is reported by 2 devices"), "{told}");
    platform.succeed(&[&import[..2], &[poorer], &import[3..], &["--drop", "illuminance"]].concat());
    let shown = platform.succeed(&["profile", "show", "tasmota-plug", "--edition", "2"]);
    assert_eq!(shown, changed);
    assert_eq!(illuminance(&platform), 412.0, "what is stored stays");
}
