//! airRohr, the firmware of citizens' stations (Sensor.Community, `SaveEcoBot`), as it sends to an
//! "own API": one list of values under the names of their sensors, all of them texts, and no time.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::limits::FIELDS_PER_READING_MAX;
use domain::unit::Unit;
use domain::{Quality, Timestamp};
use serde::Deserialize;

use super::{Decoded, Reading, Unusable, Value, from_json, quantity};

/// Sensors that measure dust in µg/m³. An empty name: the firmware took it off.
const DUST: [&str; 7] = ["SDS_", "PMS_", "HPM_", "NPM_", "IPS_", "SPS30_", ""];
/// Sensors that measure the air's state, the better one first: of several only the first is the
/// station's temperature, the others keep the names of their sensors. An empty name: the DHT22,
/// which gets one when it is not the best.
const STATE: [&str; 8] =
    ["BME280_", "SHT3X_", "HTU21D_", "BMP280_", "BMP_", "SCD30_", "", "DS18B20_"];

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    sensordatavalues: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    value_type: Cow<'a, str>,
    #[serde(borrow)]
    value: Written<'a>,
}

/// The firmware writes texts; other programs that speak like it write numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written<'a> {
    Number(f64),
    Text(#[serde(borrow)] Cow<'a, str>),
}

impl Written<'_> {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

/// Reads a message. It carries no time: its arrival stands for it.
pub fn decode(payload: &[u8], arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    let Message { sensordatavalues: entries } = from_json(super::text(payload)?)?;
    if entries.is_empty() {
        return Err(Unusable::message(Reason::BadElement, "no values in `sensordatavalues`"));
    }
    if entries.len() > FIELDS_PER_READING_MAX {
        let detail = format!("{} values, expected at most {FIELDS_PER_READING_MAX}", entries.len());
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    let names: Vec<&str> = entries.iter().map(|entry| entry.value_type.as_ref()).collect();
    let known: Vec<_> = names.iter().map(|name| field(name, &names)).collect();
    let fields = entries.into_iter().zip(known).map(|(entry, known)| {
        let number = entry.value.number();
        let Some((name, unit)) = known else {
            let value = match (number, entry.value) {
                (Some(number), _) if number.is_finite() => Value::Number(number),
                (_, Written::Text(text)) => Value::Text(text),
                (_, Written::Number(_)) => super::NOT_FINITE,
            };
            return (entry.value_type, value);
        };
        (Cow::Borrowed(name), quantity(number.unwrap_or(f64::NAN), unit))
    });
    let fields = fields.collect();
    let flags = Quality::NO_DEVICE_TIME;
    let reading = Reading { element: None, time: arrived_at, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

/// The native field of a value and its unit; `None`: it keeps its name.
fn field(name: &str, names: &[&str]) -> Option<(&'static str, Unit)> {
    // A PPD42NS counts particles and calls them P1 and P2: no mass.
    let counts_particles = names.contains(&"durP1") || names.contains(&"ratioP1");
    if let Some(field) = dust(name) {
        let is_bare = name.starts_with('P') && name.len() == 2;
        return (!(is_bare && counts_particles)).then_some((field, Unit::MicrogramPerCubicMetre));
    }
    match name {
        "DNMS_noise_LAeq" => return Some(("noise", Unit::Decibel)),
        "signal" => return Some(("rssi", Unit::DecibelMilliwatt)),
        _ => {}
    }
    let (field, bare, unit) = [
        ("temperature", "DHT22_temperature", Unit::Celsius),
        ("humidity", "DHT22_humidity", Unit::Percent),
        ("pressure", "DHT22_pressure", Unit::Pascal),
    ]
    .into_iter()
    .find(|(field, ..)| name.ends_with(field))?;
    let mut ranked = STATE.into_iter().map(|sensor| [sensor, field].concat());
    let best = ranked.find(|candidate| names.contains(&candidate.as_str()))?;
    if best == name {
        return Some((field, unit));
    }
    (name == field).then_some((bare, unit))
}

/// In the names of the firmware P0 is PM1, P1 is PM10 and P2 is PM2.5.
fn dust(name: &str) -> Option<&'static str> {
    let size = DUST.into_iter().find_map(|sensor| {
        let size = name.strip_prefix(sensor)?;
        (size.len() == 2).then_some(size)
    })?;
    match size {
        "P0" => Some("pm1"),
        "P1" => Some("pm10"),
        "P2" => Some("pm25"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
