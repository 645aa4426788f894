//! Checks a folder that no process has open, and repairs what can be made again: can everything be
//! read, do the rollups agree with the rows, does what is counted agree with what is there, do the
//! heads agree with the rows. Rows are believed: they are what was acknowledged.

use std::collections::BTreeSet;
use std::path::Path;

use domain::{ObjectNo, Timestamp};
use fjall::Slice;

use super::block::{Block, TimedRow, encode_block};
use super::corrections::check_correction;
use super::engine::{Engine, pair};
use super::heads::{Head, Heads};
use super::hours::check_hours;
use super::layout::{damaged, decode_row, parse_row_key, row_key};
use super::read::{Piece, View, count_rows, read_range};
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
    /// Observations whose rows retention dropped: their hours are left.
    pub gone: u64,
    /// Entries that are not what the store wrote, or do not agree with others.
    pub damaged: u64,
    /// Entries that were so and are made again.
    pub repaired: u64,
    /// The first of both, in words.
    pub findings: Vec<String>,
}

impl Check {
    /// Nothing speaks against the store.
    pub fn is_whole(&self) -> bool {
        self.damaged == 0
    }
}

/// Reads the whole store in a folder. Fails when it cannot be opened at all or is in use.
pub fn check(folder: &Path) -> Result<Check, SeriesError> {
    run(folder, Findings::Told)
}

/// The same, and makes again what follows from the rows: rollups, counts, heads. What cannot be
/// read stays as it is.
pub fn repair(folder: &Path) -> Result<Check, SeriesError> {
    run(folder, Findings::Repaired)
}

fn run(folder: &Path, findings: Findings) -> Result<Check, SeriesError> {
    let engine = Engine::open(folder)?;
    let mut inspection = Inspection { engine: &engine, findings, check: Check::default() };
    let objects = inspection.inspect_rows()?;
    inspection.inspect_rest();
    inspection.inspect_count()?;
    inspection.inspect_heads(&objects)?;
    Ok(inspection.check)
}

/// What is done about what can be made again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Findings {
    Told,
    Repaired,
}

struct Inspection<'a> {
    engine: &'a Engine,
    findings: Findings,
    check: Check,
}

