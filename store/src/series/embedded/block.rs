//! Sealed blocks: some thousand rows of one object turned into columns and compressed (`pco`). A
//! block is written whole and read by column; it never changes in place.
//!
//! Layout, numbers as in `layout`: a version byte; number of rows; time of the first row (zigzag);
//! milliseconds from the first to the last; number of observations; the times and the arrivals of
//! the rows (seconds after their time) as packed columns; then for each slot the slot, the length
//! of its section and the section:
//! - which rows have it: 0 for all, or 1, the number of runs and a packed column of their lengths,
//!   in turn of rows without it and with it,
//! - quality flags: the number of runs (0: all good), then each run's flags and length,
//! - cells that arrived apart from the first cell of their row: their number, then for each how
//!   many cells were skipped and how many seconds later it came (zigzag),
//! - the form of its values as in `layout` (0–5 decimals, 7 f64), its rollups by hour (`rollup`),
//!   and its values as a packed column of i64 or f64.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::{Quality, Timestamp};

use super::layout::{
    DIVISORS, FORM_F64, StoredCell, StoredCells, arrival_s, damaged, exact_decimal, put_signed,
    put_varint, take_bytes, take_signed, take_varint,
};
use super::packed::{put_packed, take_packed, take_slice, unpack};
use super::rollup::{Hours, hours_of, put_hours, skip_hours, take_hours};
use crate::series::SeriesError;

const BLOCK_VERSION: u8 = 1;
/// Rows of a block at most: what a damaged length may make us allocate.
pub(super) const BLOCK_ROWS_MAX: usize = 1 << 16;

/// A row outside of any block.
pub(super) type TimedRow = (Timestamp, StoredCells);

/// Cells of one slot while a block is made.
#[derive(Default)]
struct NewColumn {
    rows: Vec<u32>,
    values: Vec<f64>,
    qualities: Vec<Quality>,
    /// (index, seconds after the row's first cell), where not 0.
    apart: Vec<(u32, i64)>,
}

/// Turns rows, ordered by time, into a block.
pub(super) fn encode_block(rows: &[TimedRow]) -> Result<Vec<u8>, SeriesError> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let base_s = |cells: &StoredCells| cells.first().map_or(0, |cell| cell.arrival_s);
    let mut columns: BTreeMap<u16, NewColumn> = BTreeMap::new();
    for (place, (_, cells)) in rows.iter().enumerate() {
        for cell in cells {
            let column = columns.entry(cell.slot).or_default();
            let later_s = cell.arrival_s.wrapping_sub(base_s(cells));
            if later_s != 0 {
                column.apart.push((column.rows.len() as u32, later_s));
            }
            column.rows.push(place as u32);
            column.values.push(cell.value);
            column.qualities.push(cell.quality);
        }
    }
    let mut out = vec![BLOCK_VERSION];
    put_varint(&mut out, rows.len() as u64);
    put_signed(&mut out, first.0.0);
    put_varint(&mut out, last.0.0.wrapping_sub(first.0.0) as u64);
    put_varint(&mut out, columns.values().map(|column| column.rows.len() as u64).sum());
    put_packed(&mut out, &rows.iter().map(|(time, _)| time.0).collect::<Vec<_>>())?;
    let arrivals = rows.iter().map(|(time, cells)| base_s(cells).wrapping_sub(arrival_s(*time)));
    put_packed(&mut out, &arrivals.collect::<Vec<_>>())?;
    for (slot, column) in columns {
        let section = column.encode(rows)?;
        put_varint(&mut out, slot.into());
        put_varint(&mut out, section.len() as u64);
        out.extend_from_slice(&section);
    }
    Ok(out)
}

impl NewColumn {
    fn encode(&self, rows: &[TimedRow]) -> Result<Vec<u8>, SeriesError> {
        let mut out = Vec::new();
        if self.rows.len() == rows.len() {
            out.push(0);
        } else {
            let runs = self.presence_runs();
            out.push(1);
            put_varint(&mut out, runs.len() as u64);
            put_packed(&mut out, &runs)?;
        }
        self.put_qualities(&mut out);
        put_varint(&mut out, self.apart.len() as u64);
        let mut next = 0;
        for (index, later_s) in &self.apart {
            put_varint(&mut out, u64::from(index - next));
            put_signed(&mut out, *later_s);
            next = index + 1;
        }
        let times = self.rows.iter().map(|place| rows[*place as usize].0);
        let hours = hours_of(times.zip(self.values.iter().copied()));
        self.put_values(&hours, &mut out)?;
        Ok(out)
    }

    /// Lengths of runs of rows without and with the slot, in turn; the last run is with it.
    fn presence_runs(&self) -> Vec<u32> {
        let mut runs = Vec::new();
        let mut next = 0;
        for run in self.rows.chunk_by(|a, b| a + 1 == *b) {
            runs.push(run[0] - next);
            runs.push(run.len() as u32);
            next = run[0] + run.len() as u32;
        }
        runs
    }

