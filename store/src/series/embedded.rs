//! The embedded series store: a key-value engine on disk with the newest state in memory. One
//! process owns the folder; reads go beside the one writer.

mod aggregate;
mod append;
mod block;
mod check;
mod corrections;
mod engine;
mod heads;
mod layout;
mod packed;
mod read;
mod retain;
mod rollup;
mod seal;
mod texts;

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use domain::change::{Latest, LatestText};
use domain::{DatastreamId, ObjectNo, PropertyId, Row, Timestamp};

use self::append::Writer;
use self::engine::Engine;
use self::heads::Heads;
use self::retain::retain_step;
use self::seal::Sealing;
use super::{Appended, Batch, Bucket, Correction, Observation, Series, SeriesError, Size};

pub use self::check::{Check, check};

/// The embedded store. Rows lie as they came until [`Series::seal`] packs the older ones. After a write that failed at the disk no further write is taken: the folder
/// has to be opened again, which recovers what was acknowledged.
pub struct Embedded {
    engine: Engine,
    /// Readers hold it for look-ups only, the writer to publish a commit: never during a read from
    /// or a write to the disk.
    heads: RwLock<Heads>,
    /// One commit at a time; reads never ask for it.
    writer: Mutex<Writer>,
    /// Appends that wait for the writer: housekeeping lets them go first.
    appends_waiting: AtomicUsize,
    /// One sealing at a time.
    seals: Mutex<()>,
    /// Observations kept; changed by the writer alone.
    observations: AtomicU64,
    sealing: Sealing,
}

impl Embedded {
    /// Opens the store in a folder, or makes a new one. After a kill it stands where the last
    /// acknowledged commit left it.
    pub fn open(folder: &Path) -> Result<Self, SeriesError> {
        Self::open_with(folder, Sealing::USUAL)
    }

    fn open_with(folder: &Path, sealing: Sealing) -> Result<Self, SeriesError> {
        let engine = Engine::open(folder)?;
        let heads = Heads::load(&engine)?;
        let observations = engine.observations()?;
        let mut batch = engine.batch(1);
        engine.remove_clean(&mut batch);
        batch.commit()?;
        Ok(Self {
            engine,
            heads: RwLock::new(heads),
            writer: Mutex::default(),
            appends_waiting: AtomicUsize::new(0),
            seals: Mutex::default(),
            observations: AtomicU64::new(observations),
            sealing,
        })
    }

    fn heads(&self) -> RwLockReadGuard<'_, Heads> {
        self.heads.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer's buffers are cleared before each use, and what is known changes only after a
    /// commit: a panic under this lock leaves nothing half done.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer for housekeeping. The lock is not fair: without this, who gives it back and takes
    /// it again at once would keep the appends waiting.
    fn writer_politely(&self) -> MutexGuard<'_, Writer> {
        while self.appends_waiting.load(Ordering::Relaxed) > 0 {
            std::thread::yield_now();
        }
        self.writer()
    }

    /// Saves all heads, so that the next opening need not look for newer rows.
    fn close(&self) -> Result<(), SeriesError> {
        let _writer = self.writer();
        let known = self.heads();
        let mut batch = self.engine.batch(known.objects.len() + 1);
        for (object, head) in &known.objects {
            self.engine.put_head(&mut batch, *object, head);
        }
        self.engine.put_clean(&mut batch);
        Ok(batch.commit()?)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "series store closed without saving its heads");
        }
    }
}

impl Series for Embedded {
    fn append(&self, batch: &Batch) -> Result<Appended, SeriesError> {
        self.appends_waiting.fetch_add(1, Ordering::Relaxed);
        let mut writer = self.writer();
        self.appends_waiting.fetch_sub(1, Ordering::Relaxed);
        let observations = self.observations.load(Ordering::Relaxed);
        let (appended, stored) = writer.append(&self.engine, &self.heads, observations, batch)?;
        self.observations.store(observations + stored, Ordering::Relaxed);
        Ok(appended)
    }

    fn latest(&self, ids: &[DatastreamId]) -> Result<Vec<Option<Latest>>, SeriesError> {
        let known = self.heads();
        Ok(ids.iter().map(|id| known.objects.get(&id.object)?.latest(id.slot)).collect())
    }

    fn latest_texts(&self, object: ObjectNo) -> Result<Vec<(PropertyId, LatestText)>, SeriesError> {
        let mut texts = self.heads().texts.get(&object).cloned().unwrap_or_default();
        texts.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(texts)
    }

    fn range(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Observation>, SeriesError> {
        read::read_range(&self.engine, id, (from, to), limit)
    }

    fn rows(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Row>, SeriesError> {
        read::read_rows(&self.engine, object, (from, to), limit)
    }

    fn texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LatestText>, SeriesError> {
        texts::read_texts(&self.engine, object, property, from, to)
    }

    fn aggregate(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
    ) -> Result<Vec<Bucket>, SeriesError> {
        aggregate::aggregate(&self.engine, id, bounds)
    }

    fn count(
        &self,
        ids: &[DatastreamId],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError> {
        read::count(&self.engine, ids, (from, to))
    }

    fn count_rows(
        &self,
        objects: &[ObjectNo],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError> {
        read::count_rows(&self.engine, objects, (from, to))
    }

    fn corrections(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Correction>, SeriesError> {
        corrections::read_corrections(&self.engine, id, from, to)
    }

    fn retain(&self, objects: &[ObjectNo], before: Timestamp) -> Result<u64, SeriesError> {
        let mut gone = 0;
        for object in objects {
            let mut is_done = false;
            while !is_done {
                let mut writer = self.writer_politely();
                writer.disturb(*object);
                let kept = self.observations.load(Ordering::Relaxed);
                let mut left = kept;
                let step = retain_step(&self.engine, &self.heads, &mut left, *object, before);
                self.observations.store(left, Ordering::Relaxed);
                gone += kept - left;
                is_done = !step?;
            }
        }
        Ok(gone)
    }

    fn seal(&self, now: Timestamp) -> Result<u64, SeriesError> {
        let _only_one = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        let before = now.plus_ms(-self.sealing.age_ms_min);
        let mut objects: Vec<ObjectNo> = self.heads().objects.keys().copied().collect();
        objects.sort_unstable();
        let mut rows = 0;
        for object in objects {
            let mut from = Timestamp(i64::MIN);
            loop {
                self.writer_politely().watch(object);
                let packed = seal::pack(&self.engine, self.sealing, object, (from, before))?;
                let Some(packed) = packed else { break };
                let writer = self.writer_politely();
                if writer.is_disturbed() {
                    break; // late rows came meanwhile: the next sealing takes them too
                }
                rows += packed.rows();
                from = packed.next();
                seal::commit(&self.engine, &self.heads, object, packed)?;
            }
        }
        Ok(rows)
    }

    fn size(&self) -> Result<Size, SeriesError> {
        let observations = self.observations.load(Ordering::Relaxed);
        Ok(Size { bytes: self.engine.bytes()?, observations })
    }
}

#[cfg(test)]
mod tests;