impl Inspection<'_> {
    /// Rows and blocks; the objects that have some.
    fn inspect_rows(&mut self) -> Result<BTreeSet<ObjectNo>, SeriesError> {
        let mut objects = BTreeSet::new();
        for entry in self.engine.rows.iter() {
            match pair(entry).and_then(|(key, value)| check_row(&key, &value)) {
                Ok((object, cells)) => {
                    objects.insert(object);
                    self.check.rows += 1;
                    self.check.observations += cells;
                }
                Err(error) => self.damaged(error.to_string()),
            }
        }
        for entry in self.engine.blocks.iter() {
            match pair(entry).and_then(|(key, value)| ReadBlock::of(self.engine, key, &value)) {
                Ok(block) => {
                    objects.insert(block.object);
                    self.check.rows += block.counts.0;
                    self.check.observations += block.counts.1;
                    self.inspect_rollups(block)?;
                }
                Err(error) => self.damaged(error.to_string()),
            }
        }
        Ok(objects)
    }

    fn inspect_rollups(&mut self, block: ReadBlock) -> Result<(), SeriesError> {
        if block.rollups_agree {
            return Ok(());
        }
        let (object, first) = (block.object.0, block.rows.first().map(|(time, _)| *time));
        let first = first.unwrap_or_default();
        let finding =
            format!("object `{object}`: rollups of the block at `{first}` are not its rows'");
        self.made_again(finding, |engine, batch| {
            batch.insert(&engine.blocks, block.key, encode_block(&block.rows)?);
            Ok(())
        })
    }

    /// What stands beside rows.
    fn inspect_rest(&mut self) {
        for entry in self.engine.hours.iter() {
            match pair(entry).and_then(|(_, value)| check_hours(&value)) {
                Ok(observations) => self.check.gone += observations,
                Err(error) => self.damaged(error.to_string()),
            }
        }
        for entry in self.engine.texts.iter() {
            let read = pair(entry).and_then(|(key, value)| {
                parse_text_key(&key)?;
                decode_text(&value).map(drop)
            });
            self.note(read);
        }
        for entry in self.engine.corrections.iter() {
            self.note(pair(entry).and_then(|(key, value)| check_correction(&key, &value)));
        }
    }

    fn inspect_count(&mut self) -> Result<(), SeriesError> {
        let (found, counted) = (self.check.observations, self.engine.observations()?);
        if counted == found {
            return Ok(());
        }
        self.made_again(format!("`{found}` observations, expected `{counted}`"), |engine, batch| {
            engine.put_observations(batch, found);
            Ok(())
        })
    }

    fn inspect_heads(&mut self, objects: &BTreeSet<ObjectNo>) -> Result<(), SeriesError> {
        let known = match Heads::load(self.engine) {
            Ok(known) => known,
            Err(error) => {
                self.damaged(error.to_string());
                return Ok(());
            }
        };
        let without_rows = known.objects.keys().copied().filter(|no| !objects.contains(no));
        let all: BTreeSet<_> = objects.iter().copied().chain(without_rows).collect();
        for object in all {
            let disagrees = match known.objects.get(&object) {
                Some(head) => head_disagrees(self.engine, object, head),
                None => Ok(Some(format!("object `{}` has rows and no head", object.0))),
            };
            match disagrees {
                Ok(None) => {}
                Ok(Some(finding)) => self.made_again(finding, |engine, batch| {
                    engine.put_head(batch, object, &head_of_rows(engine, object)?);
                    Ok(())
                })?,
                Err(error) => self.damaged(error.to_string()),
            }
        }
        Ok(())
    }

    /// Tells of something that follows from the rows, and makes it again when that is asked.
    fn made_again(
        &mut self,
        finding: String,
        make: impl FnOnce(&Engine, &mut fjall::OwnedWriteBatch) -> Result<(), SeriesError>,
    ) -> Result<(), SeriesError> {
        if self.findings == Findings::Told {
            self.damaged(finding);
            return Ok(());
        }
        let mut batch = self.engine.batch(1);
        if let Err(error) = make(self.engine, &mut batch) {
            self.damaged(format!("{finding}: {error}"));
            return Ok(());
        }
        batch.commit()?;
        self.check.repaired += 1;
        self.tell(format!("{finding}: repaired"));
        Ok(())
    }

    fn note(&mut self, read: Result<(), SeriesError>) {
        if let Err(error) = read {
            self.damaged(error.to_string());
        }
    }

    fn damaged(&mut self, finding: String) {
        self.check.damaged += 1;
        self.tell(finding);
    }

    fn tell(&mut self, finding: String) {
        if self.check.findings.len() < FINDINGS_MAX {
            self.check.findings.push(finding);
        }
    }
}

/// Whose row it is, and its number of cells.
fn check_row(key: &[u8], value: &[u8]) -> Result<(ObjectNo, u64), SeriesError> {
    let (object, time) = parse_row_key(key)?;
    Ok((object, decode_row(time, value)?.len() as u64))
}

/// A block that can be read.
struct ReadBlock {
    key: Slice,
    object: ObjectNo,
    rows: Vec<TimedRow>,
    /// Rows and cells; those that a loose row replaces count there.
    counts: (u64, u64),
    rollups_agree: bool,
}

impl ReadBlock {
    fn of(engine: &Engine, key: Slice, value: &[u8]) -> Result<Self, SeriesError> {
        let (object, first) = parse_row_key(&key)?;
        let block = Block::parse(value)?;
        let rows = block.unseal()?;
        let cells: u64 = rows.iter().map(|(_, cells)| cells.len() as u64).sum();
        let ends = rows.first().zip(rows.last()).map(|(first, last)| (first.0, last.0));
        let is_ordered = rows.is_sorted_by(|a, b| a.0 < b.0);
        if ends != Some((first, block.last)) || cells != block.observations || !is_ordered {
            return Err(damaged("block", value));
        }
        let mut counts = (rows.len() as u64, cells);
        let beside = row_key(object, first)..=row_key(object, block.last);
        for entry in engine.rows.range(beside) {
            let (_, time) = parse_row_key(&entry.key()?)?;
            if let Ok(place) = rows.binary_search_by_key(&time, |(known, _)| *known) {
                counts.0 -= 1;
                counts.1 -= rows[place].1.len() as u64;
            }
        }
        let rollups_agree = rollups_agree(&block)?;
        Ok(Self { key, object, rows, counts, rollups_agree })
    }
}

