//! Retention: drops what is older than a moment, in commits of bounded size. A kill between two of
//! them leaves a store that is whole, only not yet as small.

use std::sync::{PoisonError, RwLock};

use domain::{ObjectNo, Timestamp};

use super::corrections::remove_corrections;
use super::engine::{Engine, REMOVALS_PER_COMMIT_MAX, pair};
use super::heads::Heads;
use super::layout::{Cells, parse_row_key, row_key};
use crate::series::SeriesError;

/// Drops rows and corrections of one object that are older than `before`; returns how many
/// observations went. `observations` is the number before, and after.
pub(super) fn retain(
    engine: &Engine,
    heads: &RwLock<Heads>,
    observations: &mut u64,
    object: ObjectNo,
    before: Timestamp,
) -> Result<u64, SeriesError> {
    forget_latest(engine, heads, object, before)?;
    let mut gone = 0;
    loop {
        let mut batch = engine.batch(REMOVALS_PER_COMMIT_MAX);
        let oldest = row_key(object, Timestamp(i64::MIN))..row_key(object, before);
        let mut gone_now = 0;
        for entry in engine.rows.range(oldest).take(REMOVALS_PER_COMMIT_MAX) {
            let (key, value) = pair(entry)?;
            let (_, time) = parse_row_key(&key)?;
            gone_now += Cells::read(time, &value)?.count() as u64;
            batch.remove(&engine.rows, key);
        }
        if batch.is_empty() {
            break;
        }
        engine.put_observations(&mut batch, *observations - gone_now);
        batch.commit()?;
        *observations -= gone_now;
        gone += gone_now;
    }
    remove_corrections(engine, object, before)?;
    Ok(gone)
}

/// What is about to go is no longer the newest of anything.
fn forget_latest(
    engine: &Engine,
    heads: &RwLock<Heads>,
    object: ObjectNo,
    before: Timestamp,
) -> Result<(), SeriesError> {
    let mut known = heads.write().unwrap_or_else(PoisonError::into_inner);
    let Some(head) = known.objects.get_mut(&object) else { return Ok(()) };
    if head.cells.iter().all(|cell| cell.time >= before) {
        return Ok(());
    }
    let mut kept = head.clone();
    kept.cells.retain(|cell| cell.time >= before);
    let mut value = Vec::new();
    kept.encode(&mut value);
    let mut batch = engine.batch(1);
    batch.insert(&engine.heads, object.0.to_be_bytes(), value);
    batch.commit()?;
    kept.saved(object);
    *head = kept;
    Ok(())
}
