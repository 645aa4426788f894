//! Reading: one walk over an object's rows and blocks, in the order of time, by which all
//! questions are answered.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use domain::{DatastreamId, ObjectNo, Row, Timestamp};
use fjall::{Readable, Slice, Snapshot};

use super::block::Block;
use super::engine::{Engine, pair};
use super::hours::HoursWithin;
use super::layout::{
    Cells, StoredCell, arrival, decode_row, encode_row, find_cell, parse_row_key, row, row_key,
};
use crate::series::{Observation, Reading, SeriesError};

/// What a walk meets.
pub(super) enum Piece<'a> {
    /// A row that lies in the time asked for, with its encoded cells.
    Row(Timestamp, &'a [u8]),
    /// A block of which some rows may lie outside of it.
    Block(&'a Block<'a>),
}

/// What is kept of one object, as of one moment.
pub(super) struct View<'a> {
    pub(super) engine: &'a Engine,
    pub(super) snapshot: Snapshot,
    pub(super) object: ObjectNo,
    loose_from: Timestamp,
}

impl<'a> View<'a> {
    /// As of now. `loose_from` was asked for before: what is sealed from then on is in the view,
    /// in blocks.
    pub(super) fn now(engine: &'a Engine, object: ObjectNo, loose_from: Timestamp) -> Self {
        Self { engine, snapshot: engine.db.snapshot(), object, loose_from }
    }

    /// The same by the rows alone, whatever the head says.
    pub(super) fn of_rows(engine: &'a Engine, object: ObjectNo) -> Self {
        Self::now(engine, object, Timestamp(i64::MIN))
    }

    /// The hours of rows that are gone.
    pub(super) fn gone(&self, window: (Timestamp, Timestamp)) -> HoursWithin<'_> {
        let Self { engine, snapshot, object, .. } = self;
        HoursWithin { engine, snapshot, object: *object, window }
    }

    /// Shows what is kept for `from <= time < to`, oldest first.
    pub(super) fn walk(
        &self,
        (from, to): (Timestamp, Timestamp),
        mut visit: impl FnMut(Piece<'_>) -> Result<ControlFlow<()>, SeriesError>,
    ) -> Result<(), SeriesError> {
        let Self { engine, snapshot, object, loose_from } = self;
        if to <= from {
            return Ok(());
        }
        let before = row_key(*object, Timestamp(i64::MIN))..row_key(*object, from);
        let covering = snapshot.range(&engine.blocks, before).next_back();
        let window = row_key(*object, from)..row_key(*object, to);
        let loose = row_key(*object, from.max(*loose_from).min(to))..row_key(*object, to);
        let mut rows = snapshot.range(&engine.rows, loose).map(|entry| {
            let (key, value) = pair(entry)?;
            Ok::<_, SeriesError>((parse_row_key(&key)?.1, value))
        });
        let mut next = rows.next().transpose()?;
        for entry in covering.into_iter().chain(snapshot.range(&engine.blocks, window)) {
            let (_, value) = pair(entry)?;
            let block = Block::parse(&value)?;
            if block.last < from {
                continue;
            }
            while let Some((time, value)) = next.take_if(|(time, _)| *time < block.first) {
                if visit(Piece::Row(time, &value))?.is_break() {
                    return Ok(());
                }
                next = rows.next().transpose()?;
            }
            let is_alone = next.as_ref().is_none_or(|(time, _)| *time > block.last);
            let flow = if is_alone {
                visit(Piece::Block(&block))?
            } else {
                walk_merged(&block, (&mut next, &mut rows), (from, to), &mut visit)?
            };
            if flow.is_break() {
                return Ok(());
            }
        }
        while let Some((time, value)) = next {
            if visit(Piece::Row(time, &value))?.is_break() {
                return Ok(());
            }
            next = rows.next().transpose()?;
        }
        Ok(())
    }
}

