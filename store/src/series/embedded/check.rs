//! Checks a folder that no process has open: can every row and block be read, does what is counted
//! agree with what is there, do the heads agree with the rows.

use std::path::Path;

use domain::{DatastreamId, ObjectNo, Timestamp};

use super::block::Block;
use super::corrections::check_correction;
use super::engine::{Engine, pair};
use super::heads::{Head, Heads};
use super::layout::{damaged, decode_row, parse_row_key, row_key};
use super::read::{count_rows, read_range};
use super::rollup::hours_of;
use super::texts::{decode_text, parse_text_key};
use crate::series::SeriesError;

/// Findings that are told in words; beyond it they are only counted.
const FINDINGS_MAX: usize = 20;

/// What a check of the store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Rows that can be read.
    pub rows: u64,
    /// Observations in them.
    pub observations: u64,
    /// Entries that are not what the store wrote, or do not agree with others.
    pub damaged: u64,
    /// The first of them, in words.
    pub findings: Vec<String>,
}

impl Check {
    /// Nothing speaks against the store.
    pub fn is_whole(&self) -> bool {
        self.damaged == 0
    }

    fn note(&mut self, read: Result<(), SeriesError>) {
        if let Err(error) = read {
            self.finding(error.to_string());
        }
    }

    fn finding(&mut self, text: String) {
        self.damaged += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(text);
        }
    }
}

/// Reads the whole store in a folder. Fails when it cannot be opened at all or is in use.
pub fn check(folder: &Path) -> Result<Check, SeriesError> {
    let engine = Engine::open(folder)?;
    let mut check = Check::default();
    for entry in engine.rows.iter() {
        match pair(entry).and_then(|(key, value)| check_row(&key, &value)) {
            Ok(cells) => {
                check.rows += 1;
                check.observations += cells;
            }
            Err(error) => check.finding(error.to_string()),
        }
    }
    for entry in engine.blocks.iter() {
        match pair(entry).and_then(|(key, value)| check_block(&engine, &key, &value)) {
            Ok((rows, cells)) => {
                check.rows += rows;
                check.observations += cells;
            }
            Err(error) => check.finding(error.to_string()),
        }
    }
    for entry in engine.texts.iter() {
        let read = pair(entry).and_then(|(key, value)| {
            parse_text_key(&key)?;
            decode_text(&value).map(drop)
        });
        check.note(read);
    }
    for entry in engine.corrections.iter() {
        check.note(pair(entry).and_then(|(key, value)| check_correction(&key, &value)));
    }
    let counted = engine.observations()?;
    if counted != check.observations {
        let found = check.observations;
        check.finding(format!("`{found}` observations, expected `{counted}`"));
    }
    let heads = Heads::load(&engine).unwrap_or_else(|error| {
        check.finding(error.to_string());
        Heads::default()
    });
    for (object, head) in &heads.objects {
        let read = check_head(&engine, *object, head, &mut check);
        check.note(read);
    }
    Ok(check)
}

/// Number of cells of a row.
fn check_row(key: &[u8], value: &[u8]) -> Result<u64, SeriesError> {
    let (_, time) = parse_row_key(key)?;
    Ok(decode_row(time, value)?.len() as u64)
}

/// Rows and cells of a block; those that a loose row replaces count there.
fn check_block(engine: &Engine, key: &[u8], value: &[u8]) -> Result<(u64, u64), SeriesError> {
    let (object, first) = parse_row_key(key)?;
    let block = Block::parse(value)?;
    let rows = block.unseal()?;
    let cells: u64 = rows.iter().map(|(_, cells)| cells.len() as u64).sum();
    let ends = rows.first().zip(rows.last()).map(|(first, last)| (first.0, last.0));
    let is_ordered = rows.is_sorted_by(|a, b| a.0 < b.0);
    if ends != Some((first, block.last)) || cells != block.observations || !is_ordered {
        return Err(damaged("block", value));
    }
    check_rollups(&block, value)?;
    let mut counted = (rows.len() as u64, cells);
    let beside = row_key(object, first)..=row_key(object, block.last);
    for entry in engine.rows.range(beside) {
        let (_, time) = parse_row_key(&entry.key()?)?;
        if let Ok(place) = rows.binary_search_by_key(&time, |(known, _)| *known) {
            counted.0 -= 1;
            counted.1 -= rows[place].1.len() as u64;
        }
    }
    Ok(counted)
}

/// The rollups of a block must be those of its values.
fn check_rollups(block: &Block<'_>, value: &[u8]) -> Result<(), SeriesError> {
    let times = block.times()?;
    for (_, section) in block.sections()? {
        let (kept, column) = (section.hours()?, section.column()?);
        let of_column = column.places.iter().map(|place| times[*place as usize]);
        let made = hours_of(of_column.zip(column.values.iter().copied()));
        let agree = kept.len() == made.len()
            && kept.iter().zip(&made).all(|(a, b)| a.0 == b.0 && a.1.agrees_with(&b.1));
        if !kept.is_empty() && !agree {
            return Err(damaged("rollups of block", value));
        }
    }
    Ok(())
}

/// No row may be newer than its object's head, and what a head shows must be kept.
fn check_head(
    engine: &Engine,
    object: ObjectNo,
    head: &Head,
    check: &mut Check,
) -> Result<(), SeriesError> {
    let number = object.0;
    let beyond = (head.newest.plus_ms(1), Timestamp(i64::MAX));
    if count_rows(engine, &[object], beyond)? != [0] {
        check.finding(format!("object `{number}` has rows newer than `{}`", head.newest));
    }
    for shown in &head.cells {
        let id = DatastreamId { object, slot: shown.cell.slot };
        let at = (shown.time, shown.time.plus_ms(1));
        let kept = read_range(engine, id, at, 1)?;
        if !kept.iter().any(|kept| kept.value.to_bits() == shown.cell.value.to_bits()) {
            let (slot, time) = (shown.cell.slot, shown.time);
            check.finding(format!("object `{number}` slot `{slot}`: no value at `{time}`"));
        }
    }
    Ok(())
}
