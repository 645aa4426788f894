//! The time-weighted mean of one datastream: each value counts for as long as it held, which is what
//! the mean of a state has to be (for how much of the night was the line under voltage).
//!
//! A value holds until the next observation, also beyond the begin of a bucket; where the next one
//! is too far away, nothing is known of the time between them. Nor is anything known of the time
//! before the first observation and after the newest.

use std::ops::ControlFlow;

use domain::Timestamp;

use super::aggregate::are_whole_hours;
use super::layout::find_cell;
use super::read::{Piece, View};
use crate::series::{SeriesError, Weighted};

/// One mean for each of the bounds, in their order.
pub(super) fn time_weighted(
    view: &View<'_>,
    slot: u16,
    bounds: &[(Timestamp, Timestamp)],
    holds_ms_max: i64,
) -> Result<Vec<Weighted>, SeriesError> {
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return Ok(Vec::new()) };
    let (from, to) = (first.0, last.1);
    let mut filling = Filling::new(bounds, holds_ms_max);
    if are_whole_hours(bounds) {
        for (hour, held) in view.gone((from, to)).held(slot)? {
            filling.add_hour(hour, held.on_ms as f64, held.known_ms as i64);
        }
    }
    // What holds at the begin was measured before it, and the end is known from what comes after it.
    let around = (from.plus_ms(-holds_ms_max), to.plus_ms(holds_ms_max.saturating_add(1)));
    view.walk(around, |piece| {
        match piece {
            Piece::Row(time, value) => {
                if let Some(cell) = find_cell(time, value, slot)? {
                    filling.push(time, cell.value);
                }
            }
            Piece::Block(block) => {
                if let Some(section) = block.section(slot)? {
                    let (times, column) = (block.times()?, section.column()?);
                    for index in column.within(&block.places(around.0, around.1)?) {
                        filling.push(times[column.places[index] as usize], column.values[index]);
                    }
                }
            }
        }
        Ok(if filling.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(filling.finish())
}

/// What is known of one bucket.
#[derive(Clone, Copy, Default)]
struct Known {
    /// Values times the milliseconds that they held.
    integral: f64,
    ms: i64,
}

struct Filling<'a> {
    bounds: &'a [(Timestamp, Timestamp)],
    holds_ms_max: i64,
    known: Vec<Known>,
    /// The bucket into which the next value may reach first.
    place: usize,
    holding: Option<(Timestamp, f64)>,
}

impl<'a> Filling<'a> {
    fn new(bounds: &'a [(Timestamp, Timestamp)], holds_ms_max: i64) -> Self {
        let known = vec![Known::default(); bounds.len()];
        Self { bounds, holds_ms_max, known, place: 0, holding: None }
    }

    /// An observation that is newer than all before: until it came, the one before it held.
    fn push(&mut self, time: Timestamp, value: f64) {
        let held = self.holding.replace((time, value));
        let Some((since, value)) = held else { return };
        if time.0.saturating_sub(since.0) > self.holds_ms_max {
            return;
        }
        self.place += self.bounds[self.place..].partition_point(|(_, end)| *end <= since);
        for (place, (begin, end)) in self.bounds.iter().enumerate().skip(self.place) {
            if *begin >= time {
                break;
            }
            let ms = time.min(*end).since_ms(since.max(*begin));
            self.known[place].integral += value * ms as f64;
            self.known[place].ms += ms;
        }
    }

    /// An hour of rows that are gone.
    fn add_hour(&mut self, hour: Timestamp, integral: f64, ms: i64) {
        let place = self.bounds.partition_point(|(_, end)| *end <= hour);
        if self.bounds.get(place).is_some_and(|(begin, _)| *begin <= hour) {
            self.known[place].integral += integral;
            self.known[place].ms += ms;
        }
    }

    /// Can what comes next change nothing?
    fn is_full(&self) -> bool {
        let end = self.bounds.last().map(|(_, end)| *end);
        self.holding.zip(end).is_some_and(|((since, _), end)| since >= end)
    }

    fn finish(self) -> Vec<Weighted> {
        let weighted = |known: &Known| Weighted {
            mean: known.integral / known.ms as f64, // NaN when nothing is known
            known_ms: known.ms,
        };
        self.known.iter().map(weighted).collect()
    }
}
