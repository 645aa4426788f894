//! A series store that can be made to wait, to fail, or to choke on one value.

use std::path::Path;
use std::sync::{Condvar, Mutex};

use domain::change::{Latest, LatestText};
use domain::{DatastreamId, ObjectNo, PropertyId, Row, Timestamp};
use store::series::{
    Appended, Batch, Bucket, Correction, CorrectionPlace, Embedded, NewestCorrections, Observation,
    Reading, Retention, Series, SeriesError, Size, Text, Weighted,
};

/// What is wrong with the store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// An append waits until the fault is another.
    Waits,
    /// Every append fails.
    Fails,
    /// An append of a batch with this value fails.
    ChokesOn(f64),
    /// An append of a batch with this value panics.
    PanicsOn(f64),
}

/// The embedded store with a fault.
pub(crate) struct Faulty {
    inner: Embedded,
    fault: Mutex<Fault>,
    changed: Condvar,
}

impl Faulty {
    pub(crate) fn new(inner: Embedded) -> Self {
        Self { inner, fault: Mutex::new(Fault::None), changed: Condvar::new() }
    }

    pub(crate) fn set(&self, fault: Fault) {
        *self.fault.lock().expect("no panic under it") = fault;
        self.changed.notify_all();
    }
}

fn has(batch: &Batch, value: f64) -> bool {
    let mut cells = batch.rows.iter().flat_map(|row| &row.cells);
    cells.any(|cell| cell.value.to_bits() == value.to_bits())
}

impl Series for Faulty {
    fn append(&self, batch: &Batch) -> Result<Appended, SeriesError> {
        let fault = self.fault.lock().expect("no panic under it");
        let fault =
            *self.changed.wait_while(fault, |f| *f == Fault::Waits).expect("no panic under it");
        match fault {
            Fault::Fails => Err(SeriesError::Engine("made to fail".into())),
            Fault::ChokesOn(value) if has(batch, value) => {
                Err(SeriesError::Engine("choked".into()))
            }
            Fault::PanicsOn(value) => {
                assert!(!has(batch, value), "made to panic");
                self.inner.append(batch)
            }
            _ => self.inner.append(batch),
        }
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
        self.inner.first_readings(object, from, to, limit)
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
