//! Checks a folder that no process has open: can every row be read, does what is counted agree
//! with what is there, do the heads agree with the rows.

use std::path::Path;

use domain::{ObjectNo, Timestamp};

use super::engine::{Engine, pair};
use super::heads::Heads;
use super::layout::{decode_row, parse_row_key, row_key};
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
        match read_row(pair(entry)) {
            Ok(cells) => {
                check.rows += 1;
                check.observations += cells;
            }
            Err(error) => check.finding(error.to_string()),
        }
    }
    let counted = engine.observations()?;
    if counted != check.observations {
        let found = check.observations;
        check.finding(format!("`{found}` observations, expected `{counted}`"));
    }
    match Heads::load(&engine) {
        Ok(heads) => check_heads(&engine, &heads, &mut check)?,
        Err(error) => check.finding(error.to_string()),
    }
    Ok(check)
}

fn read_row(entry: Result<(fjall::Slice, fjall::Slice), SeriesError>) -> Result<u64, SeriesError> {
    let (key, value) = entry?;
    let (_, time) = parse_row_key(&key)?;
    Ok(decode_row(time, &value)?.len() as u64)
}

/// No row may be newer than its object's head, and what a head shows must stand in a row.
fn check_heads(engine: &Engine, heads: &Heads, check: &mut Check) -> Result<(), SeriesError> {
    for (ObjectNo(number), head) in &heads.objects {
        let object = ObjectNo(*number);
        let beyond = row_key(object, head.newest.plus_ms(1))..=row_key(object, Timestamp(i64::MAX));
        if head.newest < Timestamp(i64::MAX) && engine.rows.range(beyond).next().is_some() {
            check.finding(format!("object `{number}` has rows newer than `{}`", head.newest));
        }
        for shown in &head.cells {
            let stands = match engine.rows.get(row_key(object, shown.time))? {
                Some(value) => decode_row(shown.time, &value)?.contains(&shown.cell),
                None => false,
            };
            if !stands {
                let (slot, time) = (shown.cell.slot, shown.time);
                check.finding(format!("object `{number}` slot `{slot}`: no row at `{time}`"));
            }
        }
    }
    Ok(())
}
