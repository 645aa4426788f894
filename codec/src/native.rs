//! The native JSON of docs/WIRE.md: one object or an array of them, each with `ts`, `seq` and
//! `values`. The common case borrows from the payload and builds no tree; a message that is not
//! well formed is taken apart, so that its good elements are kept.

use std::borrow::Cow;
use std::fmt;

use domain::intake::Reason;
use domain::limits::{FIELDS_PER_READING_MAX, READINGS_PER_MESSAGE_MAX};
use domain::{Quality, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Decoded, Reading, Unusable, Value, from_json, separate};

/// Numbers below this are seconds since 1970, not milliseconds: as milliseconds they would lie
/// before March 1973.
const MILLISECONDS_FROM: f64 = 1e11;
/// Beyond this (the year 9999) a number of milliseconds is no time.
const MILLISECONDS_TO: f64 = 253_402_300_799_999.0;

/// Reads a payload that arrived at `arrived_at`.
pub fn decode(payload: &[u8], arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    let text = super::text(payload)?;
    let mut decoded = if text.trim_ascii_start().starts_with('[') {
        decode_array(text, arrived_at)?
    } else {
        let record = from_json(text)?;
        of_records([Ok(record)].into_iter(), false, arrived_at)
    };
    separate(&mut decoded.readings);
    Ok(decoded)
}

fn decode_array(text: &str, arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    if let Ok(records) = serde_json::from_str::<Vec<Record<'_>>>(text) {
        check_count(records.len())?;
        return Ok(of_records(records.into_iter().map(Ok), true, arrived_at));
    }
    let elements: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|error| Unusable::message(Reason::NotJson, error.to_string()))?;
    check_count(elements.len())?;
    let records = elements.into_iter().map(|element| serde_json::from_str(element.get()));
    Ok(of_records(records, true, arrived_at))
}

fn check_count(elements: usize) -> Result<(), Unusable> {
    if elements == 0 {
        return Err(Unusable::message(Reason::BadElement, "an empty array, expected readings"));
    }
    if elements > READINGS_PER_MESSAGE_MAX {
        let detail = format!("{elements} readings, expected at most {READINGS_PER_MESSAGE_MAX}");
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    Ok(())
}

fn of_records<'a>(
    records: impl ExactSizeIterator<Item = Result<Record<'a>, serde_json::Error>>,
    is_array: bool,
    arrived_at: Timestamp,
) -> Decoded<'a> {
    let mut decoded = Decoded { readings: Vec::with_capacity(records.len()), unusable: Vec::new() };
    for (record, index) in records.zip(0u32..) {
        let element = is_array.then_some(index);
        let read = record
            .map_err(|error| (Reason::BadElement, error.to_string()))
            .and_then(|record| reading(record, element, arrived_at));
        match read {
            Ok(reading) => decoded.readings.push(reading),
            Err((reason, detail)) => decoded.unusable.push(Unusable { element, reason, detail }),
        }
    }
    decoded
}

fn reading(
    record: Record<'_>,
    element: Option<u32>,
    arrived_at: Timestamp,
) -> Result<Reading<'_>, (Reason, String)> {
    let (time, flags) = phenomenon_time(&record.ts, arrived_at)?;
    let Some(Fields(fields)) = record.values else {
        return Err((Reason::BadElement, "no `values`, expected an object of fields".into()));
    };
    if fields.len() > FIELDS_PER_READING_MAX {
        let detail = format!("{} fields, expected at most {FIELDS_PER_READING_MAX}", fields.len());
        return Err((Reason::TooMany, detail));
    }
    Ok(Reading { element, time, flags, fields })
}

fn phenomenon_time(
    stamp: &Stamp<'_>,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), (Reason, String)> {
    match stamp {
        Stamp::Absent => Ok((arrived_at, Quality::NO_DEVICE_TIME)),
        Stamp::Number(number) if number.abs() < MILLISECONDS_FROM => {
            Ok((Timestamp((number * 1000.0).round() as i64), Quality::CLOCK))
        }
        Stamp::Number(number) if number.abs() <= MILLISECONDS_TO => {
            Ok((Timestamp(number.round() as i64), Quality::GOOD))
        }
        Stamp::Number(number) => {
            Err((Reason::BadTime, format!("`{number}` is no time, expected milliseconds")))
        }
        Stamp::Text(text) => match text.parse() {
            Ok(time) => Ok((time, Quality::GOOD)),
            Err(error) => Err((Reason::BadTime, domain::time::NotATime::to_string(&error))),
        },
        Stamp::Other => {
            Err((Reason::BadTime, "`ts` is no time, expected RFC 3339 or milliseconds".into()))
        }
    }
}

/// An element as it is written; `seq` and whatever else stands in it is not needed here.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    ts: Stamp<'a>,
    #[serde(borrow, default)]
    values: Option<Fields<'a>>,
}

#[derive(Default)]
enum Stamp<'a> {
    #[default]
    Absent,
    Number(f64),
    Text(Cow<'a, str>),
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Stamp<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Null => Self::Absent,
            Scalar::Value(Value::Number(number)) => Self::Number(number),
            Scalar::Value(Value::Text(text)) => Self::Text(text),
            Scalar::Value(_) => Self::Other,
        })
    }
}

/// The fields of a reading. A field that is null has no value: it is left out.
struct Fields<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(Name(name)) = map.next_key()? {
                    if let Scalar::Value(value) = map.next_value()? {
                        fields.push((name, value));
                    }
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

/// A key, borrowed unless it has escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// One JSON value; arrays and objects are passed over.
enum Scalar<'a> {
    Null,
    Value(Value<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

fn number<'a>(value: f64) -> Scalar<'a> {
    Scalar::Value(Value::Number(value))
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a boolean or a text")
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Value(Value::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar<'de>, E> {
        Ok(number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
        Ok(number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar<'de>, E> {
        Ok(number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Value(Value::Text(Cow::Borrowed(value))))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Value(Value::Text(Cow::Owned(value.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Value(Value::Unusable("an array")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Value(Value::Unusable("an object")))
    }
}

#[cfg(test)]
mod tests;
