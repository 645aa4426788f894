//! Hours of rows that are gone. When retention drops rows, what they made together stays for ever:
//! of each hour the number of rows, of each slot one rollup, and of a state how long it held. An
//! entry is a window of hours of one object, so that what is added later finds its hour.
//!
//! Layout, numbers as in `layout`: a version byte; rows by hour (number of hours, packed columns of
//! hours since 1970 and of counts); then for each slot the slot, the length of its section and the
//! section: the form of its values, its rollups (`rollup`), and how long a state held (number of
//! hours, packed columns of hours since 1970, of milliseconds known and of milliseconds at 1).

use std::collections::BTreeMap;

use domain::{ObjectNo, Timestamp};
use fjall::{OwnedWriteBatch, Readable, Snapshot};

use super::block::TimedRow;
use super::engine::{Engine, pair};
use super::layout::{damaged, put_varint, row_key, take_varint};
use super::packed::{put_packed, take_packed, take_slice};
use super::rollup::{HOUR_MS, Hours, Rollup, form_of, hours_of, put_rollups, take_hours};
use crate::series::SeriesError;

const WINDOW_VERSION: u8 = 1;
/// Hours of one entry: six weeks.
const WINDOW_HOURS: i64 = 1024;

/// How long a state held within an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Milliseconds of which the value is known.
    pub(super) known_ms: u64,
    /// Those of them at which it was 1.
    pub(super) on_ms: u64,
}

/// What stays of one slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SlotHours {
    /// Rollups by hour since 1970.
    rollups: BTreeMap<i64, Rollup>,
    /// Of a state: how long it held, by hour since 1970.
    held: BTreeMap<i64, Held>,
}

/// One entry.
#[derive(Clone, Debug, Default, PartialEq)]
struct Window {
    /// Number of rows by hour since 1970.
    rows: BTreeMap<i64, u64>,
    slots: BTreeMap<u16, SlotHours>,
}

/// What rows made together, by window.
#[derive(Debug, Default)]
pub(super) struct Retired(BTreeMap<i64, Window>);

fn hour_of(time: Timestamp) -> i64 {
    time.0.div_euclid(HOUR_MS)
}

fn begin_of(hour: i64) -> Timestamp {
    Timestamp(hour.saturating_mul(HOUR_MS))
}

impl Retired {
    /// Sums up rows, which are ordered by time. A value that is 0 or 1 holds until the next, unless
    /// that is more than `holds_ms_max` later.
    pub(super) fn of(rows: &[TimedRow], holds_ms_max: i64) -> Self {
        let mut retired = Self::default();
        let mut columns: BTreeMap<u16, Vec<(Timestamp, f64)>> = BTreeMap::new();
        for (time, cells) in rows {
            let hour = hour_of(*time);
            *retired.window(hour).rows.entry(hour).or_default() += 1;
            for cell in cells {
                columns.entry(cell.slot).or_default().push((*time, cell.value));
            }
        }
        for (slot, column) in columns {
            for (begin, rollup) in hours_of(column.iter().copied()) {
                let hour = hour_of(begin);
                retired.slot(hour, slot).rollups.insert(hour, rollup);
            }
            if column.iter().all(|(_, value)| [0.0, 1.0].contains(value)) {
                retired.hold(slot, &column, holds_ms_max);
            }
        }
        retired
    }

    fn window(&mut self, hour: i64) -> &mut Window {
        self.0.entry(hour.div_euclid(WINDOW_HOURS)).or_default()
    }

    fn slot(&mut self, hour: i64, slot: u16) -> &mut SlotHours {
        self.window(hour).slots.entry(slot).or_default()
    }

    fn hold(&mut self, slot: u16, column: &[(Timestamp, f64)], holds_ms_max: i64) {
        for pair in column.windows(2) {
            let ((mut begin, value), (end, _)) = (pair[0], pair[1]);
            if end.0.saturating_sub(begin.0) > holds_ms_max {
                continue;
            }
            while begin < end {
                let hour = hour_of(begin);
                let until = end.min(begin_of(hour + 1));
                let known_ms = until.since_ms(begin).unsigned_abs();
                let held = self.slot(hour, slot).held.entry(hour).or_default();
                held.known_ms += known_ms;
                held.on_ms += if value > 0.0 { known_ms } else { 0 };
                begin = until;
            }
        }
    }

