//! The embedded series store: a key-value engine on disk with the newest state in memory. One
//! process owns the folder; reads go beside the one writer.

mod aggregate;
mod append;
mod block;
mod check;
mod corrections;
mod engine;
mod heads;
mod hours;
mod layout;
mod packed;
mod read;
mod retain;
mod rollup;
mod seal;
mod snapshot;
mod texts;
mod weighted;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use domain::change::{Latest, LatestText};
use domain::{DatastreamId, ObjectNo, PropertyId, Row, Timestamp};

use self::append::Writer;
use self::engine::Engine;
use self::heads::Heads;
use self::read::View;
use self::retain::retain_step;
use self::seal::Sealing;
use super::{
    Appended, Batch, Bucket, Correction, CorrectionPlace, NewestCorrections, Observation, Reading,
    Retention, Series, SeriesError, Size, Text, Weighted,
};

pub use self::check::{Check, check, repair};

/// The embedded store. Rows lie as they came until [`Series::seal`] packs the older ones.
///
/// After a write that failed at the disk the engine takes no other; the next append opens the
/// folder again, which recovers what was acknowledged, and goes on when the disk does.
pub struct Embedded {
    folder: PathBuf,
    sealing: Sealing,
    /// One commit at a time; reads never ask for it. Taken before `engine` and `heads`.
    writer: Mutex<Writer>,
    /// Shared by all reads and commits; `None` while the folder could not be opened again.
    engine: RwLock<Option<Engine>>,
    /// Readers hold it for look-ups only, the writer to publish a commit: never during a read from
    /// or a write to the disk.
    heads: RwLock<Heads>,
    /// Observations kept; changed by the writer alone.
    observations: AtomicU64,
    /// A commit failed: the engine must be opened again. Changed by the writer alone.
    is_broken: AtomicBool,
    /// Appends that wait for the writer: housekeeping lets them go first.
    appends_waiting: AtomicUsize,
    /// One sealing at a time.
    seals: Mutex<()>,
    /// Housekeeping has to end.
    is_halted: AtomicBool,
}

impl Embedded {
    /// Opens the store in a folder, or makes a new one. After a kill it stands where the last
    /// acknowledged commit left it.
    pub fn open(folder: &Path) -> Result<Self, SeriesError> {
        Self::open_with(folder, Sealing::USUAL)
    }

    fn open_with(folder: &Path, sealing: Sealing) -> Result<Self, SeriesError> {
        let store = Self {
            folder: folder.to_owned(),
            sealing,
            writer: Mutex::default(),
            engine: RwLock::new(None),
            heads: RwLock::default(),
            observations: AtomicU64::new(0),
            is_broken: AtomicBool::new(true),
            appends_waiting: AtomicUsize::new(0),
            seals: Mutex::default(),
            is_halted: AtomicBool::new(false),
        };
        store.reopen()?;
        Ok(store)
    }

