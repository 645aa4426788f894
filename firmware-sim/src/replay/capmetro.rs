//! `austin-capmetro`: positions of a whole fleet, one packed CSV file a day
//! (`vehicle_positions_<day>.csv.gz`), about one fix in two minutes and vehicle, time stamps with
//! their offset. Rows that the recording repeats are repeated here, too.

use std::collections::BTreeMap;
use std::path::Path;

use domain::profile::Kind;
use domain::{DeviceId, Timestamp};
use serde::Deserialize;

use super::{BadRecording, RecordedDevice, Recording, files, text};
use crate::behaviour::Value;
use crate::wire::{Clock, Record};

/// Before the fleet number in the ids of the vehicles.
const PREFIX: &str = "capmetro-";

#[derive(Deserialize)]
struct Fix {
    vehicle_id: String,
    timestamp: String,
    speed: Option<f64>,
    route_id: String,
    trip_id: String,
    latitude: f64,
    longitude: f64,
}

pub(super) fn read(path: &Path) -> Result<Recording, BadRecording> {
    let mut fleet: BTreeMap<DeviceId, Vec<Record>> = BTreeMap::new();
    for file in files(path, "vehicle_positions", &[".csv", ".csv.gz"])? {
        let bad = |line: usize, found: String, expected: &'static str| BadRecording::Content {
            file: file.clone(),
            place: format!("line {line}"),
            found,
            expected,
        };
        let text = text(&file)?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for (line, row) in (2..).zip(reader.deserialize::<Fix>()) {
            let fix = row.map_err(|error| bad(line, error.to_string(), "vehicle position"))?;
            let at: Timestamp = fix
                .timestamp
                .parse()
                .map_err(|_| bad(line, fix.timestamp.clone(), "time with an offset"))?;
            let id: DeviceId = format!("{PREFIX}{}", fix.vehicle_id)
                .parse()
                .map_err(|_| bad(line, fix.vehicle_id.clone(), "vehicle number"))?;
            fleet.entry(id).or_default().push(record(at, fix));
        }
    }
    let device = |(id, records): (DeviceId, Vec<Record>)| RecordedDevice {
        kind: Kind::Vehicle,
        profile: "gtfs-rt-vehicle",
        name: format!(
            "Остін, автобус борт {} (запис Capital Metro)",
            id.as_str().trim_start_matches(PREFIX)
        ),
        id,
        place: None,
        owner: "Capital Metro",
        records,
    };
    Ok(Recording { devices: fleet.into_iter().map(device).collect(), step_ms: 1 })
}

fn record(at: Timestamp, fix: Fix) -> Record {
    let mut values =
        vec![("lat", Value::Number(fix.latitude)), ("lon", Value::Number(fix.longitude))];
    // m/s, as GTFS-Realtime has it.
    values.extend(fix.speed.map(|speed| ("speed", Value::Number(speed))));
    let texts = [("route", fix.route_id), ("trip", fix.trip_id)];
    let told = texts.into_iter().filter(|(_, text)| !text.is_empty());
    values.extend(told.map(|(name, text)| (name, Value::Text(text))));
    Record { at, clock: Clock::Text, seq: None, values }
}
