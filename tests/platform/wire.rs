//! The wire as strangers and bad days use it: mute sockets, an external broker that comes and
//! goes, every kind of unusable input.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::mosquitto::Mosquitto;
use crate::platform::{Platform, Sender, eventually};

const CSV: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on\n\
                   air-1,odesa,air,air-post,Пост,46.43,30.76,own:місто,місто,,2026-01-01\n";
const TOPIC: &str = "obrii/v1/odesa/air/air-1/telemetry";

fn started(flags: &[&str]) -> (Platform, String) {
    let mut platform = Platform::prepared().with_flags(flags);
    let mut tokens = platform.import(CSV);
    platform.start();
    (platform, tokens.remove("air-1").expect("a token"))
}

fn stored(platform: &Platform) -> u64 {
    platform.get("/api/v1/balance")["total"]["stored"].as_u64().unwrap_or(0)
}

#[test]
fn a_thousand_mute_sockets_stop_nobody() {
    let (platform, token) = started(&[]);
    let mut mute = Vec::new();
    for i in 0..1000 {
        let mut stream = TcpStream::connect(platform.mqtt).expect("connected");
        if i % 2 == 0 {
            stream.write_all(&[0x10]).expect("one byte");
        }
        mute.push(stream);
    }
    let sender = Sender { id: "air-1", token: &token, version: "mqttv311" };
    let sent = platform.mosquitto_pub(&sender, TOPIC, &json!({"values":{"pm25":1}}).to_string());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    eventually("the reading is stored", || stored(&platform) == 1);
}

#[test]
fn every_kind_of_unusable_input_is_kept_with_its_reason() {
    let (platform, token) = started(&[]);
    let sender = Sender { id: "air-1", token: &token, version: "mqttv5" };
    let large = "x".repeat(300 * 1024);
    let inputs = [
        ("not-json", "{"),
        ("no-known-field", r#"{"values":{"nox":1}}"#),
        ("future-time", r#"{"ts":"2099-01-01T00:00:00Z","values":{"pm25":1}}"#),
        ("bad-time", r#"{"ts":"2026-11-21T10:15:00","values":{"pm25":1}}"#),
        ("too-large", large.as_str()),
    ];
    for (reason, payload) in inputs {
        // A payload of that size does not fit an argument list: it goes through standard input.
        let mut child = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &platform.mqtt.port().to_string(), "-q", "1", "-s"])
            .args(["-V", sender.version, "-i", &sender.client_id()])
            .args(["-u", sender.id, "-P", sender.token])
            .args(["-t", TOPIC])
            .stdin(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub: install mosquitto-clients");
        child.stdin.take().expect("a pipe").write_all(payload.as_bytes()).expect("written");
        assert!(child.wait().expect("waited for").success(), "{reason}: acknowledged");
        eventually(reason, || {
            let rows = platform.get(&format!("/api/v1/quarantine?reason={reason}"));
            rows["quarantine"].as_array().is_some_and(|r| r.len() == 1)
        });
    }
    let mixed = r#"[{"ts":1795256100000,"values":{"pm25":1}},{"ts":"x","values":{"pm25":2}},7]"#;
    assert!(platform.mosquitto_pub(&sender, TOPIC, mixed).status.success());
    eventually("bad elements are kept with their index", || {
        let rows = platform.get("/api/v1/quarantine?device=air-1");
        let rows = rows["quarantine"].as_array().expect("rows").clone();
        ["1", "2"].iter().all(|i| rows.iter().any(|r| r["elements"] == *i))
    });
    eventually("the balance comes out even", || {
        let total = platform.get("/api/v1/balance")["total"].clone();
        assert_eq!(total["balanced"], true, "{total}");
        total["quarantined"].as_u64() >= Some(7) && total["stored"] == 1
    });
}

/// Publishes one reading behind the broker; each value has a time of its own.
fn publish(broker: &Mosquitto, value: u32) -> bool {
    let time = 1_795_256_100_000_i64 + i64::from(value);
    let payload = json!({"ts": time, "values": {"pm25": value}});
    Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &broker.port.to_string(), "-q", "1", "-t", TOPIC])
        .args(["-m", &payload.to_string()])
        .status()
        .expect("mosquitto_pub")
        .success()
}

#[test]
fn an_external_broker_is_a_source_and_may_come_and_go() {
    let mut broker = Mosquitto::start();
    let url = format!("mqtt://127.0.0.1:{}", broker.port);
    let (platform, _) = started(&["--source", &url]);
    let mut value = 0;
    eventually("a message behind the external broker is stored", || {
        value += 1;
        assert!(publish(&broker, value));
        stored(&platform) > 0
    });
    let before = stored(&platform);
    broker.restart();
    value += 1_000;
    eventually("and again after the broker was away", || {
        value += 1;
        assert!(publish(&broker, value));
        stored(&platform) > before + 1
    });
}