    /// Adds it to what is kept of the object; the caller holds the writer and commits.
    pub(super) fn write(
        self,
        engine: &Engine,
        object: ObjectNo,
        batch: &mut OwnedWriteBatch,
    ) -> Result<(), SeriesError> {
        for (number, newer) in self.0 {
            let key = row_key(object, begin_of(number.saturating_mul(WINDOW_HOURS)));
            let mut window = match engine.hours.get(key)? {
                Some(value) => Window::decode(&value)?,
                None => Window::default(),
            };
            window.absorb(newer);
            batch.insert(&engine.hours, key, window.encode()?);
        }
        Ok(())
    }
}

impl Window {
    /// Of one hour what goes first is the older: rows go in the order of time. (Where a reading
    /// comes for a time whose rows are gone already, its hour's last value is this one.)
    fn absorb(&mut self, newer: Self) {
        for (hour, rows) in newer.rows {
            *self.rows.entry(hour).or_default() += rows;
        }
        for (slot, newer) in newer.slots {
            let known = self.slots.entry(slot).or_default();
            for (hour, rollup) in newer.rollups {
                known.rollups.entry(hour).or_insert(Rollup::EMPTY).append(&rollup);
            }
            for (hour, newer) in newer.held {
                let held = known.held.entry(hour).or_default();
                held.known_ms += newer.known_ms;
                held.on_ms += newer.on_ms;
            }
        }
    }

    fn encode(&self) -> Result<Vec<u8>, SeriesError> {
        let mut out = vec![WINDOW_VERSION];
        put_varint(&mut out, self.rows.len() as u64);
        put_packed(&mut out, &self.rows.keys().copied().collect::<Vec<_>>())?;
        put_packed(&mut out, &self.rows.values().copied().collect::<Vec<_>>())?;
        for (slot, hours) in &self.slots {
            let section = hours.encode()?;
            put_varint(&mut out, (*slot).into());
            put_varint(&mut out, section.len() as u64);
            out.extend_from_slice(&section);
        }
        Ok(out)
    }

    fn decode(bytes: &[u8]) -> Result<Self, SeriesError> {
        let entry = Entry::parse(bytes)?;
        let mut slots = BTreeMap::new();
        for (slot, section) in entry.sections()? {
            slots.insert(slot, SlotHours::decode(section)?);
        }
        Ok(Self { rows: entry.rows.into_iter().collect(), slots })
    }
}

impl SlotHours {
    fn encode(&self) -> Result<Vec<u8>, SeriesError> {
        let rollups: Hours =
            self.rollups.iter().map(|(h, rollup)| (begin_of(*h), *rollup)).collect();
        let form = form_of(&rollups);
        let mut out = vec![form];
        put_rollups(&mut out, &rollups, form)?;
        put_varint(&mut out, self.held.len() as u64);
        if !self.held.is_empty() {
            let held = || self.held.values();
            put_packed(&mut out, &self.held.keys().copied().collect::<Vec<_>>())?;
            put_packed(&mut out, &held().map(|held| held.known_ms).collect::<Vec<_>>())?;
            put_packed(&mut out, &held().map(|held| held.on_ms).collect::<Vec<_>>())?;
        }
        Ok(out)
    }

    fn decode(bytes: &[u8]) -> Result<Self, SeriesError> {
        Self::take(bytes).ok_or_else(|| damaged("hours of a slot", bytes))
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        let (form, mut rest) = bytes.split_first()?;
        let rollups = take_hours(&mut rest, *form, WINDOW_HOURS as usize)?;
        let mut held = BTreeMap::new();
        let count = take_count(&mut rest)?;
        if count > 0 {
            let hours = take_packed::<i64>(&mut rest, count)?;
            let known_ms = take_packed::<u64>(&mut rest, count)?;
            let on_ms = take_packed::<u64>(&mut rest, count)?;
            let of_hours = known_ms.into_iter().zip(on_ms);
            let of_hours = of_hours.map(|(known_ms, on_ms)| Held { known_ms, on_ms });
            held = hours.into_iter().zip(of_hours).collect();
        }
        let rollups = rollups.into_iter().map(|(begin, rollup)| (hour_of(begin), rollup));
        Some(Self { rollups: rollups.collect(), held })
    }

    /// Do they belong together? Extremes frame the other values, and no state holds for longer
    /// than its hour.
    fn is_sound(&self) -> bool {
        self.rollups.values().all(Rollup::is_sound)
            && self.held.values().all(|h| h.on_ms <= h.known_ms && h.known_ms <= HOUR_MS as u64)
    }
}

fn take_count(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_varint(rest)?).ok().filter(|count| *count <= WINDOW_HOURS as usize)
}

