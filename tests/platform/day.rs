//! A day of traffic through all gateways, spoken by clients that others wrote
//! (`tests/clients/day.py`), with every kind of bad input mixed in: the balance of each device is
//! what the clients' own ledger says, on the API and in the metrics, also after a replay.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::mosquitto::Mosquitto;
use crate::platform::{DEADLINE, Platform, eventually, free_address, root};

const SEED: u64 = 20_261_122;
/// The sensor that nobody registered, as in `tests/clients/day.py`.
const STRANGER: &str = "24e124136b509999";
const PARTS: [&str; 6] =
    ["received", "stored", "corrected", "duplicate", "quarantined", "unknown_field"];
const HEAD: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                    object,gateway,external_id\n";

/// What became of a device's readings, in the order of [`PARTS`].
type Parts = [i64; 6];
type Balance = BTreeMap<String, Parts>;

fn row(id: &str, kind: &str, profile: &str, object: &str, gateway: &str, name: &str) -> String {
    let place = if kind == "vehicle" { "," } else { "46.48,30.73" };
    format!(
        "{id},odesa,{kind},{profile},Пристрій {id},{place},own:КП,КП,,2025-01-01,{object},\
         {gateway},{name}\n"
    )
}

fn devices() -> String {
    let rows = [
        row("air-1", "air", "air-post", "air-1", "", ""),
        row("air-2", "air", "air-post", "air-2", "", ""),
        row("air-3", "air", "air-post", "air-3", "", ""),
        row("air-4", "air", "air-post", "air-4", "", "esp8266-12345678"),
        row("air-5", "air", "air-post", "air-5", "", "esp8266-87654321"),
        row("air-6", "air", "air-post", "-", "", ""),
        row("meter-1", "water", "pressure-meter", "meter-1", "", ""),
        row("lora", "water", "leak-sensor", "-", "", ""),
        row("leak-1", "water", "leak-sensor", "leak-1", "lora", "24e124136b502217"),
        row("tts", "water", "leak-sensor", "-", "", ""),
        row("leak-2", "water", "leak-sensor", "leak-2", "tts", "0004a30b001c0530"),
        row("hfp", "vehicle", "gps-tracker", "-", "", ""),
        row("tram-1", "vehicle", "gps-tracker", "tram-1", "hfp", "22/854"),
        row("node", "light", "lighting-cabinet", "-", "", "odesa/node"),
        row("cabinet-1", "light", "lighting-cabinet", "cab-1", "node", "odesa/node/cabinet"),
        row("tasmota", "light", "tasmota-plug", "-", "", ""),
        row("plug-1", "light", "tasmota-plug", "cab-2", "tasmota", "plug-1"),
        row("esphome", "air", "air-post", "-", "", ""),
        row("cellar-1", "air", "air-post", "cellar-1", "esphome", "cellar-1"),
        row("zigbee", "air", "zigbee-climate", "-", "", ""),
        row("zigbee-1", "air", "zigbee-climate", "cellar", "zigbee", "підвал/датчик 1"),
        row("bus-1", "vehicle", "gps-tracker", "bus-1", "", "356307042441013"),
        row("bus-2", "vehicle", "gps-tracker", "bus-2", "", "356307042441021"),
    ];
    format!("{HEAD}{}", rows.concat())
}

/// Lets the clients speak; their ledger.
fn play(ask: &Value) -> Value {
    let python = root().join("target/clients/bin/python");
    let mut clients = Command::new(&python)
        .arg(root().join("tests/clients/day.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{}: {error}; `make clients` installs it", python.display())
        });
    let mut input = clients.stdin.take().expect("a pipe");
    input.write_all(ask.to_string().as_bytes()).expect("written");
    drop(input);
    let output = clients.wait_with_output().expect("waited for");
    assert!(output.status.success(), "the clients were not all acknowledged");
    serde_json::from_slice(&output.stdout).expect("a ledger")
}

/// The ledger as a balance: what was received is the sum of what it became.
fn expected(ledger: &Value) -> Balance {
    let devices = ledger["devices"].as_object().expect("devices");
    let parts = |counts: &Value| {
        let mut parts = PARTS.map(|part| counts[part].as_i64().unwrap_or(0));
        parts[0] = parts[1..].iter().sum();
        parts
    };
    devices.iter().map(|(device, counts)| (device.clone(), parts(counts))).collect()
}

fn of_api(platform: &Platform) -> Balance {
    let balance = platform.get("/api/v1/balance");
    let devices = balance["devices"].as_array().expect("devices").iter();
    devices
        .filter(|row| row["received"] != 0)
        .map(|row| {
            assert_eq!(row["balanced"], true, "{row}");
            (row["device"].as_str().expect("an id").to_owned(), parts(row))
        })
        .collect()
}

fn parts(tally: &Value) -> Parts {
    PARTS.map(|part| tally[part].as_i64().expect("a count"))
}

