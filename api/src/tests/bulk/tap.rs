//! A store between the platform and a test: it counts what it gives, tells of tram positions each
//! second without end, or breaks.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::change::{Latest, LatestText};
use domain::{DatastreamId, ObjectNo, PropertyId, Quality, Row, Timestamp};
use store::series::{
    Appended, Batch, Bucket, Correction, CorrectionPlace, Embedded, NewestCorrections, Observation,
    Reading, Retention, Series, SeriesError, Size, Text, Weighted,
};

/// What it does when it is asked for readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Asks the store behind it.
    Plain,
    /// Has a reading of five values at each second.
    EachSecond,
    /// The same for the first question; then its disk is damaged.
    Damaged,
    /// The same for the first question; then it panics.
    Panics,
}

/// The store.
pub(super) struct Tap {
    inner: Arc<Embedded>,
    mode: Mode,
    questions: AtomicU64,
    given: AtomicU64,
}

impl Tap {
    pub(super) fn new(inner: &Arc<Embedded>, mode: Mode) -> Arc<Self> {
        let (questions, given) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { inner: Arc::clone(inner), mode, questions, given })
    }

    /// Readings that it gave.
    pub(super) fn given(&self) -> u64 {
        self.given.load(Ordering::SeqCst)
    }
}

/// What it has each second.
pub(super) const MEASURED: [&str; 5] = ["lat", "lon", "speed", "bearing", "odometer"];
/// Their slots, as the profile of a tracker has its fields.
const SLOTS: [u16; 5] = [0, 1, 2, 3, 9];

/// What is measured in them at a second.
pub(super) fn values_at(time: Timestamp) -> [f64; 5] {
    let seconds = time.millis() / 1000;
    [
        46.0 + (seconds % 9_000) as f64 / 10_000.0,
        30.0 + (seconds % 7_000) as f64 / 10_000.0,
        (seconds % 17) as f64,
        (seconds % 360) as f64,
        (seconds % 1_000_000) as f64 / 100.0,
    ]
}

fn reading_at(time: Timestamp) -> Reading {
    let (arrival, quality) = (time.plus_ms(2000), Quality::GOOD);
    let observed = |(slot, value)| (slot, Observation { time, arrival, value, quality });
    Reading { time, values: SLOTS.into_iter().zip(values_at(time)).map(observed).collect() }
}

impl Series for Tap {
    fn append(&self, batch: &Batch) -> Result<Appended, SeriesError> {
        self.inner.append(batch)
    }

    fn latest(&self, ids: &[DatastreamId]) -> Result<Vec<Option<Latest>>, SeriesError> {
        self.inner.latest(ids)
    }

    fn latest_texts(&self, object: ObjectNo) -> Result<Vec<(PropertyId, LatestText)>, SeriesError> {
        self.inner.latest_texts(object)
    }

    fn range(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Observation>, SeriesError> {
        self.inner.range(id, from, to, limit)
    }

    fn rows(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Row>, SeriesError> {
        self.inner.rows(object, from, to, limit)
    }

    fn first_readings(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Reading>, SeriesError> {
        let before = self.questions.fetch_add(1, Ordering::SeqCst);
        let readings = match self.mode {
            Mode::Plain => self.inner.first_readings(object, from, to, limit)?,
            Mode::Damaged if before > 0 => return Err(SeriesError::Damaged("a test".into())),
            Mode::Panics if before > 0 => panic!("made to panic"),
            _ => {
                let first = from.millis().div_euclid(1000) + i64::from(from.millis() % 1000 != 0);
                let times = (first..).map(|second| Timestamp(second * 1000));
                times.take_while(|time| *time < to).take(limit).map(reading_at).collect()
            }
        };
        self.given.fetch_add(readings.len() as u64, Ordering::SeqCst);
        Ok(readings)
    }

    fn texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LatestText>, SeriesError> {
        self.inner.texts(object, property, from, to)
    }

    fn first_texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Text>, SeriesError> {
        self.inner.first_texts(object, property, from, to, limit)
    }

    fn aggregate(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
    ) -> Result<Vec<Bucket>, SeriesError> {
        self.inner.aggregate(id, bounds)
    }

    fn time_weighted(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
        holds_ms_max: i64,
    ) -> Result<Vec<Weighted>, SeriesError> {
        self.inner.time_weighted(id, bounds, holds_ms_max)
    }

    fn count(
        &self,
        ids: &[DatastreamId],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError> {
        self.inner.count(ids, from, to)
    }

    fn count_rows(
        &self,
        objects: &[ObjectNo],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError> {
        self.inner.count_rows(objects, from, to)
    }

    fn corrections(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Correction>, SeriesError> {
        self.inner.corrections(id, from, to, limit)
    }

    fn newest_corrections(
        &self,
        ids: &[DatastreamId],
        before: Option<CorrectionPlace>,
        limit: usize,
    ) -> Result<NewestCorrections, SeriesError> {
        self.inner.newest_corrections(ids, before, limit)
    }

    fn retain(&self, object: ObjectNo, retention: &Retention<'_>) -> Result<u64, SeriesError> {
        self.inner.retain(object, retention)
    }

    fn snapshot(&self, folder: &Path) -> Result<Size, SeriesError> {
        self.inner.snapshot(folder)
    }

    fn size(&self) -> Result<Size, SeriesError> {
        self.inner.size()
    }
}
