//! Sealing: rows that are old enough are packed into blocks, some thousand at a time, each time in
//! one commit. Late rows that fall into a block stand beside it until the next sealing merges them.

use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use domain::{ObjectNo, Timestamp};
use fjall::Slice;

use super::block::{Block, TimedRow, encode_block};
use super::engine::{Engine, pair};
use super::heads::Heads;
use super::layout::{decode_row, parse_row_key, row_key};
use crate::series::SeriesError;

/// When rows are sealed, and how many make a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealing {
    /// How old a row is at least, milliseconds: by then most devices have sent their backlog.
    pub(super) age_ms_min: i64,
    /// Fewer rows wait for more: a small block packs badly.
    pub(super) rows_min: usize,
    /// Rows of a block at most: about an hour of seconds, three days of minutes.
    pub(super) rows_max: usize,
}

impl Sealing {
    pub(super) const USUAL: Self =
        Self { age_ms_min: 2 * 24 * 3_600_000, rows_min: 512, rows_max: 4_096 };
}

/// What one commit of a sealing does to an object.
pub(super) struct Packed {
    /// Where the look for loose rows began.
    from: Timestamp,
    /// Loose rows that go.
    loose: Vec<Timestamp>,
    /// The block that is written anew.
    replaced: Option<Slice>,
    /// First row and bytes of the new blocks.
    blocks: Vec<(Timestamp, Vec<u8>)>,
    /// Last row of the last of them.
    last: Timestamp,
}

impl Packed {
    /// Rows that go into blocks.
    pub(super) fn rows(&self) -> u64 {
        self.loose.len() as u64
    }

    /// Where the next step begins.
    pub(super) fn next(&self) -> Timestamp {
        self.loose.last().map_or(Timestamp(i64::MAX), |last| last.plus_ms(1))
    }
}

/// Packs the oldest loose rows of an object with `from <= time < before`; `None` when none are left
/// that make a block. Writes nothing: whoever commits it makes sure that no row older than the
/// newest was written to the object meanwhile.
pub(super) fn pack(
    engine: &Engine,
    sealing: Sealing,
    object: ObjectNo,
    (from, before): (Timestamp, Timestamp),
) -> Result<Option<Packed>, SeriesError> {
    if before <= from {
        return Ok(None);
    }
    let mut loose = Vec::new();
    let range = row_key(object, from)..row_key(object, before);
    for entry in engine.rows.range(range).take(sealing.rows_max) {
        let (key, value) = pair(entry)?;
        let (_, time) = parse_row_key(&key)?;
        loose.push((time, decode_row(time, &value)?));
    }
    let Some((first, _)) = loose.first() else { return Ok(None) };
    let touched = covering_block(engine, object, *first)?;
    let follower = next_block(engine, object, *first)?;
    if let Some((_, value)) = &touched {
        let last = Block::parse(value)?.last;
        loose.retain(|(time, _)| *time <= last);
    } else if let Some(follower) = follower {
        loose.retain(|(time, _)| *time < follower);
    } else if loose.len() < sealing.rows_min {
        return Ok(None);
    }
    let times = loose.iter().map(|(time, _)| *time).collect();
    let (replaced, rows) = match touched {
        Some((key, value)) => (Some(key), merge(Block::parse(&value)?.unseal()?, loose)),
        None => (None, loose),
    };
    let last = rows.last().map_or(from, |(time, _)| *time);
    let mut blocks = Vec::new();
    for some in rows.chunks(sealing.rows_max) {
        blocks.push((some[0].0, encode_block(some)?));
    }
    Ok(Some(Packed { from, loose: times, replaced, blocks, last }))
}

/// Puts the blocks in the place of the rows. The caller holds the writer.
pub(super) fn commit(
    engine: &Engine,
    heads: &RwLock<Heads>,
    object: ObjectNo,
    packed: Packed,
) -> Result<(), SeriesError> {
    let mut batch = engine.batch_unsynced(packed.loose.len() + 3);
    let mut head = heads.read().unwrap_or_else(PoisonError::into_inner).head(object);
    head.seal((packed.from, packed.next()), packed.last);
    engine.put_head(&mut batch, object, &head);
    for time in packed.loose {
        batch.remove(&engine.rows, row_key(object, time));
    }
    if let Some(key) = packed.replaced {
        batch.remove(&engine.blocks, key);
    }
    for (first, bytes) in packed.blocks {
        batch.insert(&engine.blocks, row_key(object, first), bytes);
    }
    batch.commit()?;
    heads.write().unwrap_or_else(PoisonError::into_inner).replace(object, head);
    Ok(())
}

/// Rows of a block with the rows that stand beside it; of one time the loose row counts.
pub(super) fn merge(sealed: Vec<TimedRow>, loose: Vec<TimedRow>) -> Vec<TimedRow> {
    let mut merged = sealed;
    merged.extend(loose);
    merged.sort_by_key(|(time, _)| *time); // stable: of one time the loose row is the later
    merged.dedup_by(|later, kept| {
        let is_same = later.0 == kept.0;
        if is_same {
            std::mem::swap(later, kept);
        }
        is_same
    });
    merged
}

/// The block within whose first and last row a time lies, as key and value.
pub(super) fn covering_block(
    engine: &Engine,
    object: ObjectNo,
    time: Timestamp,
) -> Result<Option<(Slice, Slice)>, SeriesError> {
    let range = row_key(object, Timestamp(i64::MIN))..=row_key(object, time);
    let Some(entry) = engine.blocks.range(range).next_back() else { return Ok(None) };
    let (key, value) = pair(entry)?;
    let covers = Block::parse(&value)?.last >= time;
    Ok(covers.then_some((key, value)))
}

/// Begin of the next block of an object after a time.
fn next_block(
    engine: &Engine,
    object: ObjectNo,
    time: Timestamp,
) -> Result<Option<Timestamp>, SeriesError> {
    let range = (
        Bound::Excluded(row_key(object, time)),
        Bound::Included(row_key(object, Timestamp(i64::MAX))),
    );
    match engine.blocks.range(range).next() {
        Some(entry) => Ok(Some(parse_row_key(&entry.key()?)?.1)),
        None => Ok(None),
    }
}
