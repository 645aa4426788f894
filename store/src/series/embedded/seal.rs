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

/// One step over the rows of an object.
pub(super) struct Sealed {
    /// Rows that went into blocks.
    pub(super) rows: u64,
    /// Where the next step begins.
    pub(super) next: Timestamp,
}

/// Seals the oldest rows of an object with `from <= time < before`; `None` when none are left that
/// make a block. The caller holds the writer: nothing is appended meanwhile.
pub(super) fn seal_step(
    engine: &Engine,
    heads: &RwLock<Heads>,
    sealing: Sealing,
    object: ObjectNo,
    (from, before): (Timestamp, Timestamp),
) -> Result<Option<Sealed>, SeriesError> {
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
    let is_followed = match &touched {
        Some((_, value)) => {
            let last = Block::parse(value)?.last;
            loose.retain(|(time, _)| *time <= last);
            true
        }
        None => match next_block(engine, object, *first)? {
            Some(follower) => {
                loose.retain(|(time, _)| *time < follower);
                true
            }
            None => false,
        },
    };
    if loose.len() < sealing.rows_min && !is_followed {
        return Ok(None);
    }
    commit(engine, heads, sealing, object, touched, loose).map(Some)
}

fn commit(
    engine: &Engine,
    heads: &RwLock<Heads>,
    sealing: Sealing,
    object: ObjectNo,
    touched: Option<(Slice, Slice)>,
    loose: Vec<TimedRow>,
) -> Result<Sealed, SeriesError> {
    let mut batch = engine.batch_unsynced(loose.len() + 3);
    for (time, _) in &loose {
        batch.remove(&engine.rows, row_key(object, *time));
    }
    let next = loose.last().map_or(Timestamp(i64::MAX), |(time, _)| time.plus_ms(1));
    let sealed = Sealed { rows: loose.len() as u64, next };
    let mut rows = loose;
    if let Some((key, value)) = touched {
        rows = merge(Block::parse(&value)?.unseal()?, rows);
        batch.remove(&engine.blocks, key);
    }
    for some in rows.chunks(sealing.rows_max) {
        batch.insert(&engine.blocks, row_key(object, some[0].0), encode_block(some)?);
    }
    let mut head = heads.read().unwrap_or_else(PoisonError::into_inner).head(object);
    let last = rows.last().map_or(head.sealed_until, |(time, _)| *time);
    head.sealed_until = head.sealed_until.max(last);
    engine.put_head(&mut batch, object, &head);
    batch.commit()?;
    heads.write().unwrap_or_else(PoisonError::into_inner).replace(object, head);
    Ok(sealed)
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