/// A block beside which loose rows stand is shown row by row; of one time the loose row counts. What
/// is left of the loose rows comes after the block's last row. They are never gathered: a backlog
/// may lie beside one block.
fn walk_merged(
    block: &Block<'_>,
    (next, rows): (
        &mut Option<(Timestamp, Slice)>,
        &mut impl Iterator<Item = Result<(Timestamp, Slice), SeriesError>>,
    ),
    (from, to): (Timestamp, Timestamp),
    visit: &mut impl FnMut(Piece<'_>) -> Result<ControlFlow<()>, SeriesError>,
) -> Result<ControlFlow<()>, SeriesError> {
    let mut value = Vec::new();
    for (time, cells) in block.unseal()? {
        while let Some((loose, value)) = next.take_if(|(loose, _)| *loose < time) {
            if visit(Piece::Row(loose, &value))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            *next = rows.next().transpose()?;
        }
        let is_replaced = next.as_ref().is_some_and(|(loose, _)| *loose == time);
        if is_replaced || time < from || time >= to {
            continue;
        }
        value.clear();
        encode_row(time, &cells, &mut value);
        if visit(Piece::Row(time, &value))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Observations of one datastream; more than `limit` is an error, never a cut answer.
pub(super) fn read_range(
    view: &View<'_>,
    slot: u16,
    window: (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<Observation>, SeriesError> {
    let mut found = Vec::new();
    view.walk(window, |piece| {
        match piece {
            Piece::Row(time, value) => {
                found.extend(find_cell(time, value, slot)?.map(|cell| Observation {
                    time,
                    arrival: arrival(cell.arrival_s),
                    value: cell.value,
                    quality: cell.quality,
                }));
            }
            Piece::Block(block) => block_observations(block, slot, window, &mut found)?,
        }
        Ok(go_on_while(found.len() <= limit))
    })?;
    within(limit, found)
}

fn block_observations(
    block: &Block<'_>,
    slot: u16,
    (from, to): (Timestamp, Timestamp),
    found: &mut Vec<Observation>,
) -> Result<(), SeriesError> {
    let Some(section) = block.section(slot)? else { return Ok(()) };
    let column = section.column()?;
    let times = block.times()?;
    let arrivals_s = block.arrivals_s(&times)?;
    for index in column.within(&block.places(from, to)?) {
        let place = column.places[index] as usize;
        found.push(Observation {
            time: times[place],
            arrival: arrival(arrivals_s[place].wrapping_add(column.later_s(index))),
            value: column.values[index],
            quality: column.quality(index),
        });
    }
    Ok(())
}

/// Rows of one object with all their cells; more than `limit` is an error.
pub(super) fn read_rows(
    view: &View<'_>,
    window: (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<Row>, SeriesError> {
    let mut found = Vec::new();
    view.walk(window, |piece| {
        match piece {
            Piece::Row(time, value) => {
                found.push(row(view.object, time, &decode_row(time, value)?));
            }
            Piece::Block(block) => {
                let places = block.places(window.0, window.1)?;
                let rows = block.unseal()?;
                found.extend(
                    rows[places].iter().map(|(time, cells)| row(view.object, *time, cells)),
                );
            }
        }
        Ok(go_on_while(found.len() <= limit))
    })?;
    within(limit, found)
}

/// The first rows of one object, at most `limit`, each value with its own arrival.
pub(super) fn read_first(
    view: &View<'_>,
    window: (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<Reading>, SeriesError> {
    let mut found = Vec::new();
    view.walk(window, |piece| {
        match piece {
            Piece::Row(time, value) => found.push(reading(time, &decode_row(time, value)?)),
            Piece::Block(block) => {
                let places = block.places(window.0, window.1)?;
                let rows = block.unseal()?;
                let room = limit.saturating_sub(found.len());
                let within = rows[places].iter().take(room);
                found.extend(within.map(|(time, cells)| reading(*time, cells)));
            }
        }
        Ok(go_on_while(found.len() < limit))
    })?;
    Ok(found)
}

fn reading(time: Timestamp, cells: &[StoredCell]) -> Reading {
    let value = |cell: &StoredCell| {
        let StoredCell { slot, quality, arrival_s, value } = *cell;
        (slot, Observation { time, arrival: arrival(arrival_s), value, quality })
    };
    Reading { time, values: cells.iter().map(value).collect() }
}

/// Number of observations of each datastream; what is kept of one object is read once. Of rows that
/// are gone, those of whole hours count.
pub(super) fn count<'a>(
    view_of: impl Fn(ObjectNo) -> View<'a>,
    ids: &[DatastreamId],
    window: (Timestamp, Timestamp),
) -> Result<Vec<u64>, SeriesError> {
    let mut counts = vec![0; ids.len()];
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_unstable_by_key(|place| ids[*place]);
    for of_object in order.chunk_by(|a, b| ids[*a].object == ids[*b].object) {
        let mut add = |slot: u16, count: u64| {
            for place in of_object.iter().filter(|place| ids[**place].slot == slot) {
                counts[*place] += count;
            }
        };
        let view = view_of(ids[of_object[0]].object);
        for slot in of_object.iter().map(|place| ids[*place].slot).collect::<BTreeSet<_>>() {
            add(
                slot,
                view.gone(window).rollups(slot)?.iter().map(|(_, rollup)| rollup.count).sum(),
            );
        }
        view.walk(window, |piece| {
            match piece {
                Piece::Row(time, value) => {
                    for cell in Cells::read(time, value)? {
                        add(cell?.slot, 1);
                    }
                }
                Piece::Block(block) => {
                    let places = block.places(window.0, window.1)?;
                    let is_within = |place: &u32| places.contains(&(*place as usize));
                    for (slot, section) in block.sections()? {
                        let of_slot = section.places()?;
                        add(slot, of_slot.iter().filter(|place| is_within(place)).count() as u64);
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(counts)
}

/// Number of rows; of those that are gone, the ones of whole hours.
pub(super) fn count_rows(
    view: &View<'_>,
    window: (Timestamp, Timestamp),
) -> Result<u64, SeriesError> {
    let mut count = view.gone(window).count_rows()?;
    view.walk(window, |piece| {
        count += match piece {
            Piece::Row(..) => 1,
            Piece::Block(block) => block.places(window.0, window.1)?.len() as u64,
        };
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

fn go_on_while(condition: bool) -> ControlFlow<()> {
    if condition { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// What was found, unless it is too much.
pub(super) fn within<T>(limit: usize, found: Vec<T>) -> Result<Vec<T>, SeriesError> {
    if found.len() > limit { Err(SeriesError::TooMany { limit }) } else { Ok(found) }
}
