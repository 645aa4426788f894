//! Retention: drops what is older than a moment and not held, block by block, each in one commit
//! together with the hours that its rows leave behind. A kill between two commits leaves a store
//! that is whole, only not yet as small.

use std::sync::{PoisonError, RwLock};

use domain::{ObjectNo, Timestamp};
use fjall::OwnedWriteBatch;

use super::block::{Block, TimedRow};
use super::corrections::remove_corrections;
use super::engine::{Engine, REMOVALS_PER_COMMIT_MAX, pair};
use super::heads::Heads;
use super::hours::Retired;
use super::layout::{decode_row, parse_row_key, row_key};
use super::seal::{covering_block, merge};
use super::texts::remove_texts;
use crate::series::{Retention, SeriesError};

/// Begin, inclusive, and end, exclusive.
type Span = (Timestamp, Timestamp);

/// Drops a piece of what one object has that is older and not held; `false` when nothing is left.
/// `observations` is the number in the whole store, before and after. The caller holds the writer.
pub(super) fn retain_step(
    engine: &Engine,
    heads: &RwLock<Heads>,
    observations: &mut u64,
    object: ObjectNo,
    retention: &Retention<'_>,
) -> Result<bool, SeriesError> {
    let attributes = heads.read().unwrap_or_else(PoisonError::into_inner).attributes(object);
    for span in spans(engine, object, retention)? {
        forget_latest(engine, heads, object, span)?;
        let mut going = Going { engine, observations, object, retention };
        if going.drop_piece(span)?
            || remove_corrections(engine, object, span)?
            || remove_texts(engine, object, &attributes, span)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The times between what is held, without the blocks that reach out of them: a block goes wholly or
/// not at all, and what stands beside it with it.
fn spans(
    engine: &Engine,
    object: ObjectNo,
    retention: &Retention<'_>,
) -> Result<Vec<Span>, SeriesError> {
    let before = retention.before;
    let held = retention.held.iter().filter(|(begin, end)| *begin < before && begin < end);
    let mut spans = Vec::new();
    let mut from = Timestamp(i64::MIN);
    for (begin, end) in held.chain([&(before, before)]) {
        let mut span = (from, *begin);
        if let Some(block) = reaching_over(engine, object, span.0)? {
            span.0 = block.1;
        }
        if let Some(block) = reaching_over(engine, object, span.1)? {
            span.1 = block.0;
        }
        spans.extend((span.0 < span.1).then_some(span));
        from = from.max(*end);
    }
    Ok(spans)
}

/// The block that has rows both before a moment and from it on.
fn reaching_over(
    engine: &Engine,
    object: ObjectNo,
    at: Timestamp,
) -> Result<Option<Span>, SeriesError> {
    let Some((_, value)) = covering_block(engine, object, at)? else { return Ok(None) };
    let block = Block::parse(&value)?;
    Ok((block.first < at).then(|| (block.first, block.last.plus_ms(1))))
}

/// What goes of one object.
struct Going<'a> {
    engine: &'a Engine,
    observations: &'a mut u64,
    object: ObjectNo,
    retention: &'a Retention<'a>,
}

impl Going<'_> {
    /// Drops the oldest rows of a span: the loose ones before its first block, or that block.
    fn drop_piece(&mut self, (from, to): Span) -> Result<bool, SeriesError> {
        let blocks = row_key(self.object, from)..row_key(self.object, to);
        let block = self.engine.blocks.range(blocks).next().map(pair).transpose()?;
        let Some((key, value)) = block else { return self.drop_loose((from, to)) };
        let block = Block::parse(&value)?;
        if self.drop_loose((from, block.first))? {
            return Ok(true);
        }
        let mut batch = self.engine.batch_unsynced(3);
        batch.remove(&self.engine.blocks, key);
        let beside = (block.first, block.last.plus_ms(1));
        let loose = self.take_loose(beside, usize::MAX, &mut batch)?;
        self.commit(batch, &merge(block.unseal()?, loose))?;
        Ok(true)
    }

    fn drop_loose(&mut self, span: Span) -> Result<bool, SeriesError> {
        let mut batch = self.engine.batch_unsynced(REMOVALS_PER_COMMIT_MAX);
        let rows = self.take_loose(span, REMOVALS_PER_COMMIT_MAX, &mut batch)?;
        if rows.is_empty() {
            return Ok(false);
        }
        self.commit(batch, &rows)?;
        Ok(true)
    }

    fn take_loose(
        &self,
        (from, to): Span,
        rows_max: usize,
        batch: &mut OwnedWriteBatch,
    ) -> Result<Vec<TimedRow>, SeriesError> {
        let mut rows = Vec::new();
        let range = row_key(self.object, from)..row_key(self.object, to);
        for entry in self.engine.rows.range(range).take(rows_max) {
            let (key, value) = pair(entry)?;
            let (_, time) = parse_row_key(&key)?;
            rows.push((time, decode_row(time, &value)?));
            batch.remove(&self.engine.rows, key);
        }
        Ok(rows)
    }

    /// The rows go, their hours stay.
    fn commit(&mut self, mut batch: OwnedWriteBatch, rows: &[TimedRow]) -> Result<(), SeriesError> {
        let gone: u64 = rows.iter().map(|(_, cells)| cells.len() as u64).sum();
        let retired = Retired::of(rows, self.retention.holds_ms_max);
        retired.write(self.engine, self.object, &mut batch)?;
        self.engine.put_observations(&mut batch, *self.observations - gone);
        batch.commit()?;
        *self.observations -= gone;
        Ok(())
    }
}

/// What is about to go is no longer the newest of anything.
fn forget_latest(
    engine: &Engine,
    heads: &RwLock<Heads>,
    object: ObjectNo,
    (from, to): Span,
) -> Result<(), SeriesError> {
    let mut head = heads.read().unwrap_or_else(PoisonError::into_inner).head(object);
    let goes = |time: Timestamp| from <= time && time < to;
    if !head.cells.iter().any(|cell| goes(cell.time)) {
        return Ok(());
    }
    head.cells.retain(|cell| !goes(cell.time));
    let mut batch = engine.batch_unsynced(1);
    engine.put_head(&mut batch, object, &head);
    batch.commit()?;
    heads.write().unwrap_or_else(PoisonError::into_inner).replace(object, head);
    Ok(())
}