/// An entry whose slots are unpacked when they are asked for.
struct Entry<'a> {
    /// Hours since 1970 with their number of rows.
    rows: Vec<(i64, u64)>,
    sections: &'a [u8],
}

impl<'a> Entry<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, SeriesError> {
        Self::take(bytes).ok_or_else(|| damaged("hours", bytes))
    }

    fn take(bytes: &'a [u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != WINDOW_VERSION {
            return None;
        }
        let count = take_count(&mut rest)?;
        let hours = take_packed::<i64>(&mut rest, count)?;
        let rows = take_packed::<u64>(&mut rest, count)?;
        Some(Self { rows: hours.into_iter().zip(rows).collect(), sections: rest })
    }

    fn sections(&self) -> Result<Vec<(u16, &'a [u8])>, SeriesError> {
        let mut rest = self.sections;
        let mut sections = Vec::new();
        while !rest.is_empty() {
            let slot = take_varint(&mut rest).and_then(|slot| u16::try_from(slot).ok());
            let (Some(slot), Some(section)) = (slot, take_slice(&mut rest)) else {
                return Err(damaged("hours", self.sections));
            };
            sections.push((slot, section));
        }
        Ok(sections)
    }
}

/// The hours that lie wholly within `from <= time < to`, of one object and one moment.
pub(super) struct HoursWithin<'a> {
    pub(super) engine: &'a Engine,
    pub(super) snapshot: &'a Snapshot,
    pub(super) object: ObjectNo,
    pub(super) window: (Timestamp, Timestamp),
}

impl HoursWithin<'_> {
    /// Rollups of one slot, oldest first.
    pub(super) fn rollups(&self, slot: u16) -> Result<Hours, SeriesError> {
        let mut hours = Hours::new();
        self.each_slot(slot, |of_slot| {
            let rollups = of_slot.rollups.into_iter().map(|(h, rollup)| (begin_of(h), rollup));
            hours.extend(rollups.filter(|(begin, _)| self.has(*begin)));
        })?;
        Ok(hours)
    }

    /// How long a state held, by begin of the hour, oldest first.
    pub(super) fn held(&self, slot: u16) -> Result<Vec<(Timestamp, Held)>, SeriesError> {
        let mut hours = Vec::new();
        self.each_slot(slot, |of_slot| {
            let held = of_slot.held.into_iter().map(|(hour, held)| (begin_of(hour), held));
            hours.extend(held.filter(|(begin, _)| self.has(*begin)));
        })?;
        Ok(hours)
    }

    /// Number of rows.
    pub(super) fn count_rows(&self) -> Result<u64, SeriesError> {
        let mut count = 0;
        self.each(|entry| {
            let within = entry.rows.iter().filter(|(hour, _)| self.has(begin_of(*hour)));
            count += within.map(|(_, rows)| rows).sum::<u64>();
            Ok(())
        })?;
        Ok(count)
    }

    fn has(&self, begin: Timestamp) -> bool {
        self.window.0 <= begin && begin.plus_ms(HOUR_MS) <= self.window.1
    }

    fn each_slot(&self, slot: u16, mut take: impl FnMut(SlotHours)) -> Result<(), SeriesError> {
        self.each(|entry| {
            let sections = entry.sections()?;
            if let Some((_, section)) = sections.into_iter().find(|(found, _)| *found == slot) {
                take(SlotHours::decode(section)?);
            }
            Ok(())
        })
    }

    fn each(
        &self,
        mut visit: impl FnMut(&Entry<'_>) -> Result<(), SeriesError>,
    ) -> Result<(), SeriesError> {
        let (from, to) = self.window;
        let first = hour_of(from).div_euclid(WINDOW_HOURS).saturating_mul(WINDOW_HOURS);
        let range = row_key(self.object, begin_of(first))..row_key(self.object, to);
        if range.is_empty() {
            return Ok(());
        }
        for entry in self.snapshot.range(&self.engine.hours, range) {
            visit(&Entry::parse(&pair(entry)?.1)?)?;
        }
        Ok(())
    }
}

/// Number of observations in an entry, if it can be read and what it says belongs together.
pub(super) fn check_hours(value: &[u8]) -> Result<u64, SeriesError> {
    let window = Window::decode(value)?;
    if !window.slots.values().all(SlotHours::is_sound) {
        return Err(damaged("hours", value));
    }
    let rollups = window.slots.values().flat_map(|slot| slot.rollups.values());
    Ok(rollups.map(|rollup| rollup.count).sum())
}

#[cfg(test)]
mod tests;
