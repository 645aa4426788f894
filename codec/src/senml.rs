//! `SenML` (RFC 8428), in JSON and CBOR. Both give the same records; here their base fields are
//! resolved and records of one time become one reading. Names are the device's own name followed
//! by the field's; units are the pack's, so that the profile's are never assumed for them.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::intake::Reason;
use domain::limits::{FIELDS_PER_READING_MAX, READINGS_PER_MESSAGE_MAX};
use domain::{Quality, Timestamp};

use super::{Decoded, Reading, Unusable, Value, separate};

mod cbor;
mod json;
mod unit;

/// The version of RFC 8428; a pack of a later one is refused.
const VERSION: u64 = 10;
/// Times below this (RFC 8428, section 4.5.3) are seconds relative to now.
const RELATIVE_BELOW_S: f64 = 268_435_456.0;
/// Beyond this (the year 9999) a number of seconds is no time.
const TIME_S_MAX: f64 = 253_402_300_799.0;
/// Records of one pack: each reading may have its fields.
const RECORDS_MAX: usize = READINGS_PER_MESSAGE_MAX;

/// A record as it is written, before its base fields are resolved. Base sums are not needed: a sum
/// is an integral over time, which no property is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Record<'a> {
    base_version: Option<u64>,
    base_name: Option<Cow<'a, str>>,
    base_time: Option<f64>,
    base_unit: Option<Cow<'a, str>>,
    base_value: Option<f64>,
    name: Option<Cow<'a, str>>,
    unit: Option<Cow<'a, str>>,
    value: Option<f64>,
    string: Option<Cow<'a, str>>,
    boolean: Option<bool>,
    has_data: bool,
    sum: Option<f64>,
    time: Option<f64>,
}

/// Reads a pack that arrived at `arrived_at`. A JSON pack is text and begins with `[`; a CBOR pack
/// begins with the head of an array, which no text does.
pub fn decode(payload: &[u8], arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    let records = if cbor::is_array(payload) {
        cbor::read(super::bounded(payload)?)?
    } else {
        super::from_json(super::text(payload)?)?
    };
    resolve(records, arrived_at)
}

/// The base fields in force.
#[derive(Default)]
struct Base<'a> {
    version: Option<u64>,
    name: Cow<'a, str>,
    time: f64,
    unit: Option<Cow<'a, str>>,
    value: Option<f64>,
}

/// What a record has become.
struct Resolved<'a> {
    prefix: String,
    field: String,
    time: Timestamp,
    flags: Quality,
    value: Value<'a>,
}

fn resolve(records: Vec<Record<'_>>, arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    if records.is_empty() {
        return Err(Unusable::message(Reason::BadElement, "an empty pack, expected records"));
    }
    if records.len() > RECORDS_MAX {
        let detail = format!("{} records, expected at most {RECORDS_MAX}", records.len());
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    let mut decoded = Decoded::default();
    let mut base = Base::default();
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut own_prefix: Option<String> = None;
    for (record, index) in records.into_iter().zip(0u32..) {
        let refused = |reason, detail| Unusable { element: Some(index), reason, detail };
        base.take(&record)?;
        let resolved = match base.resolve(record, arrived_at) {
            Ok(Some(resolved)) => resolved,
            Ok(None) => continue,
            Err((reason, detail)) => {
                decoded.unusable.push(refused(reason, detail));
                continue;
            }
        };
        let own = own_prefix.get_or_insert_with(|| resolved.prefix.clone());
        if *own != resolved.prefix {
            let detail = format!("`{}` is another sender than `{own}`", resolved.prefix);
            decoded.unusable.push(refused(Reason::NotBound, detail));
            continue;
        }
        let Resolved { field, time, flags, value, .. } = resolved;
        let place = *places.entry(time.millis()).or_insert(decoded.readings.len());
        if place == decoded.readings.len() {
            let element = Some(index);
            decoded.readings.push(Reading { element, time, flags, fields: Vec::new() });
        }
        let reading = &mut decoded.readings[place];
        if reading.fields.len() == FIELDS_PER_READING_MAX {
            let detail = format!("more than {FIELDS_PER_READING_MAX} fields at one time");
            decoded.unusable.push(refused(Reason::TooMany, detail));
            continue;
        }
        reading.fields.push((Cow::Owned(field), value));
    }
    decoded.readings.sort_by_key(|reading| reading.time);
    separate(&mut decoded.readings);
    Ok(decoded)
}

