//! From a sensor to the screen and to its budget line, as a community does it on the first day.

use std::process::Output;

use serde_json::{Value, json};

use crate::platform::{Platform, Sender, eventually, root};

const HEAD: &str =
    "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,object\n";

fn devices() -> String {
    format!(
        "{HEAD}\
         air-1,odesa,air,air-post,Пост «Аркадія»,46.431,30.76,odesa-city-2024/14.2,Департамент \
         екології,,2026-01-01,post-arkadia\n\
         bus-1,odesa,vehicle,gps-tracker,Борт 4021,,,odesa-city-2024/4.2.1,Перевізник А,,\
         2026-01-01,bort-4021\n\
         leak-1,rozdilna,water,leak-sensor,Колодязь 7,46.84,30.08,rozdilna-2026/3.4,КП \
         «Водоканал»,,2026-01-01,well-7\n"
    )
}

fn started() -> (Platform, std::collections::HashMap<String, String>) {
    let mut platform = Platform::prepared();
    let facts = root().join("data/programmes");
    platform.succeed(&["programme", "import", facts.to_str().expect("text")]);
    let tokens = platform.import(&devices());
    assert_eq!(tokens.len(), 3);
    platform.start();
    (platform, tokens)
}

fn publish(platform: &Platform, device: &str, token: &str, topic: &str, payload: &Value) -> Output {
    let sender = Sender { id: device, token, version: "mqttv5" };
    platform.mosquitto_pub(&sender, topic, &payload.to_string())
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("fits")
}

fn latest(platform: &Platform, object: &str, property: &str) -> Option<f64> {
    let object = platform.get(&format!("/api/v1/objects/{object}"));
    let streams = object["datastreams"].as_array().expect("datastreams").clone();
    let stream = streams.into_iter().find(|s| s["property"] == property)?;
    stream["latest"]["value"].as_f64()
}

#[test]
fn a_reading_lands_on_page_export_and_budget_line() {
    let (platform, tokens) = started();
    let topic = "obrii/v1/odesa/air/air-1/telemetry";
    let payload = json!({"ts": now_ms() - 60_000, "values": {"pm25": 12.5, "temperature": 4.2}});
    let sent = publish(&platform, "air-1", &tokens["air-1"], topic, &payload);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    eventually("the value is on the object's page", || {
        latest(&platform, "post-arkadia", "pm25") == Some(12.5)
    });

    let observations = "/api/v1/objects/post-arkadia/observations?property=pm25&format=";
    let csv = String::from_utf8(platform.bytes(&format!("{observations}csv"))).expect("text");
    assert!(csv.contains(",12.5"), "machine CSV keeps commas and dots: {csv}");
    let excel = platform.bytes(&format!("{observations}csv-excel"));
    assert!(excel.starts_with(b"\xEF\xBB\xBF"), "Excel finds its byte order mark");
    let excel = String::from_utf8(excel).expect("text");
    assert!(excel.contains("12,5"), "decimal comma: {excel}");
    let sheet = platform.bytes(&format!("{observations}xlsx"));
    assert!(sheet.starts_with(b"PK"), "an XLSX is a ZIP");

    eventually("the measure counts it", || {
        let measure = platform.get("/api/v1/programmes/odesa-city-2024/measures/14.2");
        assert!(measure["measure"]["devices"]["registered"] == 1);
        measure["capture"]["delivered"].as_u64() > Some(0)
    });
    let idle = platform.get("/api/v1/programmes/rozdilna-2026/measures/3.4");
    assert_eq!(idle["capture"]["delivered"], 0);
    assert!(idle["capture"]["expected"].as_u64() > Some(0));
}

#[test]
fn another_devices_token_is_refused_and_malformed_input_is_kept() {
    let (platform, tokens) = started();
    let topic = "obrii/v1/odesa/air/air-1/telemetry";
    let payload = json!({"values": {"pm25": 1.0}});
    let foreign = publish(&platform, "air-1", &tokens["leak-1"], topic, &payload);
    assert!(!foreign.status.success(), "another device's token opens nothing");
    // MQTT 3.1.1 has no word for "not allowed": the connection closes without a PUBACK.
    let leak = Sender { id: "leak-1", token: &tokens["leak-1"], version: "mqttv311" };
    let other = platform.mosquitto_pub(&leak, topic, &payload.to_string());
    assert!(!other.status.success(), "a foreign topic is not acknowledged");
    assert_eq!(latest(&platform, "post-arkadia", "pm25"), None);

    let sender = Sender { id: "air-1", token: &tokens["air-1"], version: "mqttv311" };
    let sent = platform.mosquitto_pub(&sender, topic, "{\"ts\":");
    assert!(sent.status.success(), "understood as unusable, so it is acknowledged");
    eventually("the malformed message is in quarantine", || {
        let rows = platform.get("/api/v1/quarantine?device=air-1");
        rows["quarantine"][0]["reason"] == "not-json"
            && rows["quarantine"][0]["payload_text"] == "{\"ts\":"
    });
    eventually("the refusals are shown", || {
        let refusals = platform.get("/api/v1/login-refusals");
        let refusals = refusals["login_refusals"].as_array().expect("a list").clone();
        refusals.iter().any(|r| r["user"] == "air-1")
    });
    eventually("the balance comes out even", || {
        let balance = platform.get("/api/v1/balance");
        assert_eq!(balance["total"]["balanced"], true, "{balance}");
        balance["total"]["quarantined"] == 1
    });
    let metrics = String::from_utf8(platform.bytes("/metrics")).expect("text");
    assert!(metrics.contains("obrii_"), "{metrics}");
}

#[test]
fn history_belongs_to_the_object_and_survives_a_swap() {
    let (mut platform, tokens) = started();
    let (before, after) = (now_ms() - 7_200_000, now_ms() - 1_000);
    let topic = |device: &str| format!("obrii/v1/odesa/air/{device}/telemetry");
    let old = json!({"ts": before, "values": {"pm25": 10.0}});
    assert!(publish(&platform, "air-1", &tokens["air-1"], &topic("air-1"), &old).status.success());

    let spare = platform.import(&format!(
        "{HEAD}air-2,odesa,air,air-post,Запасний,46.431,30.76,grant:EGAP,Департамент екології,,\
         2026-01-01,store-room\n"
    ));
    let at = domain::Timestamp(now_ms() - 3_600_000).to_string();
    let swap = json!({"old": "air-1", "new": "air-2", "at": at});
    let answer = platform.ask("POST", "/api/v1/objects/post-arkadia/replace", Some(&swap));
    let answer = answer.expect("an answer");
    assert!(answer.status < 300, "{}", answer.text());
    let new = json!({"ts": after, "values": {"pm25": 20.0}});
    eventually("the new device speaks for the object", || {
        let sent = publish(&platform, "air-2", &spare["air-2"], &topic("air-2"), &new);
        sent.status.success() && latest(&platform, "post-arkadia", "pm25") == Some(20.0)
    });
    let history = "/api/v1/objects/post-arkadia/observations?property=pm25";
    let count = |platform: &Platform| {
        let view = platform.get(history);
        view["series"][0]["observations"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count(&platform), 2, "both devices' readings are the object's history");
    platform.stop();
    platform.start();
    assert_eq!(count(&platform), 2, "and it is still there after a restart");
}
