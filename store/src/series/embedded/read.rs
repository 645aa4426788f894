//! Reading stored rows: the one walk over an object's rows that all questions are answered by.

use std::ops::ControlFlow;

use domain::{DatastreamId, ObjectNo, Row, Timestamp};

use super::engine::{Engine, pair};
use super::layout::{Cells, arrival, decode_row, find_cell, parse_row_key, row, row_key};
use crate::series::{Observation, SeriesError};

/// Shows each row of `from <= time < to`, oldest first, as its time and its encoded cells.
pub(super) fn walk_rows(
    engine: &Engine,
    object: ObjectNo,
    from: Timestamp,
    to: Timestamp,
    mut visit: impl FnMut(Timestamp, &[u8]) -> Result<ControlFlow<()>, SeriesError>,
) -> Result<(), SeriesError> {
    if to <= from {
        return Ok(());
    }
    for entry in engine.rows.range(row_key(object, from)..row_key(object, to)) {
        let (key, value) = pair(entry)?;
        let (_, time) = parse_row_key(&key)?;
        if visit(time, &value)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Shows each observation of one datastream with `from <= time < to`, oldest first.
pub(super) fn walk_observations(
    engine: &Engine,
    id: DatastreamId,
    from: Timestamp,
    to: Timestamp,
    mut visit: impl FnMut(Observation) -> ControlFlow<()>,
) -> Result<(), SeriesError> {
    walk_rows(engine, id.object, from, to, |time, value| {
        let Some(cell) = find_cell(time, value, id.slot)? else {
            return Ok(ControlFlow::Continue(()));
        };
        let arrival = arrival(cell.arrival_s);
        Ok(visit(Observation { time, arrival, value: cell.value, quality: cell.quality }))
    })
}

/// Observations of one datastream; more than `limit` is an error, never a cut answer.
pub(super) fn read_range(
    engine: &Engine,
    id: DatastreamId,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<Observation>, SeriesError> {
    let mut observations = Vec::new();
    walk_observations(engine, id, from, to, |observation| {
        observations.push(observation);
        go_on_while(observations.len() <= limit)
    })?;
    within(limit, observations)
}

/// Rows of one object with all their cells; more than `limit` is an error.
pub(super) fn read_rows(
    engine: &Engine,
    object: ObjectNo,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> Result<Vec<Row>, SeriesError> {
    let mut rows = Vec::new();
    walk_rows(engine, object, from, to, |time, value| {
        rows.push(row(object, time, &decode_row(time, value)?));
        Ok(go_on_while(rows.len() <= limit))
    })?;
    within(limit, rows)
}

/// Number of observations of each datastream; the rows of one object are read once.
pub(super) fn count(
    engine: &Engine,
    ids: &[DatastreamId],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<u64>, SeriesError> {
    let mut counts = vec![0; ids.len()];
    let mut places: Vec<usize> = (0..ids.len()).collect();
    places.sort_unstable_by_key(|place| ids[*place]);
    for of_object in places.chunk_by(|a, b| ids[*a].object == ids[*b].object) {
        walk_rows(engine, ids[of_object[0]].object, from, to, |time, value| {
            for cell in Cells::read(time, value)? {
                let slot = cell?.slot;
                for place in of_object.iter().filter(|place| ids[**place].slot == slot) {
                    counts[*place] += 1;
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(counts)
}

/// Number of rows of each object.
pub(super) fn count_rows(
    engine: &Engine,
    objects: &[ObjectNo],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<u64>, SeriesError> {
    let mut counts = vec![0; objects.len()];
    for (object, count) in objects.iter().zip(&mut counts) {
        walk_rows(engine, *object, from, to, |_, _| {
            *count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(counts)
}

fn go_on_while(condition: bool) -> ControlFlow<()> {
    if condition { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn within<T>(limit: usize, found: Vec<T>) -> Result<Vec<T>, SeriesError> {
    if found.len() > limit { Err(SeriesError::TooMany { limit }) } else { Ok(found) }
}
