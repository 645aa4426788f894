//! Codecs: from the bytes of a payload to readings in the device's own words. A codec is a pure
//! function; it knows neither the registry nor the store.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::intake::Reason;
use domain::{Quality, Timestamp};

pub mod native;

/// A value as the device sent it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A finite number.
    Number(f64),
    /// A truth.
    Boolean(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// Nothing of these: what it is instead.
    Unusable(&'static str),
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
    while let Some(next) = next_free.get(&free) {
        free = *next;
    }
    let mut step = asked;
    while step != free {
        step = next_free.insert(step, free).unwrap_or(free);
    }
    free
}
