//! The writer: turns a batch into one commit. A row that is newer than all rows of its object — by
//! far the most — is written without looking at the disk; any other is merged with what stands at
//! its time.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use domain::{DatastreamId, ObjectMap, ObjectNo, Outcome, Quality, Row, Timestamp};

use super::block::{Block, TimedRow};
use super::corrections::{CorrectionStage, Replaced};
use super::engine::Engine;
use super::heads::{Head, Heads};
use super::layout::{StoredCell, StoredCells, arrival_s, decode_row, encode_row, row_key};
use super::seal::covering_block;
use super::texts::TextStage;
use crate::series::{Appended, Batch, SeriesError};

/// What the writer keeps between commits: buffers, so that a commit allocates little.
#[derive(Debug, Default)]
pub(super) struct Writer {
    rows: Vec<StagedRow>,
    /// Of the first [`Writer::placed`] rows.
    places: HashMap<(ObjectNo, Timestamp), usize>,
    placed: usize,
    heads: ObjectMap<Head>,
    corrections: CorrectionStage,
    texts: TextStage,
    unpacked: Option<Unpacked>,
    value: Vec<u8>,
    /// The object that is being packed, and whether rows older than its newest changed since.
    watched: Option<ObjectNo>,
    is_disturbed: bool,
}

#[derive(Debug)]
struct StagedRow {
    object: ObjectNo,
    time: Timestamp,
    cells: StoredCells,
    is_changed: bool,
}

/// A block as rows.
#[derive(Debug)]
struct Unpacked {
    object: ObjectNo,
    rows: Vec<TimedRow>,
}

impl Unpacked {
    fn covers(&self, object: ObjectNo, time: Timestamp) -> bool {
        let (first, last) = (self.rows.first(), self.rows.last());
        self.object == object
            && first.is_some_and(|(first, _)| *first <= time)
            && last.is_some_and(|(last, _)| time <= *last)
    }
}

impl Writer {
    /// Commits a batch; returns what became of it and how many observations are new.
    pub(super) fn append(
        &mut self,
        engine: &Engine,
        heads: &RwLock<Heads>,
        observations: u64,
        batch: &Batch,
    ) -> Result<(Appended, u64), SeriesError> {
        self.clear();
        let appended = self.stage(engine, heads, batch)?;
        let stored = appended.cells.iter().filter(|o| **o == Outcome::Stored).count() as u64;
        self.commit(engine, observations + stored)?;
        self.publish(heads);
        Ok((appended, stored))
    }

    /// From now on, tells whether rows of an object older than its newest were written.
    pub(super) fn watch(&mut self, object: ObjectNo) {
        self.watched = Some(object);
        self.is_disturbed = false;
    }

    /// Was something written to the watched object that is not merely newer?
    pub(super) const fn is_disturbed(&self) -> bool {
        self.is_disturbed
    }

    /// Something of an object goes or changes.
    pub(super) fn disturb(&mut self, object: ObjectNo) {
        self.is_disturbed |= self.watched == Some(object);
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.places.clear();
        self.placed = 0;
        self.heads.clear();
        self.corrections.clear();
        self.texts.clear();
        self.unpacked = None; // sealing may have written it anew
    }

    fn stage(
        &mut self,
        engine: &Engine,
        heads: &RwLock<Heads>,
        batch: &Batch,
    ) -> Result<Appended, SeriesError> {
        let known = heads.read().unwrap_or_else(PoisonError::into_inner);
        let mut appended = Appended {
            cells: Vec::with_capacity(batch.rows.iter().map(|r| r.cells.len()).sum()),
            texts: Vec::with_capacity(batch.texts.len()),
        };
        for row in batch.rows.iter().filter(|row| !row.cells.is_empty()) {
            let head = self.heads.entry(row.object).or_insert_with(|| known.head(row.object));
            let is_ordered = row.cells.is_sorted_by(|a, b| a.slot < b.slot);
            if row.time > head.newest && is_ordered {
                self.push(row, &mut appended.cells);
            } else {
                self.merge(engine, row, &mut appended.cells)?;
            }
        }
        for text in &batch.texts {
            appended.texts.push(self.texts.stage(engine, &known, text)?);
        }
        Ok(appended)
    }

    /// Nothing can stand at the row's time: it is taken as it is.
    fn push(&mut self, row: &Row, outcomes: &mut Vec<Outcome>) {
        let arrival_s = arrival_s(row.arrival);
        let cells: StoredCells =
            row.cells.iter().map(|cell| StoredCell::new(cell, arrival_s)).collect();
        if let Some(head) = self.heads.get_mut(&row.object) {
            for cell in &cells {
                head.note(row.time, cell);
            }
            head.grow(row.time);
        }
        outcomes.extend(std::iter::repeat_n(Outcome::Stored, cells.len()));
        let (object, time) = (row.object, row.time);
        self.rows.push(StagedRow { object, time, cells, is_changed: true });
    }

