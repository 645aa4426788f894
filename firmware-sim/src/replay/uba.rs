//! `cologne_uba_2014`: hourly means of the German environment agency, one JSON file for each
//! month, station and pollutant (`raw/<yyyymm>/<station>/<pollutant>/1SMW.json`): 24 values of
//! each day, the first for the hour that ends at 01:00 CET, −999 where there is none. Daily means
//! (all there is of PM10) are another series and not replayed here.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use domain::Timestamp;
use domain::place::Place;
use domain::profile::Kind;
use serde_json::Value as Json;

use super::{BadRecording, RecordedDevice, Recording, files, text};
use crate::behaviour::Value;
use crate::civil::HOUR_MS;
use crate::plan::own_id;
use crate::wire::{Clock, Record};

/// Folder of a pollutant, and the field under which it is sent, µg/m³.
const POLLUTANTS: [(&str, &str); 3] = [("NO2", "no2"), ("O3", "o3"), ("SO2", "so2")];
/// Where the agency has no value.
const MISSING: f64 = -999.0;

type Hours = BTreeMap<Timestamp, Vec<(&'static str, Value)>>;

pub(super) fn read(path: &Path) -> Result<Recording, BadRecording> {
    let raw = if path.join("raw").is_dir() { path.join("raw") } else { path.to_owned() };
    let known = stations(&raw.join("stations_active.csv"))?;
    let mut hours: BTreeMap<String, Hours> = BTreeMap::new();
    for month in files(&raw, "20", &[""])?.into_iter().filter(|f| f.is_dir()) {
        for station in files(&month, "DE", &[""])? {
            let code = station.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for (folder, field) in POLLUTANTS {
                let file = station.join(folder).join("1SMW.json");
                if file.is_file() {
                    read_month(&file, field, hours.entry(code.clone()).or_default())?;
                }
            }
        }
    }
    let device = |(code, hours): (String, Hours)| {
        let (name, place) = match known.get(&code) {
            Some((name, place)) => (name.clone(), *place),
            None => (code.clone(), None),
        };
        let record = |(at, values)| Record { at, clock: Clock::Text, seq: None, values };
        RecordedDevice {
            id: own_id(&format!("uba-{}", code.to_lowercase())),
            kind: Kind::Air,
            profile: "uba-air",
            name: format!("{name} (запис UBA, {code})"),
            place,
            owner: "Umweltbundesamt",
            records: hours.into_iter().map(record).collect(),
        }
    };
    Ok(Recording { devices: hours.into_iter().map(device).collect(), step_ms: HOUR_MS })
}

fn read_month(file: &Path, field: &'static str, hours: &mut Hours) -> Result<(), BadRecording> {
    let bad = |place: &str, found: String, expected: &'static str| BadRecording::Content {
        file: file.to_owned(),
        place: place.to_owned(),
        found,
        expected,
    };
    let days: BTreeMap<String, Vec<Json>> = serde_json::from_str(&text(file)?)
        .map_err(|error| bad("whole file", error.to_string(), "object of days with arrays"))?;
    for (day, values) in days {
        let begin = begin_of_day(&day).ok_or_else(|| bad("day", day.clone(), "date yyyymmdd"))?;
        for (hour, json) in (0..).zip(&values) {
            // Some values are written as strings.
            let number = json.as_f64().or_else(|| json.as_str()?.parse().ok());
            let number = number.ok_or_else(|| bad(&day, json.to_string(), "number"))?;
            if number > MISSING {
                let at = begin.plus_ms(hour * HOUR_MS);
                hours.entry(at).or_default().push((field, Value::Number(number)));
            }
        }
    }
    Ok(())
}

/// Midnight of a day `yyyymmdd` in Central European Time, which the agency keeps all year.
fn begin_of_day(day: &str) -> Option<Timestamp> {
    let (year, month, of_month) = (day.get(..4)?, day.get(4..6)?, day.get(6..8)?);
    format!("{year}-{month}-{of_month}T00:00:00+01:00").parse().ok()
}

/// Names and places of stations by code; none when the list is not there.
fn stations(file: &Path) -> Result<HashMap<String, (String, Option<Place>)>, BadRecording> {
    if !file.is_file() {
        return Ok(HashMap::new());
    }
    let text = text(file)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<HashMap<String, String>>().filter_map(Result::ok);
    let station = |row: HashMap<String, String>| {
        let degrees = |column: &str| row.get(column)?.parse::<f64>().ok();
        let place = degrees("station_latitude_d").zip(degrees("station_longitude_d"));
        let place = place.and_then(|(lat, lon)| Place::new(lat, lon));
        Some((row.get("station_code")?.clone(), (row.get("station_name")?.clone(), place)))
    };
    Ok(rows.filter_map(station).collect())
}
