//! Observations as the series store keeps them. What was measured at one object at one time is one
//! row; each of its cells belongs to a datastream. The key (datastream, phenomenon time) makes
//! every write idempotent (invariant I4).

use smallvec::SmallVec;

use crate::ids::ObjectNo;
use crate::time::Timestamp;

/// A datastream: one observed property of one object. `slot` is the property's place in the
/// object's rows, given once by the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatastreamId {
    /// The object.
    pub object: ObjectNo,
    /// The property's place in its rows, below [`crate::limits::SLOTS_PER_OBJECT_MAX`].
    pub slot: u16,
}

/// Quality flags of one value: what is known about it, never a reason to drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Quality(pub u16);

impl Quality {
    /// Nothing speaks against the value.
    pub const GOOD: Self = Self(0);
    /// Outside of the profile's valid range.
    pub const RANGE: Self = Self(1);
    /// Changed faster than the profile allows.
    pub const RATE: Self = Self(1 << 1);
    /// Has not changed for longer than the profile allows.
    pub const FLAT: Self = Self(1 << 2);
    /// The reading carried no time; the arrival time stands for it.
    pub const NO_DEVICE_TIME: Self = Self(1 << 3);
    /// The device's time was read by a guess (seconds instead of milliseconds) or moved by 1 ms
    /// steps because records of one frame shared it.
    pub const CLOCK: Self = Self(1 << 4);
    /// Arrived more than [`crate::limits::LATE_MS`] after it was measured.
    pub const LATE: Self = Self(1 << 5);
    /// A position that is not believed (jump, outside of the service area, many in one point).
    pub const POSITION_SUSPECT: Self = Self(1 << 6);
    /// Measured while the device was in zero, span, maintenance or fault state.
    pub const NOT_MEASURING: Self = Self(1 << 7);
    /// Replaced an earlier, different value of the same key.
    pub const CORRECTED: Self = Self(1 << 8);

    /// Both sets of flags.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Are all flags of `other` set?
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags' names, as written in the API and in exports.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (Self::RANGE, "range"),
            (Self::RATE, "rate"),
            (Self::FLAT, "flat"),
            (Self::NO_DEVICE_TIME, "no-device-time"),
            (Self::CLOCK, "clock"),
            (Self::LATE, "late"),
            (Self::POSITION_SUSPECT, "position-suspect"),
            (Self::NOT_MEASURING, "not-measuring"),
            (Self::CORRECTED, "corrected"),
        ]
        .into_iter()
        .filter(move |(flag, _)| self.has(*flag))
        .map(|(_, name)| name)
    }
}

/// One value of a row, in the canonical unit of its property; booleans are 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The property's place.
    pub slot: u16,
    /// The value; always finite.
    pub value: f64,
    /// What is known about it.
    pub quality: Quality,
}

/// What was measured at one object at one time, as one reading brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The object.
    pub object: ObjectNo,
    /// Phenomenon time: when it was measured.
    pub time: Timestamp,
    /// When it arrived at the platform.
    pub arrival: Timestamp,
    /// The values, at most one for each slot, ordered by slot.
    pub cells: SmallVec<[Cell; 6]>,
}

/// What became of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// New, and on disk.
    Stored,
    /// The same value for the same key was there already.
    Duplicate,
    /// Another value for the same key was there; the newer arrival wins and both are known.
    Corrected,
}