    /// Opens the engine and reads what is kept in memory. The caller holds the writer.
    fn reopen(&self) -> Result<(), SeriesError> {
        let mut open = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        *open = None; // the folder has one owner: the old engine must be gone before the new comes
        let engine = Engine::open(&self.folder)?;
        let heads = Heads::load(&engine)?;
        self.observations.store(engine.observations()?, Ordering::Relaxed);
        let mut batch = engine.batch(1);
        engine.remove_clean(&mut batch);
        batch.commit()?;
        *self.heads.write().unwrap_or_else(PoisonError::into_inner) = heads;
        *open = Some(engine);
        self.is_broken.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn with_engine<T>(
        &self,
        ask: impl FnOnce(&Engine) -> Result<T, SeriesError>,
    ) -> Result<T, SeriesError> {
        match &*self.engine.read().unwrap_or_else(PoisonError::into_inner) {
            Some(engine) => ask(engine),
            None => Err(SeriesError::Engine(format!(
                "folder `{}` is closed since a write failed",
                self.folder.display()
            ))),
        }
    }

    fn view<'a>(&self, engine: &'a Engine, object: ObjectNo) -> View<'a> {
        let loose_from = self.heads().loose_from(object);
        View::now(engine, object, loose_from)
    }

    fn with_view<T>(
        &self,
        object: ObjectNo,
        ask: impl FnOnce(&View<'_>) -> Result<T, SeriesError>,
    ) -> Result<T, SeriesError> {
        self.with_engine(|engine| ask(&self.view(engine, object)))
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
    fn close(&self, engine: &Engine) -> Result<(), SeriesError> {
        let known = self.heads();
        let mut batch = engine.batch(known.objects.len() + 1);
        for (object, head) in &known.objects {
            engine.put_head(&mut batch, *object, head);
        }
        engine.put_clean(&mut batch);
        Ok(batch.commit()?)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if self.is_broken.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.with_engine(|engine| self.close(engine)) {
            tracing::warn!(%error, "series store closed without saving its heads");
        }
    }
}

impl Series for Embedded {
    fn append(&self, batch: &Batch) -> Result<Appended, SeriesError> {
        self.appends_waiting.fetch_add(1, Ordering::Relaxed);
        let mut writer = self.writer();
        self.appends_waiting.fetch_sub(1, Ordering::Relaxed);
        if self.is_broken.load(Ordering::Relaxed) {
            self.reopen()?;
        }
        let observations = self.observations.load(Ordering::Relaxed);
        let result =
            self.with_engine(|engine| writer.append(engine, &self.heads, observations, batch));
        if matches!(result, Err(SeriesError::Engine(_))) {
            self.is_broken.store(true, Ordering::Relaxed);
        }
        let (appended, stored) = result?;
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
        self.with_view(id.object, |view| read::read_range(view, id.slot, (from, to), limit))
    }

    fn rows(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Row>, SeriesError> {
        self.with_view(object, |view| read::read_rows(view, (from, to), limit))
    }

    fn first_readings(
        &self,
        object: ObjectNo,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Reading>, SeriesError> {
        self.with_view(object, |view| read::read_first(view, (from, to), limit))
    }

    fn texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LatestText>, SeriesError> {
        self.with_engine(|engine| texts::read_texts(engine, object, property, from, to))
    }

    fn first_texts(
        &self,
        object: ObjectNo,
        property: &PropertyId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Text>, SeriesError> {
        self.with_engine(|engine| {
            texts::read_first_texts(engine, object, property, (from, to), limit)
        })
    }

    fn aggregate(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
    ) -> Result<Vec<Bucket>, SeriesError> {
        self.with_view(id.object, |view| aggregate::aggregate(view, id.slot, bounds))
    }

    fn time_weighted(
        &self,
        id: DatastreamId,
        bounds: &[(Timestamp, Timestamp)],
        holds_ms_max: i64,
    ) -> Result<Vec<Weighted>, SeriesError> {
        self.with_view(id.object, |view| {
            weighted::time_weighted(view, id.slot, bounds, holds_ms_max)
        })
    }

    fn count(
        &self,
        ids: &[DatastreamId],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError> {
        self.with_engine(|engine| read::count(|object| self.view(engine, object), ids, (from, to)))
    }

    fn count_rows(
        &self,
        objects: &[ObjectNo],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<u64>, SeriesError> {
        objects
            .iter()
            .map(|no| self.with_view(*no, |view| read::count_rows(view, (from, to))))
            .collect()
    }

    fn corrections(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Correction>, SeriesError> {
        self.with_engine(|engine| corrections::read_corrections(engine, id, (from, to), limit))
    }

    fn newest_corrections(
        &self,
        ids: &[DatastreamId],
        before: Option<CorrectionPlace>,
        limit: usize,
    ) -> Result<NewestCorrections, SeriesError> {
        self.with_engine(|engine| corrections::newest_corrections(engine, ids, before, limit))
    }

    fn retain(&self, object: ObjectNo, retention: &Retention<'_>) -> Result<u64, SeriesError> {
        let mut gone = 0;
        while !self.is_halted.load(Ordering::Relaxed) {
            let mut writer = self.writer_politely();
            writer.disturb(object);
            let kept = self.observations.load(Ordering::Relaxed);
            let mut left = kept;
            let step = self.with_engine(|engine| {
                retain_step(engine, &self.heads, &mut left, object, retention)
            });
            self.observations.store(left, Ordering::Relaxed);
            gone += kept - left;
            if !step? {
                break;
            }
        }
        Ok(gone)
    }

    fn halt(&self) {
        self.is_halted.store(true, Ordering::Relaxed);
    }

    fn seal(&self, now: Timestamp) -> Result<u64, SeriesError> {
        let _only_one = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        let before = now.plus_ms(-self.sealing.age_ms_min);
        let mut objects: Vec<ObjectNo> = self.heads().objects.keys().copied().collect();
        objects.sort_unstable();
        let mut rows = 0;
        for object in objects {
            let mut from = self.heads().loose_from(object);
            while !self.is_halted.load(Ordering::Relaxed) {
                self.writer_politely().watch(object);
                let packed = self
                    .with_engine(|engine| seal::pack(engine, self.sealing, object, (from, before)));
                let Some(packed) = packed? else { break };
                let writer = self.writer_politely();
                if writer.is_disturbed() {
                    break; // late rows came meanwhile: the next sealing takes them too
                }
                rows += packed.rows();
                from = packed.next();
                self.with_engine(|engine| seal::commit(engine, &self.heads, object, packed))?;
            }
        }
        Ok(rows)
    }

    fn snapshot(&self, folder: &Path) -> Result<Size, SeriesError> {
        // The engine cannot be opened again while it is copied, and nothing is stored before it is.
        let must_end =
            || self.is_halted.load(Ordering::Relaxed) || self.is_broken.load(Ordering::Relaxed);
        self.with_engine(|engine| snapshot::copy(engine, folder, must_end))
    }

    fn size(&self) -> Result<Size, SeriesError> {
        let observations = self.observations.load(Ordering::Relaxed);
        Ok(Size { bytes: self.with_engine(Engine::bytes)?, observations })
    }
}

#[cfg(test)]
mod tests;