fn sum(balance: &Balance) -> Parts {
    balance
        .values()
        .fold(Parts::default(), |sum, parts| std::array::from_fn(|index| sum[index] + parts[index]))
}

/// The values of the metrics that a name makes of each part.
fn of_metrics(platform: &Platform, name: impl Fn(&str) -> String) -> Parts {
    let text = String::from_utf8(platform.bytes("/metrics")).expect("text");
    PARTS.map(|part| {
        let name = name(part);
        let line = text.lines().find_map(|line| line.strip_prefix(&name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no `{name}`")).parse().expect("a number")
    })
}

/// The same by device, for the devices of a balance.
fn of_device_metrics(platform: &Platform, balance: &Balance) -> Balance {
    let text = String::from_utf8(platform.bytes("/metrics/devices")).expect("text");
    let count = |device: &str, part: &str| {
        let name = format!("obrii_device_balance_readings{{device=\"{device}\",part=\"{part}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("no `{name}`")).parse().expect("a number")
    };
    let parts = |device: &String| (device.clone(), PARTS.map(|part| count(device, part)));
    balance.keys().map(parts).collect()
}

fn standing(platform: &Platform) -> Parts {
    of_metrics(platform, |part| format!("obrii_balance_readings{{part=\"{part}\"}}"))
}

fn arrived(platform: &Platform) -> Parts {
    of_metrics(platform, |part| format!("obrii_readings_{part}_total"))
}

/// Waits until the balance is what it has to be; a test that waits for nothing else says where it
/// differs.
fn settles(platform: &Platform, expected: &Balance) {
    let began = Instant::now();
    let mut differs = vec![];
    while began.elapsed() < DEADLINE {
        let found = of_api(platform);
        let devices: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
        let pairs = devices.into_iter().map(|id| (id, found.get(id), expected.get(id)));
        differs = pairs.filter(|(_, found, expected)| found != expected).map(show).collect();
        if differs.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(differs.is_empty(), "{PARTS:?}\n{}", differs.join("\n"));
    for (id, expected) in expected.iter().filter(|(id, _)| !id.is_empty()) {
        let device = platform.get(&format!("/api/v1/devices/{id}"));
        assert_eq!(parts(&device["tally"]), *expected, "{id}");
    }
    eventually("the metrics say the same", || standing(platform) == sum(expected));
    assert_eq!(of_device_metrics(platform, expected), *expected, "by device in the metrics");
}

/// Puts all that is kept of a device through the pipeline again.
fn replay(platform: &Platform, device: &str) -> Value {
    let choice = json!({"device": device});
    let answer = platform.ask("POST", "/api/v1/quarantine/replay", Some(&choice));
    serde_json::from_slice(&answer.expect("an answer").body).expect("JSON")
}

fn show((id, found, expected): (&String, Option<&Parts>, Option<&Parts>)) -> String {
    format!("`{id}`: {found:?}, expected {expected:?}")
}

#[test]
fn a_day_through_all_gateways_balances_for_each_device_and_so_do_the_metrics() {
    let broker = Mosquitto::start();
    let trackers = [free_address(), free_address()];
    let mut platform = Platform::prepared().with_flags(&[
        "--source",
        &format!("mqtt://127.0.0.1:{}", broker.port),
        "--teltonika",
        &trackers[0].to_string(),
        "--wialon",
        &trackers[1].to_string(),
    ]);
    let tokens = platform.import(&devices());
    platform.start();
    let ledger = play(&json!({
        "seed": SEED,
        "tokens": tokens,
        "ports": {
            "http": platform.http.port(), "mqtt": platform.mqtt.port(), "source": broker.port,
            "teltonika": trackers[0].port(), "wialon": trackers[1].port(),
        },
    }));
    let mut balance = expected(&ledger);
    settles(&platform, &balance);
    let counted = sum(&balance);
    eventually("without a restart and a replay the counters say the same", || {
        arrived(&platform) == counted
    });

    for (put_right, counted_under, line) in [
        (
            &ledger["stranger"],
            "",
            row("leak-3", "water", "leak-sensor", "leak-3", "lora", STRANGER),
        ),
        (&ledger["shelved"], "air-6", row("air-6", "air", "air-post", "air-6", "", "")),
    ] {
        platform.import(&format!("{HEAD}{line}"));
        let replayed = replay(&platform, put_right["device"].as_str().expect("a name"));
        assert_eq!(replayed["replayed"], put_right["rows"], "{replayed}");
        let [released, stored] =
            ["released", "stored"].map(|part| put_right[part].as_i64().expect("a count"));
        let before = balance.get_mut(counted_under).expect("counted as quarantined");
        for part in [0, 4] {
            before[part] -= released;
        }
        let device = line.split(',').next().expect("an id");
        let after = balance.entry(device.to_owned()).or_default();
        for part in [0, 1] {
            after[part] += stored;
        }
    }
    settles(&platform, &balance);
    assert_eq!(arrived(&platform), counted, "a replay is no arrival");

    platform.stop();
    platform.start();
    settles(&platform, &balance);
}