impl<'a> Base<'a> {
    /// Takes over the base fields of a record; they hold for it and for all after it.
    fn take(&mut self, record: &Record<'a>) -> Result<(), Unusable> {
        let refused = |detail| Unusable::message(Reason::BadElement, detail);
        if let Some(version) = record.base_version {
            if version > VERSION {
                return Err(refused(format!("version {version}, expected at most {VERSION}")));
            }
            if self.version.is_some_and(|first| first != version) {
                return Err(refused("records of more than one version".to_owned()));
            }
            self.version = Some(version);
        }
        if let Some(name) = &record.base_name {
            self.name.clone_from(name);
        }
        if let Some(time) = record.base_time {
            self.time = time;
        }
        if record.base_unit.is_some() {
            self.unit.clone_from(&record.base_unit);
        }
        self.value = record.base_value.or(self.value);
        Ok(())
    }

    /// The record with its base fields; `None` when it only carried them.
    fn resolve(
        &self,
        record: Record<'a>,
        arrived_at: Timestamp,
    ) -> Result<Option<Resolved<'a>>, (Reason, String)> {
        let values = [
            record.value.is_some(),
            record.string.is_some(),
            record.boolean.is_some(),
            record.has_data,
        ];
        let values = values.into_iter().filter(|is_there| *is_there).count();
        let has_sum = record.sum.is_some();
        if values == 0 && !has_sum && record.name.is_none() {
            return Ok(None);
        }
        if values > 1 || (values == 0 && !has_sum) {
            let detail = format!("{values} values, expected one of v, vs, vb and vd");
            return Err((Reason::BadElement, detail));
        }
        let name = format!("{}{}", self.name, record.name.as_deref().unwrap_or_default());
        check_name(&name)?;
        let (time, flags) = settle_time(self.time + record.time.unwrap_or(0.0), arrived_at)?;
        let at = name.rfind([':', '/']).map_or(0, |at| at + 1);
        let value = self.value(record);
        let (prefix, field) = (name[..at].to_owned(), name[at..].to_owned());
        Ok(Some(Resolved { prefix, field, time, flags, value }))
    }

    fn value(&self, record: Record<'a>) -> Value<'a> {
        if let Some(value) = record.value {
            let value = value + self.value.unwrap_or(0.0);
            let unit = record.unit.as_deref().or(self.unit.as_deref());
            return match unit.map(|label| unit::read(label, value)) {
                None => Value::Number(value),
                Some(Some(value)) => value,
                Some(None) => Value::Unusable("in a unit that is not known"),
            };
        }
        match (record.string, record.boolean) {
            (Some(text), _) => Value::Text(text),
            (_, Some(truth)) => Value::Boolean(truth),
            _ if record.has_data => Value::Unusable("bytes"),
            _ => Value::Unusable("a sum without a value"),
        }
    }
}

/// Section 4.5.1: letters, digits and `-:./_`, the first of them a letter or digit.
fn check_name(name: &str) -> Result<(), (Reason, String)> {
    let is_known = |c: u8| c.is_ascii_alphanumeric() || b"-:./_".contains(&c);
    let begins = name.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if begins && name.bytes().all(is_known) && !name.ends_with([':', '/']) {
        return Ok(());
    }
    let name: String = name.chars().take(64).collect();
    Err((Reason::BadElement, format!("`{name}` is no name, expected letters, digits and -:./_")))
}

fn settle_time(
    seconds: f64,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), (Reason, String)> {
    if seconds == 0.0 {
        return Ok((arrived_at, Quality::NO_DEVICE_TIME));
    }
    if !(-TIME_S_MAX..=TIME_S_MAX).contains(&seconds) {
        return Err((Reason::BadTime, format!("`{seconds}` is no time, expected seconds")));
    }
    let ms = (seconds * 1000.0).round() as i64;
    if seconds < RELATIVE_BELOW_S {
        return Ok((arrived_at.plus_ms(ms), Quality::CLOCK));
    }
    Ok((Timestamp(ms), Quality::GOOD))
}

#[cfg(test)]
mod tests;