    /// Something may stand at the row's time, on disk or earlier in this batch.
    fn merge(
        &mut self,
        engine: &Engine,
        row: &Row,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), SeriesError> {
        self.disturb(row.object);
        let place = self.place(engine, row.object, row.time)?;
        let standing = &mut self.rows[place];
        let head = self.heads.entry(row.object).or_insert_with(Head::empty);
        let arrival_s = arrival_s(row.arrival);
        for cell in &row.cells {
            let merged = merge_cell(&mut standing.cells, StoredCell::new(cell, arrival_s));
            outcomes.push(merged.outcome());
            let stands = match merged {
                Merged::Duplicate => continue,
                Merged::Stored(stands) => stands,
                Merged::Corrected(replaced) => {
                    let id = DatastreamId { object: row.object, slot: cell.slot };
                    self.corrections.push(engine, id, row.time, &replaced)?;
                    replaced.new
                }
            };
            standing.is_changed = true;
            head.loosen(row.time);
            if head.note(row.time, &stands) {
                head.make_due();
            }
        }
        if row.time > head.newest {
            head.grow(row.time);
        }
        Ok(())
    }

    /// Where the row of a key is staged; what stands on disk is staged first.
    fn place(
        &mut self,
        engine: &Engine,
        object: ObjectNo,
        time: Timestamp,
    ) -> Result<usize, SeriesError> {
        // Only who looks for a place pays for the index.
        for (place, row) in self.rows.iter().enumerate().skip(self.placed) {
            self.places.insert((row.object, row.time), place);
        }
        self.placed = self.rows.len();
        if let Some(place) = self.places.get(&(object, time)) {
            return Ok(*place);
        }
        let cells = match engine.rows.get(row_key(object, time))? {
            Some(value) => decode_row(time, &value)?,
            None => self.sealed_cells(engine, object, time)?,
        };
        let place = self.rows.len();
        self.rows.push(StagedRow { object, time, cells, is_changed: false });
        Ok(place)
    }

    /// Cells of a sealed row. The block of the last look is kept unpacked: who sends one old row
    /// again sends its neighbours too.
    fn sealed_cells(
        &mut self,
        engine: &Engine,
        object: ObjectNo,
        time: Timestamp,
    ) -> Result<StoredCells, SeriesError> {
        if self.heads.get(&object).is_none_or(|head| time > head.sealed_until) {
            return Ok(StoredCells::new());
        }
        let is_unpacked = self.unpacked.as_ref().is_some_and(|block| block.covers(object, time));
        if !is_unpacked {
            self.unpacked = match covering_block(engine, object, time)? {
                Some((_, value)) => {
                    Some(Unpacked { object, rows: Block::parse(&value)?.unseal()? })
                }
                None => None,
            };
        }
        let rows = self.unpacked.as_ref().map_or(&[][..], |block| &block.rows);
        let found = rows.binary_search_by_key(&time, |(known, _)| *known);
        Ok(found.map_or_else(|_| StoredCells::new(), |place| rows[place].1.clone()))
    }

    /// One commit, on disk when it returns. A batch that only repeats what is known writes nothing.
    fn commit(&mut self, engine: &Engine, observations: u64) -> Result<(), SeriesError> {
        let mut batch = engine.batch(self.rows.len() + 2);
        for row in self.rows.iter().filter(|row| row.is_changed) {
            self.value.clear();
            encode_row(row.time, &row.cells, &mut self.value);
            batch.insert(&engine.rows, row_key(row.object, row.time), self.value.as_slice());
        }
        self.corrections.write(engine, &mut batch);
        self.texts.write(engine, &mut batch);
        if batch.is_empty() {
            return Ok(());
        }
        for (object, head) in self.heads.iter_mut().filter(|(_, head)| head.is_due()) {
            engine.put_head(&mut batch, *object, head);
            head.saved(*object);
        }
        engine.put_observations(&mut batch, observations);
        Ok(batch.commit()?)
    }

    /// After the commit: what is on disk may be seen.
    fn publish(&mut self, heads: &RwLock<Heads>) {
        let mut known = heads.write().unwrap_or_else(PoisonError::into_inner);
        known.objects.extend(self.heads.drain());
        self.texts.publish(&mut known);
    }
}

enum Merged {
    /// This stands now where nothing stood.
    Stored(StoredCell),
    Duplicate,
    Corrected(Replaced),
}

impl Merged {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Stored(_) => Outcome::Stored,
            Self::Duplicate => Outcome::Duplicate,
            Self::Corrected(_) => Outcome::Corrected,
        }
    }
}

/// The newest arrival wins; of two in the same second the one that was appended later.
fn merge_cell(cells: &mut StoredCells, incoming: StoredCell) -> Merged {
    let place = match cells.binary_search_by_key(&incoming.slot, |cell| cell.slot) {
        Ok(place) => place,
        Err(place) => {
            cells.insert(place, incoming);
            return Merged::Stored(incoming);
        }
    };
    let standing = cells[place];
    if standing.value.to_bits() == incoming.value.to_bits() {
        return Merged::Duplicate;
    }
    if incoming.arrival_s < standing.arrival_s {
        return Merged::Corrected(Replaced { old: incoming, new: standing });
    }
    let quality = incoming.quality.with(Quality::CORRECTED);
    cells[place] = StoredCell { quality, ..incoming };
    Merged::Corrected(Replaced { old: standing, new: cells[place] })
}
