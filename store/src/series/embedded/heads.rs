//! Heads: the newest state of each object and of each attribute, in memory. They answer `latest`
//! and tell the writer that nothing can stand yet at a time beyond an object's newest row.
//!
//! On disk a head is saved when its object is new, when a row that was not the newest changed it,
//! and after every [`ROWS_UNSAVED_MAX`] newest rows. So a saved head and the rows that are newer
//! than it always make the head that was in memory, and an opening reads few rows of each object.

use domain::change::{Latest, LatestText};
use domain::{ObjectMap, ObjectNo, PropertyId, Quality, Timestamp};
use smallvec::SmallVec;

use super::engine::{Engine, pair};
use super::layout::{StoredCell, arrival, damaged, decode_row, parse_row_key, row_key, take_bytes};
use super::texts::{attribute_key, decode_text, parse_text_key};
use crate::series::SeriesError;

/// Newest rows of one object that an opening may have to read again.
const ROWS_UNSAVED_MAX: u32 = 64;
/// Encoded size of a cell.
const CELL_BYTES: usize = 28;

/// The newest cell of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HeadCell {
    pub(super) time: Timestamp,
    pub(super) cell: StoredCell,
}

/// What is known of one object without reading its rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    /// Time of the newest row, late or not: beyond it no row stands.
    pub(super) newest: Timestamp,
    /// No sealed block reaches beyond; there may be less.
    pub(super) sealed_until: Timestamp,
    /// No row stands outside of blocks before; there the engine may still hold marks of rows that
    /// went into blocks, thousands for each of them, which a reader need not step over.
    pub(super) loose_from: Timestamp,
    /// Newest rows that may still come before it is saved again; 0: it is due.
    rows_to_save: u32,
    /// Newest cell of each slot; late ones never moved it.
    pub(super) cells: SmallVec<[HeadCell; 4]>,
}

impl Head {
    /// The head of an object without rows; due, so that every object with rows has a saved head.
    pub(super) fn empty() -> Self {
        Self {
            newest: Timestamp(i64::MIN),
            sealed_until: Timestamp(i64::MIN),
            loose_from: Timestamp(i64::MAX),
            rows_to_save: 0,
            cells: SmallVec::new(),
        }
    }

    /// Must it be saved with this commit?
    pub(super) const fn is_due(&self) -> bool {
        self.rows_to_save == 0
    }

    /// A row newer than all others was taken in.
    pub(super) fn grow(&mut self, time: Timestamp) {
        self.newest = time;
        self.loose_from = self.loose_from.min(time);
        self.rows_to_save = self.rows_to_save.saturating_sub(1);
    }

    /// A row that is not the newest stands outside of blocks.
    pub(super) fn loosen(&mut self, time: Timestamp) {
        if time < self.loose_from {
            self.loose_from = time;
            self.make_due();
        }
    }

    /// Rows with `from <= time < to` went into blocks.
    pub(super) fn seal(&mut self, (from, to): (Timestamp, Timestamp), last: Timestamp) {
        self.sealed_until = self.sealed_until.max(last);
        if self.loose_from >= from {
            self.loose_from = self.loose_from.max(to);
        }
    }

    /// It changed in a way that rows newer than the saved head do not tell.
    pub(super) fn make_due(&mut self) {
        self.rows_to_save = 0;
    }

    /// It is saved with this commit. When it is due again depends on the object's number, so that
    /// objects that report together are not saved together.
    pub(super) fn saved(&mut self, object: ObjectNo) {
        self.rows_to_save = ROWS_UNSAVED_MAX - object.0 % (ROWS_UNSAVED_MAX / 2);
    }

    /// Takes a cell in when it is the newest of its slot. A late one moves nothing; but where it
    /// corrects the very observation that is shown, what it corrects must not be shown any longer.
    /// Says whether something changed.
    pub(super) fn note(&mut self, time: Timestamp, cell: &StoredCell) -> bool {
        let is_late = cell.quality.has(Quality::LATE);
        match self.cells.iter_mut().find(|known| known.cell.slot == cell.slot) {
            Some(known) if time == known.time || (time > known.time && !is_late) => {
                *known = HeadCell { time, cell: *cell };
                true
            }
            Some(_) => false,
            None if is_late => false,
            None => {
                self.cells.push(HeadCell { time, cell: *cell });
                true
            }
        }
    }

    pub(super) fn latest(&self, slot: u16) -> Option<Latest> {
        self.cells.iter().find(|known| known.cell.slot == slot).map(|known| Latest {
            time: known.time,
            arrival: arrival(known.cell.arrival_s),
            value: known.cell.value,
            quality: known.cell.quality,
        })
    }

