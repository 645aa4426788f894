//! Teltonika trackers, Codec 8 and 8 Extended: one frame of records over TCP, all numbers big
//! endian. A record without a fix keeps what its inputs say and tells no place.

use std::borrow::Cow;

use domain::intake::Reason;
use domain::limits::FIELDS_PER_READING_MAX;
use domain::unit::Unit;
use domain::{Quality, Timestamp};

use super::checksum::crc16;
use super::{Decoded, Reading, Unusable, Value, separate};

/// Bytes before the data: a preamble of zeros and the length.
pub const HEAD_BYTES: usize = 8;
/// Bytes after the data: the checksum.
pub const TAIL_BYTES: usize = 4;
/// Codec id and the count of records before and behind the records.
const DATA_BYTES_MIN: usize = 3;
/// Degrees of latitude and longitude come in steps of this.
const DEGREE_STEP: f64 = 1e-7;
/// The end of the year 9999: a clock beyond it is none.
const TIME_MS_MAX: i64 = 253_402_300_799_999;
/// Larger whole numbers would lose digits as values: they are identifiers, not measures.
const EXACT_MAX: u64 = 1 << 53;

/// Inputs whose meaning is the same on all devices: id, native field, factor and unit. Digital
/// inputs and whatever else is wired differently on each vehicle stay `io_1`, `io_2` …, for the
/// profile to say what they are.
const INPUTS: &[(u16, &str, f64, Unit)] = &[
    (16, "odometer", 1.0, Unit::Metre),
    (67, "battery", 1.0, Unit::Millivolt),
    (113, "battery_level", 1.0, Unit::Percent),
    (182, "hdop", 0.1, Unit::One),
];
const IGNITION: u16 = 239;

/// The two layouts: they differ in the width of ids and counts, and in inputs of any length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Codec8,
    Codec8Extended,
}

/// The count of records in a frame whose checksum is right; `Err` says what is wrong with it.
pub fn count(frame: &[u8]) -> Result<u8, Unusable> {
    data(frame).map(|data| data[1])
}

/// Reads a frame. One bad record spoils those behind it: nothing tells where the next one begins.
pub fn decode(frame: &[u8], arrived_at: Timestamp) -> Result<Decoded<'_>, Unusable> {
    let data = data(frame)?;
    let layout = match data[0] {
        0x08 => Layout::Codec8,
        0x8E => Layout::Codec8Extended,
        other => {
            let detail = format!("codec 0x{other:02X}, expected 0x08 or 0x8E");
            return Err(Unusable::message(Reason::BadFrame, detail));
        }
    };
    let (records, behind) = (data[1], data[data.len() - 1]);
    if records != behind {
        let detail = format!("{records} records, and {behind} said behind them");
        return Err(Unusable::message(Reason::BadFrame, detail));
    }
    let mut bytes = Bytes(&data[2..data.len() - 1]);
    let mut decoded = Decoded::default();
    for element in 0..u32::from(records) {
        let refused = |reason, detail| Unusable { element: Some(element), reason, detail };
        let Some(record) = record(&mut bytes, layout) else {
            let detail = "the layout of the records is another one".to_owned();
            decoded.unusable.push(refused(Reason::BadFrame, detail));
            return Ok(decoded);
        };
        match record.reading(element, arrived_at) {
            Ok(reading) => decoded.readings.push(reading),
            Err((reason, detail)) => decoded.unusable.push(refused(reason, detail)),
        }
    }
    if !bytes.0.is_empty() {
        let detail = format!("{} bytes behind the last record", bytes.0.len());
        let element = Some(u32::from(records));
        decoded.unusable.push(Unusable { element, reason: Reason::BadFrame, detail });
    }
    decoded.readings.sort_by_key(|reading| reading.time);
    separate(&mut decoded.readings);
    Ok(decoded)
}

/// The data of a frame, from the codec's id to the second count.
fn data(frame: &[u8]) -> Result<&[u8], Unusable> {
    let refused = |detail| Unusable::message(Reason::BadFrame, detail);
    let frame = super::bounded(frame)?;
    let (Some(head), Some(length)) = (frame.get(..4), frame.get(4..HEAD_BYTES)) else {
        return Err(refused(format!("a frame of {} bytes", frame.len())));
    };
    let length = length.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    if head != [0; 4] || length < DATA_BYTES_MIN || frame.len() != HEAD_BYTES + length + TAIL_BYTES
    {
        let detail = format!("a frame of {} bytes that says {length} of data", frame.len());
        return Err(refused(detail));
    }
    let (data, tail) = frame[HEAD_BYTES..].split_at(length);
    let said = tail.iter().fold(0u32, |said, byte| said << 8 | u32::from(*byte));
    let found = u32::from(crc16(data));
    if said != found {
        return Err(refused(format!("checksum 0x{said:04X}, expected 0x{found:04X}")));
    }
    Ok(data)
}

