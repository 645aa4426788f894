//! JSON of any shape, read by the map of a profile: each field says by a pointer (RFC 6901) where
//! it stands. Three forms come this way: Tasmota's `tele/{device}/SENSOR`, the states that
//! `Zigbee2MQTT` publishes, and `ESPHome`'s, which are one value each. They differ in where the time
//! stands and how it is written.

use std::borrow::Cow;

use domain::calendar::civil_time;
use domain::intake::Reason;
use domain::limits::{FIELDS_PER_READING_MAX, FUTURE_MS_MAX};
use domain::profile::{Field, Profile};
use domain::property::{ValueKind, property};
use domain::time::NotATime;
use domain::{Quality, Timestamp};
use serde_json::{Map, Number, Value as Json};

use super::{Decoded, Reading, Unusable, Value, from_json};

/// Reads a message of Tasmota. Only `SENSOR` carries readings; `STATE`, `LWT` and the others are
/// read as none.
///
/// Its clock has no offset and shows Kyiv time. It keeps no backlog: a time that is not about that
/// of the arrival is flagged `clock`.
pub fn tasmota<'a>(
    event: &str,
    profile: &Profile,
    payload: &'a [u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    if event != "SENSOR" {
        return Ok(Decoded::default());
    }
    let mut object = object(payload)?;
    let (time, flags) = match object.remove("Time") {
        None | Some(Json::Null) => (arrived_at, Quality::NO_DEVICE_TIME),
        Some(Json::String(text)) => {
            let not_after = arrived_at.plus_ms(FUTURE_MS_MAX);
            let time = text.parse().ok().or_else(|| civil_time(&text, not_after));
            let time: Timestamp = time.ok_or_else(|| bad_time(&text))?;
            let is_live = arrived_at.since_ms(time).abs() <= FUTURE_MS_MAX;
            (time, if is_live { Quality::GOOD } else { Quality::CLOCK })
        }
        Some(other) => return Err(bad_time(&other.to_string())),
    };
    decoded(profile, object, time, flags)
}

/// Reads a state that `Zigbee2MQTT` publishes. `last_seen` may be RFC 3339, milliseconds since 1970,
/// or absent, as its settings say. Availability and the bridge's own messages are read as none.
pub fn zigbee2mqtt<'a>(
    event: &str,
    profile: &Profile,
    payload: &'a [u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    if !event.is_empty() {
        return Ok(Decoded::default());
    }
    let mut object = object(payload)?;
    let (time, flags) = match object.remove("last_seen") {
        None | Some(Json::Null) => (arrived_at, Quality::NO_DEVICE_TIME),
        Some(Json::String(text)) => {
            let time = text
                .parse()
                .map_err(|error: NotATime| Unusable::message(Reason::BadTime, error.to_string()))?;
            (time, Quality::GOOD)
        }
        Some(other) => {
            let millis = other.as_i64().ok_or_else(|| bad_time(&other.to_string()))?;
            (Timestamp(millis), Quality::GOOD)
        }
    };
    decoded(profile, object, time, flags)
}

/// Reads the state of one of `ESPHome`'s sensors: the bare text of a number, `ON` or `OFF`, or a
/// text. It has no time. What a sensor has no value for yet (`nan`, nothing at all) says nothing.
pub fn esphome<'a>(
    sensor: &str,
    profile: &Profile,
    payload: &'a [u8],
    arrived_at: Timestamp,
) -> Result<Decoded<'a>, Unusable> {
    let text = super::text(payload)?.trim();
    let state = match text.parse::<f64>() {
        Ok(number) if number.is_nan() => Json::Null,
        Ok(number) => Number::from_f64(number).map(Json::Number).ok_or_else(|| {
            Unusable::message(Reason::BadValue, format!("`{sensor}` is {number}"))
        })?,
        Err(_) if text.is_empty() => Json::Null,
        Err(_) => Json::String(text.to_owned()),
    };
    if state.is_null() {
        return Ok(Decoded::default());
    }
    let object = Map::from_iter([(sensor.to_owned(), state)]);
    decoded(profile, object, arrived_at, Quality::NO_DEVICE_TIME)
}

fn object(payload: &[u8]) -> Result<Map<String, Json>, Unusable> {
    from_json(super::text(payload)?)
}

fn bad_time(text: &str) -> Unusable {
    let text: String = text.chars().take(64).collect();
    let detail = format!("`{text}` is no time, expected one like 2026-11-22T12:15:00");
    Unusable::message(Reason::BadTime, detail)
}

fn decoded<'a>(
    profile: &Profile,
    object: Map<String, Json>,
    time: Timestamp,
    flags: Quality,
) -> Result<Decoded<'a>, Unusable> {
    let mut fields = Vec::with_capacity(object.len());
    take(profile, "", Json::Object(object), &mut fields);
    if fields.len() > FIELDS_PER_READING_MAX {
        let detail = format!("{} fields, expected at most {FIELDS_PER_READING_MAX}", fields.len());
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    let reading = Reading { element: None, time, flags, fields };
    Ok(Decoded { readings: vec![reading], unusable: Vec::new() })
}

/// Takes what stands at `way` and below. What the profile does not know goes by its pointer, so
/// that it is counted and never taken for a field; what is null has no value.
fn take(
    profile: &Profile,
    way: &str,
    value: Json,
    fields: &mut Vec<(Cow<'static, str>, Value<'static>)>,
) {
    let field = profile.fields.iter().find(|field| stands_at(field, way));
    let name = |field: Option<&Field>| Cow::Owned(field.map_or(way, |f| &f.name).to_owned());
    match (value, field) {
        (Json::Null, _) => {}
        (Json::Object(inner), None) => {
            for (key, value) in inner {
                let key = key.replace('~', "~0").replace('/', "~1");
                take(profile, &format!("{way}/{key}"), value, fields);
            }
        }
        (Json::Array(inner), None) => {
            for (index, value) in inner.into_iter().enumerate() {
                take(profile, &format!("{way}/{index}"), value, fields);
            }
        }
        (value, field) => fields.push((name(field), read(field, value))),
    }
}

fn stands_at(field: &Field, way: &str) -> bool {
    match &field.pointer {
        Some(pointer) => pointer == way,
        None => way.strip_prefix('/') == Some(field.name.as_str()),
    }
}

/// A value; all forms write the state of a switch as `ON` or `OFF`.
fn read(field: Option<&Field>, value: Json) -> Value<'static> {
    let is_truth = || {
        let property = field.and_then(|field| property(field.property.as_str()));
        property.is_some_and(|property| property.kind == ValueKind::Boolean)
    };
    match value {
        Json::Bool(truth) => Value::Boolean(truth),
        Json::Number(number) => number.as_f64().map_or(super::NOT_FINITE, Value::Number),
        Json::String(text) if text == "ON" && is_truth() => Value::Boolean(true),
        Json::String(text) if text == "OFF" && is_truth() => Value::Boolean(false),
        Json::String(text) => Value::Text(text.into()),
        Json::Null => Value::Unusable("null"),
        Json::Array(_) => Value::Unusable("an array"),
        Json::Object(_) => Value::Unusable("an object"),
    }
}

#[cfg(test)]
mod tests;
