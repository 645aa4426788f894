//! Codecs: from the bytes of a payload to readings in the device's own words. A codec is a pure
//! function; it knows neither the registry nor the store.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use domain::intake::Reason;
use domain::limits::PAYLOAD_BYTES_MAX;
use domain::unit::Unit;
use domain::{Quality, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;

pub mod airrohr;
pub mod checksum;
pub mod chirpstack;
pub mod hfp;
pub mod mapped;
pub mod native;
mod object;
pub mod senml;
pub mod sparkplug;
pub mod teltonika;
pub mod things_stack;
pub mod wialon;

/// A value as the device sent it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A finite number, in the unit that the profile says.
    Number(f64),
    /// A finite number, in the unit that the format says.
    Quantity(f64, Unit),
    /// A truth.
    Boolean(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// Nothing of these: what it is instead.
    Unusable(&'static str),
}

/// As people read it; a text is as long as it came.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Quantity(number, unit) => write!(f, "{number} {unit}"),
            Self::Boolean(truth) => truth.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Unusable(what) => write!(f, "({what})"),
        }
    }
}

/// What a device measured at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading<'a> {
    /// Its place in the array it came in.
    pub element: Option<u32>,
    /// Phenomenon time; the arrival time when the device told none.
    pub time: Timestamp,
    /// What is known about the time: `no-device-time`, `clock`.
    pub flags: Quality,
    /// The fields in the order they came, by the device's names.
    pub fields: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// What cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its place in the array it came in; `None`: the whole message.
    pub element: Option<u32>,
    /// Why.
    pub reason: Reason,
    /// The same in words.
    pub detail: String,
}

impl Unusable {
    fn message(reason: Reason, detail: impl Into<String>) -> Self {
        Self { element: None, reason, detail: detail.into() }
    }
}

/// A decoded message: its good elements, and its bad ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded<'a> {
    /// The readings, in their order.
    pub readings: Vec<Reading<'a>>,
    /// What cannot be used.
    pub unusable: Vec<Unusable>,
}

/// The text of a payload.
fn text(payload: &[u8]) -> Result<&str, Unusable> {
    utf8(bounded(payload)?)
}

fn utf8(payload: &[u8]) -> Result<&str, Unusable> {
    std::str::from_utf8(payload)
        .map_err(|error| Unusable::message(Reason::NotUtf8, error.to_string()))
}

/// A payload that is not too large to be decoded.
fn bounded(payload: &[u8]) -> Result<&[u8], Unusable> {
    bounded_by(PAYLOAD_BYTES_MAX, payload)
}

fn bounded_by(bytes_max: usize, payload: &[u8]) -> Result<&[u8], Unusable> {
    if payload.len() > bytes_max {
        let detail = format!("{} bytes, expected at most {bytes_max}", payload.len());
        return Err(Unusable::message(Reason::TooLarge, detail));
    }
    Ok(payload)
}

/// Reads a JSON text: what is JSON, but not of the form, is told apart from what is none.
fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Unusable> {
    serde_json::from_str(text).map_err(|error| {
        let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
        let reason = if is_json { Reason::BadElement } else { Reason::NotJson };
        Unusable::message(reason, error.to_string())
    })
}

/// A number as a value: one that is not finite is none.
fn quantity<'a>(number: f64, unit: Unit) -> Value<'a> {
    if number.is_finite() { Value::Quantity(number, unit) } else { NOT_FINITE }
}

const NOT_FINITE: Value<'static> = Value::Unusable("no finite number");

/// Moves readings of one frame that share a time to the next free milliseconds, in their order,
/// and flags them `clock`. A repeat of the very same reading stays where it is: the store knows
/// it as a duplicate.
fn separate(readings: &mut [Reading<'_>]) {
    if readings.windows(2).all(|pair| pair[0].time < pair[1].time) {
        return;
    }
    let mut first_at: HashMap<i64, usize> = HashMap::with_capacity(readings.len());
    let mut next_free: HashMap<i64, i64> = HashMap::with_capacity(readings.len());
    for index in 0..readings.len() {
        let (earlier, rest) = readings.split_at_mut(index);
        let reading = &mut rest[0];
        let asked = reading.time.millis();
        if first_at.get(&asked).is_some_and(|first| earlier[*first].fields == reading.fields) {
            continue;
        }
        let free = find_free(&mut next_free, asked);
        next_free.insert(free, free.saturating_add(1));
        first_at.entry(asked).or_insert(index);
        if free != asked {
            reading.time = Timestamp(free);
            reading.flags = reading.flags.with(Quality::CLOCK);
        }
    }
}

/// The first millisecond from `asked` on that is not taken; the way there is shortened for the
/// next who asks, so that a frame of thousands of equal times stays cheap.
fn find_free(next_free: &mut HashMap<i64, i64>, asked: i64) -> i64 {
    let mut free = asked;
    // At the end of time the next millisecond is the same one.
    while let Some(next) = next_free.get(&free).filter(|next| **next != free) {
        free = *next;
    }
    let mut step = asked;
    while step != free {
        step = next_free.insert(step, free).unwrap_or(free);
    }
    free
}