/// Are the rollups of a block those of its values? One that cannot be read does not agree.
fn rollups_agree(block: &Block<'_>) -> Result<bool, SeriesError> {
    let times = block.times()?;
    for (_, section) in block.sections()? {
        let Ok(kept) = section.hours() else { return Ok(false) };
        let column = section.column()?;
        let of_column = column.places.iter().map(|place| times[*place as usize]);
        let made = hours_of(of_column.zip(column.values.iter().copied()));
        let agree = kept.len() == made.len()
            && kept.iter().zip(&made).all(|(a, b)| a.0 == b.0 && a.1.agrees_with(&b.1));
        if !kept.is_empty() && !agree {
            return Ok(false);
        }
    }
    Ok(true)
}

/// No row may be newer than its object's head, or stand loose before the head expects one, and what
/// a head shows must be kept.
fn head_disagrees(
    engine: &Engine,
    object: ObjectNo,
    head: &Head,
) -> Result<Option<String>, SeriesError> {
    let number = object.0;
    let from = head.loose_from;
    if let Some(time) = first_loose(engine, object)?.filter(|time| *time < from) {
        return Ok(Some(format!(
            "object `{number}` has a row outside of blocks at `{time}`, before `{from}`"
        )));
    }
    let beyond = (head.newest.plus_ms(1), Timestamp(i64::MAX));
    let view = View::of_rows(engine, object);
    if count_rows(&view, beyond)? != 0 {
        return Ok(Some(format!("object `{number}` has rows newer than `{}`", head.newest)));
    }
    for shown in &head.cells {
        let at = (shown.time, shown.time.plus_ms(1));
        let kept = read_range(&view, shown.cell.slot, at, 1)?;
        if !kept.iter().any(|kept| kept.value.to_bits() == shown.cell.value.to_bits()) {
            let (slot, time) = (shown.cell.slot, shown.time);
            return Ok(Some(format!("object `{number}` slot `{slot}`: no value at `{time}`")));
        }
    }
    Ok(None)
}

/// The head that follows from the rows.
fn head_of_rows(engine: &Engine, object: ObjectNo) -> Result<Head, SeriesError> {
    let mut head = Head::empty();
    let take = |head: &mut Head, time: Timestamp, cells: &[_]| {
        for cell in cells {
            head.note(time, cell);
        }
        head.grow(time);
    };
    View::of_rows(engine, object).walk((Timestamp(i64::MIN), Timestamp(i64::MAX)), |piece| {
        match piece {
            Piece::Row(time, value) => take(&mut head, time, &decode_row(time, value)?),
            Piece::Block(block) => {
                for (time, cells) in block.unseal()? {
                    take(&mut head, time, &cells);
                }
            }
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    let blocks = row_key(object, Timestamp(i64::MIN))..=row_key(object, Timestamp(i64::MAX));
    if let Some(last) = engine.blocks.range(blocks).next_back() {
        head.sealed_until = Block::parse(&pair(last)?.1)?.last;
    }
    head.loose_from = first_loose(engine, object)?.unwrap_or(Timestamp(i64::MAX));
    Ok(head)
}

/// Time of the oldest row outside of blocks.
fn first_loose(engine: &Engine, object: ObjectNo) -> Result<Option<Timestamp>, SeriesError> {
    let rows = row_key(object, Timestamp(i64::MIN))..=row_key(object, Timestamp(i64::MAX));
    let Some(entry) = engine.rows.range(rows).next() else { return Ok(None) };
    Ok(Some(parse_row_key(&entry.key()?)?.1))
}

#[cfg(test)]
mod tests;
