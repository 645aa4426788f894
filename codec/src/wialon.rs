//! Wialon IPS 1.1 and 2.0: lines of text, `#SD#…` with a place, `#D#…` with a place and sensors,
//! `#B#…` with many of either. Version 2.0 ends each line with a checksum. Any field may be `NA`.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::limits::{
    FIELDS_PER_READING_MAX, READINGS_PER_MESSAGE_MAX, TEXT_CHARS_MAX, TRACKER_BOX_BYTES_MAX,
    TRACKER_FRAME_BYTES_MAX,
};
use domain::unit::Unit;
use domain::{Quality, Timestamp};

use super::checksum::crc16;
use super::{Decoded, Reading, Unusable, Value, separate};

/// Date, time, latitude, longitude with their hemispheres, speed, course, height, satellites.
const SHORT_FIELDS: usize = 10;
/// The same, hdop, inputs, outputs, analogue inputs, driver's key, parameters.
const LONG_FIELDS: usize = 16;

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `L`: who it is.
    Login,
    /// `SD`: a place.
    Short,
    /// `D`: a place and sensors.
    Long,
    /// `B`: many of either, kept while there was no connection.
    BlackBox,
    /// `P`: it is still there.
    Ping,
    /// `M`: a text of the driver.
    Message,
}

/// The kind of a line and what stands behind its head; `None`: it is no line of the protocol.
pub fn split(line: &str) -> Option<(Kind, &str)> {
    let (head, body) = line.strip_prefix('#')?.split_once('#')?;
    let kind = match head {
        "L" => Kind::Login,
        "SD" => Kind::Short,
        "D" => Kind::Long,
        "B" => Kind::BlackBox,
        "P" => Kind::Ping,
        "M" => Kind::Message,
        _ => return None,
    };
    Some((kind, body))
}

/// The body without its checksum, `None` when the checksum is another one. It covers the body up
/// to its last separator; leading zeros may be missing, and a prefix `0x` has been seen.
pub fn without_checksum(body: &str) -> Option<&str> {
    let at = body.rfind([';', '|'])? + 1;
    let said = body[at..].trim_start_matches("0x").trim_start_matches("0X");
    let said = u16::from_str_radix(said, 16).ok()?;
    (said == crc16(&body.as_bytes()[..at])).then_some(&body[..at - 1])
}

/// Bytes that a line may have with its end, by its begin: a black box has many records.
pub fn bytes_max(line: &[u8]) -> usize {
    if line.starts_with(b"#B#") { TRACKER_BOX_BYTES_MAX } else { TRACKER_FRAME_BYTES_MAX }
}

/// The count of records in a line whose checksum is right, good or bad; `Err` says what is wrong
/// with the line as a whole.
pub fn count(line: &[u8]) -> Result<usize, Unusable> {
    records(line).map(|(records, _)| records.len())
}

/// Reads a line.
pub fn decode(line: &[u8], arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    let (records, is_many) = records(line)?;
    let mut decoded = Decoded::default();
    for (record, index) in records.into_iter().zip(0u32..) {
        let element = is_many.then_some(index);
        match reading(record, element, arrived_at) {
            Ok(reading) => decoded.readings.push(reading),
            Err((reason, detail)) => decoded.unusable.push(Unusable { element, reason, detail }),
        }
    }
    decoded.readings.sort_by_key(|reading| reading.time);
    separate(&mut decoded.readings);
    Ok(decoded)
}

/// The records of a line, none of one that carries none, and whether it may have many.
fn records(line: &[u8]) -> Result<(Vec<&str>, bool), Unusable> {
    let refused = |detail: &str| Unusable::message(Reason::BadFrame, detail);
    let text = super::utf8(super::bounded_by(bytes_max(line), line)?)?.trim_end();
    let (records, is_many) = match split(text) {
        Some((Kind::Short | Kind::Long, body)) => (vec![body], false),
        Some((Kind::BlackBox, body)) => {
            (body.strip_suffix('|').unwrap_or(body).split('|').collect(), true)
        }
        Some(_) => return Ok((Vec::new(), false)),
        None => return Err(refused("no line of Wialon IPS")),
    };
    let records = checked(text, records).ok_or_else(|| refused("the checksum is another one"))?;
    if records.len() > READINGS_PER_MESSAGE_MAX {
        let detail =
            format!("{} records, expected at most {READINGS_PER_MESSAGE_MAX}", records.len());
        return Err(Unusable::message(Reason::TooMany, detail));
    }
    Ok((records, is_many))
}

/// The records without the checksum that stands behind the last of them, when it is right. Version
/// 1.1 has none: then the last record has no more fields than a record has.
fn checked<'a>(text: &'a str, mut records: Vec<&'a str>) -> Option<Vec<&'a str>> {
    let last = records.last().copied()?;
    let fields = last.split(';').count();
    let stands_alone = fields == 1 && records.len() > 1;
    if !stands_alone && fields != SHORT_FIELDS + 1 && fields != LONG_FIELDS + 1 {
        return Some(records);
    }
    let (_, body) = split(text)?;
    without_checksum(body)?;
    records.pop();
    if !stands_alone {
        records.push(&last[..last.rfind(';')?]);
    }
    Some(records)
}

/// A field that is there: not empty and not `NA`.
fn there<'a>(fields: &[&'a str], at: usize) -> Option<&'a str> {
    fields.get(at).map(|field| field.trim()).filter(|field| !field.is_empty() && *field != "NA")
}