    fn put_qualities(&self, out: &mut Vec<u8>) {
        let runs: Vec<_> = self.qualities.chunk_by(|a, b| a == b).collect();
        if let [all] = runs[..]
            && all[0] == Quality::GOOD
        {
            put_varint(out, 0);
            return;
        }
        put_varint(out, runs.len() as u64);
        for run in runs {
            put_varint(out, run[0].0.into());
            put_varint(out, run.len() as u64);
        }
    }

    /// As decimals of one divisor when all values are such, otherwise as they are.
    fn put_values(&self, hours: &Hours, out: &mut Vec<u8>) -> Result<(), SeriesError> {
        for (form, divisor) in DIVISORS.iter().enumerate() {
            let scaled: Option<Vec<i64>> =
                self.values.iter().map(|value| exact_decimal(*value, *divisor)).collect();
            if let Some(scaled) = scaled {
                out.push(form as u8);
                put_hours(out, hours, form as u8)?;
                return put_packed(out, &scaled);
            }
        }
        out.push(FORM_F64);
        put_hours(out, hours, FORM_F64)?;
        put_packed(out, &self.values)
    }
}

/// A block whose columns are unpacked when they are asked for.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) rows: usize,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) observations: u64,
    times: &'a [u8],
    arrivals: &'a [u8],
    sections: &'a [u8],
}

impl<'a> Block<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, SeriesError> {
        Self::take(bytes).ok_or_else(|| damaged("block", bytes))
    }

    fn take(bytes: &'a [u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != BLOCK_VERSION {
            return None;
        }
        let rows = usize::try_from(take_varint(&mut rest)?).ok()?;
        if rows > BLOCK_ROWS_MAX {
            return None;
        }
        let first = Timestamp(take_signed(&mut rest)?);
        let last = Timestamp(first.0.wrapping_add(take_varint(&mut rest)? as i64));
        let observations = take_varint(&mut rest)?;
        let times = take_slice(&mut rest)?;
        let arrivals = take_slice(&mut rest)?;
        Some(Self { rows, first, last, observations, times, arrivals, sections: rest })
    }

    pub(super) fn times(&self) -> Result<Vec<Timestamp>, SeriesError> {
        Ok(unpack::<i64>(self.times, self.rows)?.into_iter().map(Timestamp).collect())
    }

    /// Places of the rows with `from <= time < to`. A block that lies wholly inside answers
    /// without unpacking its times.
    pub(super) fn places(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Range<usize>, SeriesError> {
        if from <= self.first && self.last < to {
            return Ok(0..self.rows);
        }
        let times = self.times()?;
        Ok(times.partition_point(|t| *t < from)..times.partition_point(|t| *t < to))
    }

    /// Arrival of the first cell of each row, seconds since 1970.
    pub(super) fn arrivals_s(&self, times: &[Timestamp]) -> Result<Vec<i64>, SeriesError> {
        let mut arrivals = unpack::<i64>(self.arrivals, self.rows)?;
        for (arrival, time) in arrivals.iter_mut().zip(times) {
            *arrival = arrival.wrapping_add(arrival_s(*time));
        }
        Ok(arrivals)
    }

    /// The sections of its slots, in the order of slots.
    pub(super) fn sections(&self) -> Result<Vec<(u16, Section<'a>)>, SeriesError> {
        let mut rest = self.sections;
        let mut sections = Vec::new();
        while !rest.is_empty() {
            let slot = take_varint(&mut rest).and_then(|slot| u16::try_from(slot).ok());
            let bytes = take_slice(&mut rest);
            let (Some(slot), Some(bytes)) = (slot, bytes) else {
                return Err(damaged("block", self.sections));
            };
            sections.push((slot, Section { bytes, rows: self.rows }));
        }
        Ok(sections)
    }

    /// The section of one slot.
    pub(super) fn section(&self, slot: u16) -> Result<Option<Section<'a>>, SeriesError> {
        Ok(self.sections()?.into_iter().find(|(found, _)| *found == slot).map(|(_, s)| s))
    }

    /// All rows, as they were before they were sealed.
    pub(super) fn unseal(&self) -> Result<Vec<TimedRow>, SeriesError> {
        let times = self.times()?;
        let arrivals_s = self.arrivals_s(&times)?;
        let mut rows: Vec<TimedRow> = times.iter().map(|t| (*t, StoredCells::new())).collect();
        for (slot, section) in self.sections()? {
            let column = section.column()?;
            for (index, place) in column.places.iter().enumerate() {
                let place = *place as usize;
                rows[place].1.push(StoredCell {
                    slot,
                    quality: column.quality(index),
                    arrival_s: arrivals_s[place].wrapping_add(column.later_s(index)),
                    value: column.values[index],
                });
            }
        }
        Ok(rows)
    }
}