/// The bytes that were not read yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes, at most eight.
    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// A record as it is written.
struct Record<'a> {
    time_ms: u64,
    longitude: i32,
    latitude: i32,
    angle: u16,
    satellites: u8,
    speed: u16,
    inputs: Vec<(u16, &'a [u8])>,
}

fn record<'a>(bytes: &mut Bytes<'a>, layout: Layout) -> Option<Record<'a>> {
    let time_ms = bytes.number(8)?;
    let _priority = bytes.number(1)?;
    let longitude = bytes.number(4)? as u32 as i32;
    let latitude = bytes.number(4)? as u32 as i32;
    let _altitude = bytes.number(2)?;
    let angle = bytes.number(2)? as u16;
    let satellites = bytes.number(1)? as u8;
    let speed = bytes.number(2)? as u16;
    let inputs = inputs(bytes, layout)?;
    Some(Record { time_ms, longitude, latitude, angle, satellites, speed, inputs })
}

/// The inputs, in groups of equal width. The id of the event and the total of the inputs are not
/// needed.
fn inputs<'a>(bytes: &mut Bytes<'a>, layout: Layout) -> Option<Vec<(u16, &'a [u8])>> {
    let word = if layout == Layout::Codec8 { 1 } else { 2 };
    bytes.take(2 * word)?;
    let mut inputs = Vec::new();
    for width in [1, 2, 4, 8] {
        for _ in 0..bytes.number(word)? {
            inputs.push((bytes.number(word)? as u16, bytes.take(width)?));
        }
    }
    if layout == Layout::Codec8Extended {
        for _ in 0..bytes.number(2)? {
            let id = bytes.number(2)? as u16;
            let length = bytes.number(2)? as usize;
            inputs.push((id, bytes.take(length)?));
        }
    }
    Some(inputs)
}

impl Record<'_> {
    fn reading(
        &self,
        element: u32,
        arrived_at: Timestamp,
    ) -> Result<Reading<'static>, (Reason, String)> {
        let time = i64::try_from(self.time_ms).ok().filter(|time| *time <= TIME_MS_MAX);
        let time =
            time.ok_or_else(|| (Reason::BadTime, format!("`{}` ms is no time", self.time_ms)))?;
        let (time, flags) = match time {
            0 => (arrived_at, Quality::NO_DEVICE_TIME),
            time => (Timestamp(time), Quality::GOOD),
        };
        let mut fields: Vec<(Cow<'static, str>, Value<'static>)> = Vec::new();
        if self.has_fix() {
            let degrees =
                |steps: i32| Value::Quantity(f64::from(steps) * DEGREE_STEP, Unit::Degree);
            fields.push(("lat".into(), degrees(self.latitude)));
            fields.push(("lon".into(), degrees(self.longitude)));
            let speed = Value::Quantity(self.speed.into(), Unit::KilometrePerHour);
            fields.push(("speed".into(), speed));
            let bearing = Value::Quantity(self.angle.into(), Unit::Degree);
            fields.push(("bearing".into(), bearing));
        }
        fields.push(("satellites".into(), Value::Number(self.satellites.into())));
        fields.extend(self.inputs.iter().map(|(id, bytes)| input(*id, bytes)));
        if fields.len() > FIELDS_PER_READING_MAX {
            let detail =
                format!("{} fields, expected at most {FIELDS_PER_READING_MAX}", fields.len());
            return Err((Reason::TooMany, detail));
        }
        Ok(Reading { element: Some(element), time, flags, fields })
    }

    fn has_fix(&self) -> bool {
        self.satellites > 0 && (self.latitude, self.longitude) != (0, 0)
    }
}

fn input(id: u16, bytes: &[u8]) -> (Cow<'static, str>, Value<'static>) {
    let unknown = || Cow::Owned(format!("io_{id}"));
    if bytes.is_empty() || bytes.len() > 8 {
        return (unknown(), Value::Text(hexadecimal(bytes).into()));
    }
    let number = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    if id == IGNITION {
        return ("ignition".into(), Value::Number(number as f64));
    }
    match INPUTS.iter().find(|(known, ..)| *known == id) {
        Some((_, name, factor, unit)) => {
            ((*name).into(), Value::Quantity(number as f64 * factor, *unit))
        }
        None if number > EXACT_MAX => (unknown(), Value::Text(hexadecimal(bytes).into())),
        None => (unknown(), Value::Number(number as f64)),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests;
