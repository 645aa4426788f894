//! The test bench: what a profile makes of one message. Nothing of it is stored; it is asked by
//! whoever writes a profile, with a message at hand.

use crate::elements::Elements;
use crate::intake::Reason;
use crate::observation::Quality;
use crate::time::Timestamp;

/// A message that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The topic it came on, or would come on; it says how the payload is written.
    pub topic: String,
    /// The bytes.
    pub payload: Vec<u8>,
    /// When it came.
    pub arrived_at: Timestamp,
    /// Only these elements of its array; `None`: all of it.
    pub elements: Option<Elements>,
}

/// What became of the message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// The readings, in their order, at most [`crate::limits::TRIAL_READINGS_MAX`].
    pub readings: Vec<TriedReading>,
    /// Readings beyond them.
    pub left: usize,
    /// What would be put aside in quarantine.
    pub unusable: Vec<TriedUnusable>,
}

/// One reading.
#[derive(Clone, Debug, PartialEq)]
pub struct TriedReading {
    /// Its place in the array it came in.
    pub element: Option<u32>,
    /// Phenomenon time.
    pub time: Timestamp,
    /// What is known about the time.
    pub quality: Quality,
    /// The values that the profile knows.
    pub values: Vec<TriedValue>,
    /// Fields that the profile does not know: name, and value as it came.
    pub unknown: Vec<(String, String)>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct TriedValue {
    /// The place of its field among the profile's.
    pub field: usize,
    /// What would be stored.
    pub value: Measured,
    /// What speaks against it.
    pub quality: Quality,
}

/// A value as it would be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// In the canonical unit; a truth is 0 or 1.
    Number(f64),
    /// A text, kept as an attribute of the object.
    Text(String),
}

/// What cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedUnusable {
    /// Its place in the array it came in; `None`: the whole message.
    pub element: Option<u32>,
    /// Why.
    pub reason: Reason,
    /// The same in words.
    pub detail: String,
}
