//! What was replaced by a newer arrival: kept beside the rows, so that both values are known.

use std::collections::{BTreeMap, HashMap};

use domain::{DatastreamId, ObjectNo, Quality, Timestamp};
use fjall::OwnedWriteBatch;

use super::engine::{Engine, REMOVALS_PER_COMMIT_MAX, pair};
use super::layout::{StoredCell, damaged, take_bytes, time_bytes, time_of};
use super::read::within;
use crate::series::{
    Correction, CorrectionPlace, NewestCorrections, Observation, PlacedCorrection, SeriesError,
};

/// Two values of one key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Replaced {
    pub(super) old: StoredCell,
    pub(super) new: StoredCell,
}

/// Object (u32), slot (u16), time as in a row's key, ordinal (u32); all big-endian.
const KEY_BYTES: usize = 4 + 2 + 8 + 4;
type Key = [u8; KEY_BYTES];

fn key(id: DatastreamId, time: Timestamp, ordinal: u32) -> Key {
    let mut key = [0; KEY_BYTES];
    key[..4].copy_from_slice(&id.object.0.to_be_bytes());
    key[4..6].copy_from_slice(&id.slot.to_be_bytes());
    key[6..14].copy_from_slice(&time_bytes(time));
    key[14..].copy_from_slice(&ordinal.to_be_bytes());
    key
}

fn parse_key(bytes: &[u8]) -> Result<(Timestamp, u32), SeriesError> {
    let key = <Key>::try_from(bytes).map_err(|_| damaged("correction key", bytes))?;
    let [_, _, _, _, _, _, t0, t1, t2, t3, t4, t5, t6, t7, ordinal @ ..] = key;
    let time = time_of([t0, t1, t2, t3, t4, t5, t6, t7]);
    Ok((time, u32::from_be_bytes(ordinal)))
}

/// The old and the new cell, each as quality (u16), arrival in seconds (i64), value (f64),
/// little-endian.
fn encode(replaced: &Replaced) -> Vec<u8> {
    let mut value = Vec::with_capacity(36);
    for cell in [&replaced.old, &replaced.new] {
        value.extend_from_slice(&cell.quality.0.to_le_bytes());
        value.extend_from_slice(&cell.arrival_s.to_le_bytes());
        value.extend_from_slice(&cell.value.to_le_bytes());
    }
    value
}

fn decode(time: Timestamp, bytes: &[u8]) -> Result<Correction, SeriesError> {
    let mut rest = bytes;
    let mut take = || {
        let quality = Quality(u16::from_le_bytes(take_bytes(&mut rest)?));
        let arrival = super::layout::arrival(i64::from_le_bytes(take_bytes(&mut rest)?));
        let value = f64::from_le_bytes(take_bytes(&mut rest)?);
        Some(Observation { time, arrival, value, quality })
    };
    match (take(), take()) {
        (Some(old), Some(new)) => Ok(Correction { time, old, new }),
        _ => Err(damaged("correction", bytes)),
    }
}

/// Can an entry be read?
pub(super) fn check_correction(key: &[u8], value: &[u8]) -> Result<(), SeriesError> {
    let (time, _) = parse_key(key)?;
    decode(time, value).map(drop)
}

/// Corrections of one datastream, oldest key first, and of one key in the order they came; more than
/// `limit` is an error.
pub(super) fn read_corrections(
    engine: &Engine,
    id: DatastreamId,
    (from, to): (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<Correction>, SeriesError> {
    if to <= from {
        return Ok(Vec::new());
    }
    let mut corrections = Vec::new();
    for entry in engine.corrections.range(key(id, from, 0)..key(id, to, 0)) {
        let (key, value) = pair(entry)?;
        corrections.push(decode(parse_key(&key)?.0, &value)?);
        if corrections.len() > limit {
            break;
        }
    }
    within(limit, corrections)
}

/// Corrections of datastreams by arrival, the newest of those before a place.
pub(super) fn newest_corrections(
    engine: &Engine,
    ids: &[DatastreamId],
    before: Option<CorrectionPlace>,
    limit: usize,
) -> Result<NewestCorrections, SeriesError> {
    let mut newest = BTreeMap::new();
    let (mut total, mut has_more) = (0, false);
    for id in ids {
        // The last correction of a key says what stands, so it has to be met first.
        let mut last: Option<Observation> = None;
        let all = key(*id, Timestamp(i64::MIN), 0)..=key(*id, Timestamp(i64::MAX), u32::MAX);
        for entry in engine.corrections.range(all).rev() {
            let (key, value) = pair(entry)?;
            let (time, ordinal) = parse_key(&key)?;
            let correction = decode(time, &value)?;
            let standing = last.filter(|last| last.time == time).unwrap_or(correction.new);
            last = Some(standing);
            total += 1;
            let place = CorrectionPlace { arrival: correction.new.arrival, time, id: *id, ordinal };
            if before.is_some_and(|before| place >= before) {
                continue;
            }
            newest.insert(place, (correction, correction.new == standing));
            if newest.len() > limit {
                newest.pop_first();
                has_more = true;
            }
        }
    }
    let placed = |(place, (correction, stands))| PlacedCorrection { place, correction, stands };
    let corrections = newest.into_iter().rev().map(placed).collect();
    Ok(NewestCorrections { corrections, total, has_more })
}

/// Corrections of a batch before it is committed.
#[derive(Debug, Default)]
pub(super) struct CorrectionStage {
    entries: Vec<(Key, Vec<u8>)>,
    ordinals: HashMap<(DatastreamId, Timestamp), u32>,
}

impl CorrectionStage {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.ordinals.clear();
    }

    pub(super) fn push(
        &mut self,
        engine: &Engine,
        id: DatastreamId,
        time: Timestamp,
        replaced: &Replaced,
    ) -> Result<(), SeriesError> {
        let ordinal = match self.ordinals.get(&(id, time)) {
            Some(last) => last + 1,
            None => next_ordinal(engine, id, time)?,
        };
        self.ordinals.insert((id, time), ordinal);
        self.entries.push((key(id, time, ordinal), encode(replaced)));
        Ok(())
    }

    pub(super) fn write(&self, engine: &Engine, batch: &mut OwnedWriteBatch) {
        for (key, value) in &self.entries {
            batch.insert(&engine.corrections, key, value);
        }
    }
}

fn next_ordinal(engine: &Engine, id: DatastreamId, time: Timestamp) -> Result<u32, SeriesError> {
    let of_key = key(id, time, 0)..=key(id, time, u32::MAX);
    match engine.corrections.range(of_key).next_back() {
        Some(last) => Ok(parse_key(&pair(last)?.0)?.1 + 1),
        None => Ok(0),
    }
}

/// Drops some corrections of an object's keys with `from <= time < to`; `false` when there are none.
pub(super) fn remove_corrections(
    engine: &Engine,
    object: ObjectNo,
    (from, to): (Timestamp, Timestamp),
) -> Result<bool, SeriesError> {
    let mut batch = engine.batch_unsynced(0);
    for entry in engine.corrections.prefix(object.0.to_be_bytes()) {
        let key = entry.key()?;
        if (from..to).contains(&parse_key(&key)?.0) {
            batch.remove(&engine.corrections, key);
        }
        if batch.len() == REMOVALS_PER_COMMIT_MAX {
            break;
        }
    }
    let removes = !batch.is_empty();
    batch.commit()?;
    Ok(removes)
}

#[cfg(test)]
mod tests;
