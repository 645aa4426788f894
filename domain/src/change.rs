//! What the pipeline tells after a commit: the newest state of the objects that a batch touched.
//! Whoever shows the city folds these changes into a snapshot.

use std::sync::Arc;

use crate::ids::{DeviceId, ObjectNo, PropertyId};
use crate::observation::Quality;
use crate::place::Place;
use crate::time::Timestamp;

/// The newest value of a datastream, by phenomenon time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latest {
    /// Phenomenon time.
    pub time: Timestamp,
    /// Arrival time.
    pub arrival: Timestamp,
    /// Value in the canonical unit.
    pub value: f64,
    /// What is known about it.
    pub quality: Quality,
}

/// The newest text of an attribute (route, run, trip, status).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestText {
    /// Since when (phenomenon time).
    pub time: Timestamp,
    /// The text.
    pub text: Arc<str>,
}

/// Where an object that moves was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// The last credible place: the one that is drawn.
    pub place: Place,
    /// When it was measured.
    pub time: Timestamp,
    /// The newest fix is not believed; `place` is older than it («GPS спотворено»).
    pub suspect: bool,
}

/// What changed at one object: only what is newer than before stands in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The object.
    pub object: ObjectNo,
    /// The device that sent it.
    pub device: DeviceId,
    /// Newest phenomenon time among the device's readings.
    pub measured_at: Timestamp,
    /// Newest arrival.
    pub arrived_at: Timestamp,
    /// Newest values by slot.
    pub values: Vec<(u16, Latest)>,
    /// Newest texts.
    pub texts: Vec<(PropertyId, LatestText)>,
    /// Place, for objects that tell one.
    pub position: Option<Position>,
    /// Its device took leave and has said nothing since: it is silent, however new its values are.
    pub is_gone: bool,
}

/// Whether a device is there, as some protocols tell it apart from readings: births and deaths of
/// Sparkplug B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It came.
    Here,
    /// It took leave, or its gateway lost it.
    Gone,
}

/// The changes of one commit, in the order of commits.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// Number of the commit since the process started; rises by one.
    pub number: u64,
    /// When the commit was durable.
    pub committed_at: Timestamp,
    /// The changes, at most one for each object.
    pub objects: Vec<Change>,
}
