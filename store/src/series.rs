//! The series: observations of all objects, durable when `append` returns, idempotent on
//! (datastream, phenomenon time). One trait, one conformance suite (`series::conformance`); the
//! embedded store is `series::embedded`.
//!
//! The trait blocks: callers run it on a thread of their own (style rule 51).

#[cfg(test)]
mod conformance;
mod embedded;

use std::path::Path;

use domain::change::{Latest, LatestText};
use domain::{DatastreamId, ObjectNo, Outcome, PropertyId, Quality, Row, Timestamp};

pub use self::embedded::{Check, Embedded, check, repair};

/// A text attribute of an object as one reading brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The object.
    pub object: ObjectNo,
    /// Which attribute.
    pub property: PropertyId,
    /// Phenomenon time.
    pub time: Timestamp,
    /// Arrival time.
    pub arrival: Timestamp,
    /// The text, at most [`domain::limits::TEXT_CHARS_MAX`] characters.
    pub text: String,
}

/// What one commit writes.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Rows of numbers, in the order of arrival.
    pub rows: Vec<Row>,
    /// Texts, in the order of arrival; equal neighbours in time are kept once.
    pub texts: Vec<Text>,
}

/// What became of a batch: for each row, for each of its cells, in the same order; and of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// One outcome for each cell of each row, flattened in order.
    pub cells: Vec<Outcome>,
    /// One outcome for each text.
    pub texts: Vec<Outcome>,
}

/// One stored observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Phenomenon time.
    pub time: Timestamp,
    /// Arrival time (kept to the second).
    pub arrival: Timestamp,
    /// Value in the canonical unit.
    pub value: f64,
    /// What is known about it.
    pub quality: Quality,
}

/// What is kept of one object at one time, each value with its own arrival: a correction of one of
/// them came later than the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Phenomenon time.
    pub time: Timestamp,
    /// Slot and observation, in the order of slots.
    pub values: Vec<(u16, Observation)>,
}

/// One bucket of an aggregate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Begin, inclusive.
    pub begin: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Number of observations; 0 in a gap, and then all values are `NaN`.
    pub count: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// First in time.
    pub first: f64,
    /// Last in time.
    pub last: f64,
}

/// The time-weighted mean of one bucket: each value counts for as long as it held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted {
    /// The mean; `NaN` when nothing is known.
    pub mean: f64,
    /// Of how much of the bucket a value is known, milliseconds.
    pub known_ms: i64,
}

/// What goes of an object, and what stays of it.
#[derive(Clone, Copy, Debug)]
pub struct Retention<'a> {
    /// Rows that are older go, by whole blocks: what shares a block with newer rows stays.
    pub before: Timestamp,
    /// Times that are held as evidence, (begin, end), ascending; nothing of them goes.
    pub held: &'a [(Timestamp, Timestamp)],
    /// For how long a state holds when nothing newer is known, milliseconds; see
    /// [`Series::time_weighted`].
    pub holds_ms_max: i64,
}

/// A value that was replaced by a newer arrival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correction {
    /// The key's phenomenon time.
    pub time: Timestamp,
    /// The replaced observation.
    pub old: Observation,
    /// The value that stands now.
    pub new: Observation,
}

/// Where a correction stands among those of several datastreams: by the arrival of the new value,
/// the greatest is the newest. No two have the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CorrectionPlace {
    /// When the new value arrived.
    pub arrival: Timestamp,
    /// The key's phenomenon time.
    pub time: Timestamp,
    /// The datastream.
    pub id: DatastreamId,
    /// Counts the corrections of one key in the order they came.
    pub ordinal: u32,
}

/// A correction in the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedCorrection {
    /// Where it stands.
    pub place: CorrectionPlace,
    /// Both values.
    pub correction: Correction,
    /// The new value has not been replaced in its turn.
    pub stands: bool,
}

/// The newest corrections of several datastreams.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewestCorrections {
    /// The newest first.
    pub corrections: Vec<PlacedCorrection>,
    /// How many there are in all.
    pub total: u64,
    /// Older ones are left.
    pub has_more: bool,
}

/// What the store says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes on disk.
    pub bytes: u64,
    /// Observations kept (cells).
    pub observations: u64,
}

/// Why the series could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// The engine failed; what was asked may be tried again.
    #[error("series store: {0}")]
    Engine(String),
    /// What lies on the disk is not what the store wrote.
    #[error("series store is damaged: {0}")]
    Damaged(String),
    /// The folder is used by another process.
    #[error("series folder `{0}` is in use by another process")]
    InUse(String),
    /// More was asked for than one answer may carry.
    #[error("more than {limit} observations in one answer, expected a shorter time or buckets")]
    TooMany {
        /// The bound.
        limit: usize,
    },
}

