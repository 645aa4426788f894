//! `openair_mydata`: one CSV file of hourly values at a London kerbside, each column sent under
//! its own name and in its own unit (ppb, ppm, µg/m³, m/s, degrees). Time stamps are the begin of
//! the hour, UTC; empty cells are not sent.

use std::path::Path;

use domain::place::Place;
use domain::profile::Kind;

use super::{BadRecording, RecordedDevice, Recording, files, text};
use crate::behaviour::Value;
use crate::civil::HOUR_MS;
use crate::plan::own_id;
use crate::wire::{Clock, Record};

/// Columns that are sent; `nox` is a sum of two gases that no profile knows.
const COLUMNS: [&str; 9] = ["ws", "wd", "nox", "no2", "o3", "pm10", "so2", "co", "pm25"];
/// The kerbside station at Marylebone Road.
const PLACE: Place = Place { lat: 51.5225, lon: -0.1546 };

pub(super) fn read(path: &Path) -> Result<Recording, BadRecording> {
    let mut records = Vec::new();
    for file in files(path, "mydata", &[".csv", ".csv.gz"])? {
        let bad = |place: String, found: &str, expected: &'static str| BadRecording::Content {
            file: file.clone(),
            place,
            found: found.to_owned(),
            expected,
        };
        let text = text(&file)?;
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        if head.first() != Some(&"date") {
            return Err(bad("line 1".to_owned(), &head.join(","), "head that begins with `date`"));
        }
        let columns: Vec<Option<&'static str>> =
            head.iter().map(|name| COLUMNS.into_iter().find(|c| c == name)).collect();
        for (number, line) in (2..).zip(lines) {
            let place = || format!("line {number}");
            let mut values = Vec::new();
            for (cell, column) in line.split(',').zip(&columns) {
                let Some(name) = column.filter(|_| !cell.is_empty()) else { continue };
                let value = cell.parse().map_err(|_| bad(place(), cell, "number"))?;
                values.push((name, Value::Number(value)));
            }
            let stamp = line.split(',').next().unwrap_or_default();
            let at = stamp.parse().map_err(|_| bad(place(), stamp, "time"))?;
            if !values.is_empty() {
                records.push(Record { at, clock: Clock::Text, seq: None, values });
            }
        }
    }
    let device = RecordedDevice {
        id: own_id("openair-marylebone"),
        kind: Kind::Air,
        profile: "openair-mydata",
        name: "Лондон, Мерілебон-роуд (запис openair mydata)".to_owned(),
        place: Some(PLACE),
        owner: "London Air Quality Archive",
        records,
    };
    Ok(Recording { devices: vec![device], step_ms: HOUR_MS })
}