/// What a block keeps of one slot, packed.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    bytes: &'a [u8],
    rows: usize,
}

/// Cells of one slot, in the order of rows.
pub(super) struct Column {
    /// Row of each cell.
    pub(super) places: Vec<u32>,
    pub(super) values: Vec<f64>,
    /// Empty when all are good.
    qualities: Vec<Quality>,
    apart: Vec<(usize, i64)>,
}

impl Column {
    pub(super) fn quality(&self, index: usize) -> Quality {
        self.qualities.get(index).copied().unwrap_or(Quality::GOOD)
    }

    /// How much later than the first cell of its row it arrived, seconds.
    pub(super) fn later_s(&self, index: usize) -> i64 {
        let found = self.apart.binary_search_by_key(&index, |(known, _)| *known);
        found.map_or(0, |found| self.apart[found].1)
    }

    /// Indices of the cells whose rows lie in `rows`.
    pub(super) fn within(&self, rows: &Range<usize>) -> Range<usize> {
        let index = |row: usize| self.places.partition_point(|place| (*place as usize) < row);
        index(rows.start)..index(rows.end)
    }
}

impl Section<'_> {
    /// Rows that have the slot, without unpacking its values.
    pub(super) fn places(&self) -> Result<Vec<u32>, SeriesError> {
        take_places(&mut &*self.bytes, self.rows).ok_or_else(|| self.damaged())
    }

    /// Rollups by hour, without unpacking the values; empty where the block keeps none.
    pub(super) fn hours(&self) -> Result<Hours, SeriesError> {
        let take = || {
            let mut rest = self.bytes;
            skip_places(&mut rest)?;
            take_flags(&mut rest, self.rows)?;
            let (form, mut rest) = rest.split_first()?;
            take_hours(&mut rest, *form, self.rows)
        };
        take().ok_or_else(|| self.damaged())
    }

    pub(super) fn column(&self) -> Result<Column, SeriesError> {
        self.take().ok_or_else(|| self.damaged())
    }

    fn damaged(&self) -> SeriesError {
        damaged("block column", self.bytes)
    }

    fn take(&self) -> Option<Column> {
        let mut rest = self.bytes;
        let places = take_places(&mut rest, self.rows)?;
        let Flags { qualities, apart } = take_flags(&mut rest, places.len())?;
        let (form, mut rest) = rest.split_first()?;
        skip_hours(&mut rest)?;
        let values = match DIVISORS.get(usize::from(*form)) {
            Some(divisor) => {
                let scaled = take_packed::<i64>(&mut rest, places.len())?;
                scaled.into_iter().map(|scaled| scaled as f64 / divisor).collect()
            }
            None if *form == FORM_F64 => take_packed::<f64>(&mut rest, places.len())?,
            None => return None,
        };
        Some(Column { places, values, qualities, apart })
    }
}

fn take_places(rest: &mut &[u8], rows: usize) -> Option<Vec<u32>> {
    let [is_partial] = take_bytes(rest)?;
    if is_partial == 0 {
        return Some((0..rows as u32).collect());
    }
    let count = usize::try_from(take_varint(rest)?).ok().filter(|count| *count <= rows * 2)?;
    let runs = take_packed::<u32>(rest, count)?;
    let mut places = Vec::with_capacity(rows);
    let mut next = 0_u32;
    for run in runs.chunks_exact(2) {
        let begin = next.checked_add(run[0])?;
        next = begin.checked_add(run[1]).filter(|end| *end as usize <= rows)?;
        places.extend(begin..next);
    }
    Some(places)
}

fn skip_places(rest: &mut &[u8]) -> Option<()> {
    let [is_partial] = take_bytes(rest)?;
    if is_partial != 0 {
        take_varint(rest)?;
        take_slice(rest)?;
    }
    Some(())
}

/// What is kept beside the values.
struct Flags {
    qualities: Vec<Quality>,
    apart: Vec<(usize, i64)>,
}

/// Reads the flags of at most `cells` cells.
fn take_flags(rest: &mut &[u8], cells: usize) -> Option<Flags> {
    let mut qualities = Vec::new();
    for _ in 0..take_varint(rest)? {
        let quality = Quality(u16::try_from(take_varint(rest)?).ok()?);
        let length = usize::try_from(take_varint(rest)?).ok()?;
        if length > cells - qualities.len() {
            return None;
        }
        qualities.extend(std::iter::repeat_n(quality, length));
    }
    let mut apart = Vec::new();
    let mut next = 0_usize;
    for _ in 0..take_varint(rest)? {
        let index = next.checked_add(usize::try_from(take_varint(rest)?).ok()?)?;
        apart.push((index, take_signed(rest)?));
        next = index + 1;
    }
    Some(Flags { qualities, apart })
}

#[cfg(test)]
mod tests;