    /// Newest row (i64), sealed until (i64), then for each slot: slot (u16), quality (u16), time (i64),
    /// arrival in seconds (i64), value (f64); at the end, since blocks are read past their marks, loose
    /// from (i64). All little-endian.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.newest.0.to_le_bytes());
        out.extend_from_slice(&self.sealed_until.0.to_le_bytes());
        for HeadCell { time, cell } in &self.cells {
            out.extend_from_slice(&cell.slot.to_le_bytes());
            out.extend_from_slice(&cell.quality.0.to_le_bytes());
            out.extend_from_slice(&time.0.to_le_bytes());
            out.extend_from_slice(&cell.arrival_s.to_le_bytes());
            out.extend_from_slice(&cell.value.to_le_bytes());
        }
        out.extend_from_slice(&self.loose_from.0.to_le_bytes());
    }

    pub(super) fn decode(object: ObjectNo, bytes: &[u8]) -> Result<Self, SeriesError> {
        let mut head = Self::take(&mut &*bytes).ok_or_else(|| damaged("head", bytes))?;
        head.saved(object);
        Ok(head)
    }

    fn take(rest: &mut &[u8]) -> Option<Self> {
        let newest = Timestamp(i64::from_le_bytes(take_bytes(rest)?));
        let sealed_until = Timestamp(i64::from_le_bytes(take_bytes(rest)?));
        let mut cells = SmallVec::new();
        while rest.len() >= CELL_BYTES {
            let slot = u16::from_le_bytes(take_bytes(rest)?);
            let quality = Quality(u16::from_le_bytes(take_bytes(rest)?));
            let time = Timestamp(i64::from_le_bytes(take_bytes(rest)?));
            let arrival_s = i64::from_le_bytes(take_bytes(rest)?);
            let value = f64::from_le_bytes(take_bytes(rest)?);
            cells.push(HeadCell { time, cell: StoredCell { slot, quality, arrival_s, value } });
        }
        let loose_from =
            if rest.is_empty() { i64::MIN } else { i64::from_le_bytes(take_bytes(rest)?) };
        let loose_from = Timestamp(loose_from);
        rest.is_empty().then_some(Self { newest, sealed_until, loose_from, rows_to_save: 0, cells })
    }
}

/// All heads.
#[derive(Debug, Default)]
pub(super) struct Heads {
    pub(super) objects: ObjectMap<Head>,
    pub(super) texts: ObjectMap<Vec<(PropertyId, LatestText)>>,
}

impl Heads {
    /// Reads them. After a kill each object is asked for rows that are newer than its head.
    pub(super) fn load(engine: &Engine) -> Result<Self, SeriesError> {
        let mut objects = ObjectMap::default();
        for entry in engine.heads.iter() {
            let (key, value) = pair(entry)?;
            let object = <[u8; 4]>::try_from(&*key).map_err(|_| damaged("head key", &key))?;
            let object = ObjectNo(u32::from_be_bytes(object));
            objects.insert(object, Head::decode(object, &value)?);
        }
        if !engine.is_clean()? {
            for (object, head) in &mut objects {
                catch_up(engine, *object, head)?;
            }
        }
        Ok(Self { objects, texts: newest_texts(engine)? })
    }

    /// The head of an object; an empty one when it has no rows.
    pub(super) fn head(&self, object: ObjectNo) -> Head {
        self.objects.get(&object).cloned().unwrap_or_else(Head::empty)
    }

    /// Where the rows of an object outside of blocks begin, at the earliest.
    pub(super) fn loose_from(&self, object: ObjectNo) -> Timestamp {
        self.objects.get(&object).map_or(Timestamp(i64::MAX), |head| head.loose_from)
    }

    /// Puts a saved head in the place of the one that was known.
    pub(super) fn replace(&mut self, object: ObjectNo, mut head: Head) {
        head.saved(object);
        self.objects.insert(object, head);
    }

    /// Newest text of an attribute.
    pub(super) fn text(&self, object: ObjectNo, property: &PropertyId) -> Option<&LatestText> {
        let of_object = self.texts.get(&object)?;
        of_object.iter().find(|(known, _)| known == property).map(|(_, text)| text)
    }

    /// The properties of which an object has texts.
    pub(super) fn attributes(&self, object: ObjectNo) -> Vec<PropertyId> {
        let of_object = self.texts.get(&object).into_iter().flatten();
        of_object.map(|(property, _)| property.clone()).collect()
    }

    pub(super) fn set_text(&mut self, object: ObjectNo, property: &PropertyId, text: LatestText) {
        let of_object = self.texts.entry(object).or_default();
        match of_object.iter_mut().find(|(known, _)| known == property) {
            Some((_, known)) => *known = text,
            None => of_object.push((property.clone(), text)),
        }
    }
}

fn catch_up(engine: &Engine, object: ObjectNo, head: &mut Head) -> Result<(), SeriesError> {
    let from = row_key(object, head.newest.plus_ms(1));
    let to = row_key(object, Timestamp(i64::MAX));
    for entry in engine.rows.range(from..=to) {
        let (key, value) = pair(entry)?;
        let (_, time) = parse_row_key(&key)?;
        for cell in &decode_row(time, &value)? {
            head.note(time, cell);
        }
        head.grow(time);
    }
    Ok(())
}

/// Walks from the end of the last attribute to the end of the one before it, and so on: one look
/// for each attribute, however long its history.
fn newest_texts(engine: &Engine) -> Result<ObjectMap<Vec<(PropertyId, LatestText)>>, SeriesError> {
    let mut texts: ObjectMap<Vec<(PropertyId, LatestText)>> = ObjectMap::default();
    let mut before: Option<Vec<u8>> = None;
    loop {
        let newest = match &before {
            None => engine.texts.last_key_value(),
            Some(end) => engine.texts.range(..end.as_slice()).next_back(),
        };
        let Some(newest) = newest else { return Ok(texts) };
        let (key, value) = pair(newest)?;
        let (object, property, time) = parse_text_key(&key)?;
        let text = decode_text(&value)?.into();
        before = Some(attribute_key(object, &property));
        texts.entry(object).or_default().push((property, LatestText { time, text }));
    }
}

#[cfg(test)]
mod tests;