fn reading<'a>(
    record: &'a str,
    element: Option<u32>,
    arrived_at: Timestamp,
) -> Result<Reading<'a>, (Reason, String)> {
    let parts: Vec<&str> = record.split(';').collect();
    if parts.len() < SHORT_FIELDS || parts.len() > LONG_FIELDS {
        let detail = format!("{} fields, expected {SHORT_FIELDS} to {LONG_FIELDS}", parts.len());
        return Err((Reason::BadElement, detail));
    }
    let (time, flags) = settle_time(there(&parts, 0), there(&parts, 1), arrived_at)?;
    let mut fields: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
    if let (Some(lat), Some(lon)) = (there(&parts, 2), there(&parts, 4)) {
        let lat = degrees(lat, there(&parts, 3), ["N", "S"]);
        let lon = degrees(lon, there(&parts, 5), ["E", "W"]);
        let Some((lat, lon)) = lat.zip(lon) else {
            let detail = format!("`{}` is no place", parts[2..6].join(";"));
            return Err((Reason::BadElement, detail));
        };
        fields.push(("lat".into(), Value::Quantity(lat, Unit::Degree)));
        fields.push(("lon".into(), Value::Quantity(lon, Unit::Degree)));
    }
    let known = [
        (6, "speed", Unit::KilometrePerHour),
        (7, "bearing", Unit::Degree),
        (9, "satellites", Unit::One),
        (10, "hdop", Unit::One),
        (11, "inputs", Unit::One),
        (12, "outputs", Unit::One),
    ];
    for (at, name, unit) in known {
        if let Some(text) = there(&parts, at) {
            fields.push((name.into(), measured(text, unit)));
        }
    }
    let analogue = there(&parts, 13).into_iter().flat_map(|list| list.split(','));
    for (number, text) in (1..).zip(analogue) {
        if let Some(text) = there(&[text], 0) {
            fields.push((format!("adc_{number}").into(), measured(text, Unit::One)));
        }
    }
    if let Some(key) = there(&parts, 14) {
        fields.push(("driver_key".into(), Value::Text(key.into())));
    }
    let parameters = there(&parts, 15).into_iter().flat_map(|list| list.split(','));
    fields.extend(parameters.filter_map(parameter));
    if fields.len() > FIELDS_PER_READING_MAX {
        let detail = format!("{} fields, expected at most {FIELDS_PER_READING_MAX}", fields.len());
        return Err((Reason::TooMany, detail));
    }
    Ok(Reading { element, time, flags, fields })
}

fn measured<'a>(text: &str, unit: Unit) -> Value<'a> {
    text.parse().map_or(super::NOT_FINITE, |number| super::quantity(number, unit))
}

/// `name:type:value` with type 1 (whole), 2 (decimal) or 3 (text).
fn parameter(text: &str) -> Option<(Cow<'_, str>, Value<'_>)> {
    let mut parts = text.splitn(3, ':');
    let (name, kind, value) = (parts.next()?.trim(), parts.next()?, parts.next()?);
    if name.is_empty() {
        return None;
    }
    let name: Cow<'_, str> = name.chars().take(TEXT_CHARS_MAX).collect::<String>().into();
    let value = match kind {
        "1" | "2" => match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Number(number),
            _ => super::NOT_FINITE,
        },
        _ => Value::Text(value.into()),
    };
    Some((name, value))
}

/// Degrees and minutes (`5544.6025`) with their hemisphere. The minutes are the two digits before
/// the point and all behind it.
fn degrees(text: &str, hemisphere: Option<&str>, signs: [&str; 2]) -> Option<f64> {
    let point = text.find('.').unwrap_or(text.len());
    let (whole, minutes) = text.split_at_checked(point.checked_sub(2)?)?;
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    if !text.chars().all(digits) || whole.is_empty() {
        return None;
    }
    let degrees = whole.parse::<f64>().ok()? + minutes.parse::<f64>().ok()? / 60.0;
    match hemisphere {
        Some(letter) if letter == signs[0] => Some(degrees),
        Some(letter) if letter == signs[1] => Some(-degrees),
        _ => None,
    }
}

/// `ddmmyy` and `hhmmss`, UTC; without them the arrival stands for the time.
fn settle_time(
    date: Option<&str>,
    time: Option<&str>,
    arrived_at: Timestamp,
) -> Result<(Timestamp, Quality), (Reason, String)> {
    let (Some(date), Some(time)) = (date, time) else {
        return Ok((arrived_at, Quality::NO_DEVICE_TIME));
    };
    let pair = |text: &'_ str, at: usize| text.get(at..at + 2).map(ToOwned::to_owned);
    let written = || {
        let (day, month, year) = (pair(date, 0)?, pair(date, 2)?, pair(date, 4)?);
        let (hour, minute, second) = (pair(time, 0)?, pair(time, 2)?, pair(time, 4)?);
        let fraction = &time[6..];
        Some(format!("20{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}Z"))
    };
    let read = written().and_then(|text| text.parse().ok()).filter(|_| date.len() == 6);
    read.map(|time| (time, Quality::GOOD)).ok_or_else(|| {
        let detail = format!("`{date};{time}` is no time, expected ddmmyy;hhmmss");
        (Reason::BadTime, detail)
    })
}

#[cfg(test)]
mod tests;
