//! Retention: drops what is older than a moment, in commits of bounded size: whole blocks, what
//! stands beside them, and of one block the older part. A kill between two commits leaves a store
//! that is whole, only not yet as small.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use domain::{ObjectNo, Timestamp};

use super::block::{Block, encode_block};
use super::corrections::remove_corrections;
use super::engine::{Engine, REMOVALS_PER_COMMIT_MAX, pair};
use super::heads::Heads;
use super::layout::{Cells, parse_row_key, row_key};
use crate::series::SeriesError;

/// Drops a piece of what one object has that is older than `before`; `false` when nothing is left.
/// `observations` is the number in the whole store, before and after. The caller holds the writer.
pub(super) fn retain_step(
    engine: &Engine,
    heads: &RwLock<Heads>,
    observations: &mut u64,
    object: ObjectNo,
    before: Timestamp,
) -> Result<bool, SeriesError> {
    forget_latest(engine, heads, object, before)?;
    Ok(drop_block(engine, observations, object, before)?
        || drop_rows(engine, observations, object, before)?
        || remove_corrections(engine, object, before)?)
}

/// Drops the oldest block, or what is old of it; `false` when there is none.
fn drop_block(
    engine: &Engine,
    observations: &mut u64,
    object: ObjectNo,
    before: Timestamp,
) -> Result<bool, SeriesError> {
    let oldest = row_key(object, Timestamp(i64::MIN))..row_key(object, before);
    let Some(entry) = engine.blocks.range(oldest).next() else { return Ok(false) };
    let (key, value) = pair(entry)?;
    let block = Block::parse(&value)?;
    let beside = row_key(object, block.first)..=row_key(object, block.last);
    let mut loose = HashSet::new();
    for entry in engine.rows.range(beside) {
        loose.insert(parse_row_key(&entry.key()?)?.1);
    }
    let mut batch = engine.batch_unsynced(3);
    batch.remove(&engine.blocks, key);
    let gone = if loose.is_empty() && block.last < before {
        block.observations
    } else {
        let mut rows = block.unseal()?;
        let kept = rows.split_off(rows.partition_point(|(time, _)| *time < before));
        if let Some((first, _)) = kept.first() {
            batch.insert(&engine.blocks, row_key(object, *first), encode_block(&kept)?);
        }
        // Of a time that also stands beside the block, the loose row is the one that counts.
        rows.iter().filter(|(t, _)| !loose.contains(t)).map(|(_, c)| c.len() as u64).sum()
    };
    engine.put_observations(&mut batch, *observations - gone);
    batch.commit()?;
    *observations -= gone;
    Ok(true)
}

/// Drops the oldest loose rows; `false` when there are none.
fn drop_rows(
    engine: &Engine,
    observations: &mut u64,
    object: ObjectNo,
    before: Timestamp,
) -> Result<bool, SeriesError> {
    let mut batch = engine.batch_unsynced(REMOVALS_PER_COMMIT_MAX);
    let oldest = row_key(object, Timestamp(i64::MIN))..row_key(object, before);
    let mut gone = 0;
    for entry in engine.rows.range(oldest).take(REMOVALS_PER_COMMIT_MAX) {
        let (key, value) = pair(entry)?;
        let (_, time) = parse_row_key(&key)?;
        gone += Cells::read(time, &value)?.count() as u64;
        batch.remove(&engine.rows, key);
    }
    if batch.is_empty() {
        return Ok(false);
    }
    engine.put_observations(&mut batch, *observations - gone);
    batch.commit()?;
    *observations -= gone;
    Ok(true)
}

/// What is about to go is no longer the newest of anything.
fn forget_latest(
    engine: &Engine,
    heads: &RwLock<Heads>,
    object: ObjectNo,
    before: Timestamp,
) -> Result<(), SeriesError> {
    let mut head = heads.read().unwrap_or_else(PoisonError::into_inner).head(object);
    if head.cells.iter().all(|cell| cell.time >= before) {
        return Ok(());
    }
    head.cells.retain(|cell| cell.time >= before);
    let mut batch = engine.batch_unsynced(1);
    engine.put_head(&mut batch, object, &head);
    batch.commit()?;
    heads.write().unwrap_or_else(PoisonError::into_inner).replace(object, head);
    Ok(())
}