/// A store of observations.
pub trait Series: Send + Sync + 'static {
    /// Writes a batch; everything in it is durable when this returns. Within a batch later rows
    /// win over earlier ones of the same key.
    fn append(&self, batch: &Batch) -> Result<Appended, SeriesError>;

    /// Newest observation of each datastream, by phenomenon time; in the order asked.
    /// Late ones ([`Quality::LATE`]) never count.
    fn latest(&self, ids: &[DatastreamId]) -> Result<Vec<Option<Latest>>, SeriesError>;

    /// Newest text of each attribute of an object.
    fn latest_texts(&self, object: ObjectNo) -> Result<Vec<(PropertyId, LatestText)>, SeriesError>;

    /// Observations of one datastream with `from <= time < to`, oldest first.
    fn range(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Observation>, SeriesError>;

    /// Rows of one object with `from <= time < to`, oldest first, each with all its cells.
    fn rows(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Row>, SeriesError>;

    /// The first readings of one object with `from <= time < to`, oldest first, at most `limit` of
    /// them; fewer when there are no more. Whoever reads a long time asks again from behind the last
    /// one, and meets each time once, whatever is appended meanwhile.
    fn first_readings(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Reading>, SeriesError>;

    /// Texts of one attribute with `from <= time < to`, oldest first.
    fn texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LatestText>, SeriesError>;

    /// The first texts of one attribute, as [`Series::first_readings`] gives readings.
    fn first_texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Text>, SeriesError>;

    /// One bucket for each entry of `bounds` (begin, end), which are ascending and do not overlap.
    /// Gaps are buckets with count 0. Of rows that [`Series::retain`] dropped, buckets of whole hours
    /// know.
    fn aggregate(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
    ) -> Result<Vec<Bucket>, SeriesError>;

    /// The time-weighted mean of each of `bounds`, as [`Series::aggregate`] takes them. A value holds
    /// until the next observation, also over the begin of a bucket; when that is more than
    /// `holds_ms_max` later, nothing is known of the time between them, as of the time after the
    /// newest. Of dropped rows, whole hours of states (values 0 and 1) are known.
    fn time_weighted(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
        holds_ms_max: i64,
    ) -> Result<Vec<Weighted>, SeriesError>;

    /// Number of observations of each datastream with `from <= time < to`: data capture. Of rows
    /// that [`Series::retain`] dropped, those of whole hours count, here and in
    /// [`Series::count_rows`].
    fn count(
        &self,
        ids: &[DatastreamId],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError>;

    /// Number of rows (distinct phenomenon times) of each object with `from <= time < to`.
    fn count_rows(
        &self,
        objects: &[ObjectNo],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError>;

    /// Replaced values of one datastream with `from <= time < to`, oldest first, those of one time in
    /// the order they came.
    fn corrections(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Correction>, SeriesError>;

    /// Corrections of datastreams, of whatever phenomenon time, in the order of their arrival: at
    /// most `limit` of them, the newest of those that came before the place `before`. Reads all
    /// corrections of the datastreams, and keeps no more than `limit` in memory.
    fn newest_corrections(
        &self,
        ids: &[DatastreamId],
        before: Option<CorrectionPlace>,
        limit: usize,
    ) -> Result<NewestCorrections, SeriesError>;

    /// Drops old rows of an object and the texts of their time; how many observations went. What they
    /// made together in each hour stays for ever, and the text that still held afterwards.
    fn retain(&self, object: ObjectNo, retention: &Retention<'_>) -> Result<u64, SeriesError>;

    /// Sealing and retention that run end after the piece at which they are, and a snapshot fails;
    /// for a process that wants to end. They do nothing from then on.
    fn halt(&self) {}

    /// Housekeeping: packs what is old enough at `now`, a piece at a time, beside appends and reads;
    /// no answer changes. Meant to be called a few times a day. Returns how many rows were packed;
    /// a store that has nothing to pack packs none.
    fn seal(&self, _now: Timestamp) -> Result<u64, SeriesError> {
        Ok(0)
    }

    /// Copies the store into a new folder, beside appends and reads: everything that was appended
    /// before the call is in the copy, every later batch wholly or not at all. The size of the copy.
    fn snapshot(&self, folder: &Path) -> Result<Size, SeriesError>;

    /// Size on disk and number of observations.
    fn size(&self) -> Result<Size, SeriesError>;
}
