//! Buckets of one datastream, from rollups where a block has them and the bounds are whole hours,
//! otherwise from the observations themselves.

use std::ops::ControlFlow;

use domain::{DatastreamId, Timestamp};

use super::block::Block;
use super::engine::Engine;
use super::layout::find_cell;
use super::read::{Piece, walk};
use super::rollup::{HOUR_MS, Rollup};
use crate::series::{Bucket, SeriesError};

/// One bucket for each of the bounds, in their order.
pub(super) fn aggregate(
    engine: &Engine,
    id: DatastreamId,
    bounds: &[(Timestamp, Timestamp)],
) -> Result<Vec<Bucket>, SeriesError> {
    let mut buckets = Vec::with_capacity(bounds.len());
    for run in bounds.chunk_by(|a, b| a.1 == b.0) {
        let mut filling = Filling::new(run);
        walk(engine, id.object, filling.window(), |piece| {
            match piece {
                Piece::Row(time, value) => {
                    if let Some(cell) = find_cell(time, value, id.slot)? {
                        filling.push(time, cell.value);
                    }
                }
                Piece::Block(block) => filling.push_block(block, id.slot)?,
            }
            Ok(ControlFlow::Continue(()))
        })?;
        buckets.extend(filling.finish());
    }
    Ok(buckets)
}

/// Buckets of bounds that touch each other, filled in the order of time.
struct Filling<'a> {
    bounds: &'a [(Timestamp, Timestamp)],
    are_whole_hours: bool,
    done: Vec<Bucket>,
    open: Rollup,
}

impl<'a> Filling<'a> {
    fn new(bounds: &'a [(Timestamp, Timestamp)]) -> Self {
        let is_hour = |time: Timestamp| time.0.rem_euclid(HOUR_MS) == 0;
        let are_whole_hours = bounds.iter().all(|(begin, end)| is_hour(*begin) && is_hour(*end));
        let done = Vec::with_capacity(bounds.len());
        Self { bounds, are_whole_hours, done, open: Rollup::EMPTY }
    }

    fn window(&self) -> (Timestamp, Timestamp) {
        (self.bounds[0].0, self.bounds[self.bounds.len() - 1].1)
    }

    /// Closes the buckets that end before `time`; what comes next is of the open one.
    fn advance(&mut self, time: Timestamp) -> &mut Rollup {
        while time >= self.bounds[self.done.len()].1 {
            self.done.push(self.open.bucket(self.bounds[self.done.len()]));
            self.open = Rollup::EMPTY;
        }
        &mut self.open
    }

    fn push(&mut self, time: Timestamp, value: f64) {
        self.advance(time).push(value);
    }

    fn push_block(&mut self, block: &Block<'_>, slot: u16) -> Result<(), SeriesError> {
        let Some(section) = block.section(slot)? else { return Ok(()) };
        let (from, to) = self.window();
        let hours = if self.are_whole_hours { section.hours()? } else { Vec::new() };
        if !hours.is_empty() {
            for (hour, rollup) in hours.iter().filter(|(hour, _)| *hour >= from && *hour < to) {
                self.advance(*hour).append(rollup);
            }
            return Ok(());
        }
        let (times, column) = (block.times()?, section.column()?);
        for index in column.within(&block.places(from, to)?) {
            self.push(times[column.places[index] as usize], column.values[index]);
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<Bucket> {
        let mut open = self.open;
        for bound in &self.bounds[self.done.len()..] {
            self.done.push(open.bucket(*bound));
            open = Rollup::EMPTY;
        }
        self.done
    }
}
