//! Buckets of one datastream. Where the bounds are whole hours: from the rollups of blocks, and from
//! the hours of rows that are gone; otherwise from the observations themselves.

use std::iter::Peekable;
use std::ops::ControlFlow;
use std::vec::IntoIter;

use domain::Timestamp;

use super::block::Block;
use super::layout::find_cell;
use super::read::{Piece, View};
use super::rollup::{HOUR_MS, Hours, Rollup};
use crate::series::{Bucket, SeriesError};

/// One bucket for each of the bounds, in their order.
pub(super) fn aggregate(
    view: &View<'_>,
    slot: u16,
    bounds: &[(Timestamp, Timestamp)],
) -> Result<Vec<Bucket>, SeriesError> {
    let mut buckets = Vec::with_capacity(bounds.len());
    for run in bounds.chunk_by(|a, b| a.1 == b.0) {
        let window = (run[0].0, run[run.len() - 1].1);
        let gone =
            if are_whole_hours(run) { view.gone(window).rollups(slot)? } else { Hours::new() };
        let mut filling = Filling::new(run, gone);
        view.walk(window, |piece| {
            match piece {
                Piece::Row(time, value) => {
                    if let Some(cell) = find_cell(time, value, slot)? {
                        filling.push(time, cell.value);
                    }
                }
                Piece::Block(block) => filling.push_block(block, slot)?,
            }
            Ok(ControlFlow::Continue(()))
        })?;
        buckets.extend(filling.finish());
    }
    Ok(buckets)
}

/// Do all bounds lie between hours? Then rollups answer.
pub(super) fn are_whole_hours(bounds: &[(Timestamp, Timestamp)]) -> bool {
    let is_hour = |time: Timestamp| time.0.rem_euclid(HOUR_MS) == 0;
    bounds.iter().all(|(begin, end)| is_hour(*begin) && is_hour(*end))
}

/// Buckets of bounds that touch each other, filled in the order of time.
struct Filling<'a> {
    bounds: &'a [(Timestamp, Timestamp)],
    are_whole_hours: bool,
    done: Vec<Bucket>,
    open: Rollup,
    /// Hours of rows that are gone and not yet taken in.
    gone: Peekable<IntoIter<(Timestamp, Rollup)>>,
}

impl<'a> Filling<'a> {
    fn new(bounds: &'a [(Timestamp, Timestamp)], gone: Hours) -> Self {
        Self {
            bounds,
            are_whole_hours: are_whole_hours(bounds),
            done: Vec::with_capacity(bounds.len()),
            open: Rollup::EMPTY,
            gone: gone.into_iter().peekable(),
        }
    }

    /// Takes in what is of `time`, after what is gone of its hour and of earlier ones.
    fn take(&mut self, time: Timestamp, newer: &Rollup) {
        while let Some((hour, rollup)) = self.gone.next_if(|(hour, _)| *hour <= time) {
            self.open_at(hour).append(&rollup);
        }
        self.open_at(time).append(newer);
    }

    /// Closes the buckets that end before `time`; what comes next is of the open one.
    fn open_at(&mut self, time: Timestamp) -> &mut Rollup {
        while time >= self.bounds[self.done.len()].1 {
            self.done.push(self.open.bucket(self.bounds[self.done.len()]));
            self.open = Rollup::EMPTY;
        }
        &mut self.open
    }

    fn push(&mut self, time: Timestamp, value: f64) {
        self.take(time, &Rollup::of(value));
    }

    fn push_block(&mut self, block: &Block<'_>, slot: u16) -> Result<(), SeriesError> {
        let Some(section) = block.section(slot)? else { return Ok(()) };
        let (from, to) = (self.bounds[0].0, self.bounds[self.bounds.len() - 1].1);
        let hours = if self.are_whole_hours { section.hours()? } else { Hours::new() };
        if !hours.is_empty() {
            for (hour, rollup) in hours.iter().filter(|(hour, _)| *hour >= from && *hour < to) {
                self.take(*hour, rollup);
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
        while let Some((hour, rollup)) = self.gone.next() {
            self.open_at(hour).append(&rollup);
        }
        let mut open = self.open;
        for bound in &self.bounds[self.done.len()..] {
            self.done.push(open.bucket(*bound));
            open = Rollup::EMPTY;
        }
        self.done
    }
}
