//! A month of a real recording, replayed through MQTT, against a direct computation from its file.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use domain::Timestamp;
use domain::calendar::{Calendar, Date};

use crate::platform::{Platform, eventually, root};

/// March 2003: a civil day of 23 hours in Kyiv is among its days.
const FROM: &str = "2003-02-28T22:00:00Z";
const UNTIL: &str = "2003-03-31T21:00:00Z";
/// ppb → µg/m³ at 20 °C and 101.3 kPa, as the profile states them; dust stays as it is.
const FACTORS: [(&str, f64); 5] =
    [("pm10", 1.0), ("pm25", 1.0), ("no2", 1.913), ("o3", 1.995), ("so2", 2.663)];

fn recording() -> Option<PathBuf> {
    let path = root().join("../shared/data/real/air/openair_mydata");
    path.exists().then_some(path)
}

/// Sum and count of each property and civil day, straight from the file.
fn computed(folder: &std::path::Path) -> HashMap<&'static str, BTreeMap<Date, (f64, u64)>> {
    let (from, until): (Timestamp, Timestamp) =
        (FROM.parse().expect("a time"), UNTIL.parse().expect("a time"));
    let file = folder.join("mydata_marylebone_1998_2005_hourly.csv");
    let mut reader = csv::Reader::from_path(file).expect("the recording");
    let head = reader.headers().expect("a head").clone();
    let mut days: HashMap<&'static str, BTreeMap<Date, (f64, u64)>> = HashMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let time: Timestamp = row[0].parse().expect("a time");
        if time < from || time >= until {
            continue;
        }
        for (name, factor) in FACTORS {
            let column = head.iter().position(|h| h == name).expect("a column");
            let Ok(value) = row[column].parse::<f64>() else { continue };
            let day = Calendar::Civil.date(time);
            let sum = days.entry(name).or_default().entry(day).or_default();
            *sum = (sum.0 + value * factor, sum.1 + 1);
        }
    }
    days
}

#[test]
fn daily_means_of_a_replayed_month_are_those_of_its_file() {
    let Some(folder) = recording() else {
        println!("the recording is not beside the project; nothing to compare with");
        return;
    };
    let folder = folder.to_str().expect("text").to_owned();
    let mut platform = Platform::prepared();
    let devices = platform.file("recording.csv", "");
    let path = devices.to_str().expect("text");
    platform.succeed(&["replay", "openair-mydata", &folder, "--devices", path]);
    let tokens = platform.import(&std::fs::read_to_string(&devices).expect("the devices"));
    let (device, token) = tokens.iter().next().expect("one device");
    let tokens = platform.file("replay.csv", &format!("id,token\n{device},{token}\n"));
    platform.start();
    platform.succeed(&[
        "replay",
        "openair-mydata",
        &folder,
        "--broker",
        &platform.mqtt.to_string(),
        "--tokens",
        tokens.to_str().expect("text"),
        "--speed",
        "inf",
        "--from",
        FROM,
        "--until",
        UNTIL,
    ]);
    let expected = computed(folder.as_ref());
    let count: u64 = expected.values().flat_map(BTreeMap::values).map(|(_, n)| n).sum();
    eventually("everything replayed is stored", || {
        let balance = platform.get("/api/v1/balance");
        let total = &balance["total"];
        assert_eq!(total["balanced"], true, "{balance}");
        // `nox` is no field of the profile: counted, never stored.
        total["stored"].as_u64() >= Some(count) && total["unknown_field"].as_u64() > Some(0)
    });
    for (name, days) in expected {
        let view = platform.get(&format!(
            "/api/v1/devices/{device}/observations?property={name}&from={FROM}&to={UNTIL}\
             &bucket=day&calendar=civil"
        ));
        let buckets = view["series"][0]["buckets"].as_array().expect("buckets").clone();
        let filled: Vec<_> = buckets.iter().filter(|b| b["count"].as_u64() > Some(0)).collect();
        assert_eq!(filled.len(), days.len(), "{name}");
        for (bucket, (day, (sum, count))) in filled.iter().zip(days) {
            let begin: Timestamp =
                bucket["begin"].as_str().expect("a time").parse().expect("a time");
            assert_eq!(Calendar::Civil.date(begin), day, "{name}");
            assert_eq!(bucket["count"], count, "{name} on {day}");
            let (is, should) = (bucket["mean"].as_f64().expect("a mean"), sum / count as f64);
            let difference = ((is - should) / should).abs();
            assert!(difference <= 1e-9, "{name} on {day}: {is} against {should}");
        }
    }
}
