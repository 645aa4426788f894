//! Quarantine as a work list: which rows somebody works on, and how they leave the list. A row is
//! *open*, until it is *replayed* (put through the pipeline again, and used) or *discarded* (of no
//! use, somebody said why). A row that still cannot be used stays open, filed under its new reason.

use domain::Timestamp;
use domain::elements::Elements;
use domain::intake::{Reason, SettledAs};
use domain::limits::QUARANTINE_BYTES_PER_STEP_MAX;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Dropped, Intake, Quarantined, code, count, fold_empty_groups, keep, quarantined, sql};
use crate::sqlite::RegistryError;

/// Which open rows somebody works on: those that fit everything that is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only rows of these numbers.
    pub ids: Option<Vec<i64>>,
    /// Only of this device, as claimed.
    pub device: Option<String>,
    /// Only for this reason.
    pub reason: Option<Reason>,
    /// Only rows with a higher number: where the last call ended.
    pub after: i64,
}

/// What became of a row that was put through the pipeline again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its number.
    pub id: i64,
    /// `None`: it was used, and leaves the list. Otherwise as what it is filed now.
    pub refiled: Option<Refiled>,
}

/// Why a row, or what is left of it, cannot be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refiled {
    /// The device that it is of.
    pub device: String,
    /// Why.
    pub reason: Reason,
    /// The same in words.
    pub detail: String,
    /// The elements of its array that are left; `None`: the whole message.
    pub elements: Option<Elements>,
    /// As how many readings they are counted.
    pub readings: u64,
    /// Values of the same elements that could be used, and were counted.
    pub sound: u64,
}

/// What a call to replay did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Rows that were used and left the list.
    pub replayed: u64,
    /// Rows that still cannot be used: number, reason, the same in words.
    pub unusable: Vec<(i64, Reason, String)>,
    /// Rows of which the store took none: they stay as they were.
    pub put_off: u64,
    /// Open rows of the choice that this call did not come to.
    pub left: u64,
    /// The last row that this call came to.
    pub last: Option<i64>,
}

/// What a call to discard did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discarded {
    /// Rows that left the list.
    pub discarded: u64,
    /// Open rows of the choice that this call did not come to.
    pub left: u64,
}

impl Choice {
    /// The numbers as the statements take them.
    fn numbers(&self) -> Option<String> {
        let numbers = self.ids.as_ref()?.iter().map(i64::to_string);
        Some(format!("[{}]", numbers.collect::<Vec<_>>().join(",")))
    }
}

impl Intake {
    /// The first open rows of a choice, in the order of their arrival; fewer than `limit` once their
    /// payloads take [`QUARANTINE_BYTES_PER_STEP_MAX`].
    pub fn chosen(
        &self,
        choice: &Choice,
        limit: usize,
    ) -> Result<Vec<(i64, Quarantined)>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::CHOSEN)?;
            let mut found = statement.query(params![
                choice.device,
                choice.reason.map(Reason::as_str),
                choice.numbers(),
                choice.after,
                limit as i64,
            ])?;
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while bytes < QUARANTINE_BYTES_PER_STEP_MAX
                && let Some(row) = found.next()?
            {
                let kept = quarantined(row)?;
                bytes += kept.payload.len();
                rows.push((row.get(0)?, kept));
            }
            Ok(rows)
        })
    }

    /// Which of these rows are open, and why.
    pub fn open_of(&self, ids: &[i64]) -> Result<Vec<(i64, Reason, String)>, RegistryError> {
        let choice = Choice { ids: Some(ids.to_vec()), ..Choice::default() };
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::OPEN_OF)?;
            let mut found = statement.query([choice.numbers()])?;
            let mut open = Vec::new();
            while let Some(row) = found.next()? {
                open.push((row.get(0)?, code(row, 1, Reason::parse)?, row.get(2)?));
            }
            Ok(open)
        })
    }

    /// How many open rows fit a choice.
    pub fn count_chosen(&self, choice: &Choice) -> Result<u64, RegistryError> {
        self.database.read(|db| count_chosen(db, choice))
    }

    /// Takes the first open rows of a choice off the list, because of what `remark` says. Their
    /// readings stay counted as quarantined: that is what became of them.
    pub fn discard(
        &self,
        choice: &Choice,
        remark: &str,
        at: Timestamp,
        limit: usize,
    ) -> Result<Discarded, RegistryError> {
        self.database.write(|db| {
            let ids: Vec<i64> = db
                .prepare_cached(sql::CHOSEN_IDS)?
                .query_map(
                    params![
                        choice.device,
                        choice.reason.map(Reason::as_str),
                        choice.numbers(),
                        choice.after,
                        limit as i64,
                    ],
                    |row| row.get(0),
                )?
                .collect::<Result<_, _>>()?;
            let mut discarded = 0;
            for id in ids {
                discarded += u64::from(settle(db, id, SettledAs::Discarded, at, Some(remark))?);
            }
            Ok(Discarded { discarded, left: count_chosen(db, choice)? })
        })
    }

    /// Keeps new rows aside, and with them, in one commit, notes what became of replayed ones.
    pub fn quarantine_and_settle(
        &self,
        rows: &[Quarantined],
        settled: &[Settled],
        at: Timestamp,
    ) -> Result<Dropped, RegistryError> {
        self.database.write(|db| {
            for Settled { id, refiled } in settled {
                match refiled {
                    None => drop(settle(db, *id, SettledAs::Replayed, at, None)?),
                    Some(refiled) => refile(db, *id, refiled)?,
                }
            }
            if !settled.is_empty() {
                fold_empty_groups(db)?;
            }
            keep(db, rows, &self.bounds)
        })
    }

    /// Takes replayed readings out of what is counted as quarantined, by the device under which
    /// they were counted: they are counted as what they became.
    pub fn release_tallies(&self, released: &[(String, u64)]) -> Result<(), RegistryError> {
        self.database.write(|db| {
            let mut release = db.prepare_cached(sql::TALLY_RELEASE)?;
            for (device, readings) in released {
                release.execute(params![*readings as i64, device])?;
            }
            Ok(())
        })
    }
}

fn count_chosen(db: &Connection, choice: &Choice) -> Result<u64, RegistryError> {
    let reason = choice.reason.map(Reason::as_str);
    let which = params![choice.device, reason, choice.numbers(), choice.after];
    count(db, sql::CHOSEN_COUNT, which)
}

/// Where an open row is filed: device, reason, bytes kept, arrival; `None`: it is not open.
type Place = (String, String, i64, i64);

fn place(db: &Connection, id: i64) -> Result<Option<Place>, RegistryError> {
    let mut statement = db.prepare_cached(sql::OPEN_ROW)?;
    let place = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    Ok(statement.query_row([id], place).optional()?)
}

/// `false`: the row is not open.
fn settle(
    db: &Connection,
    id: i64,
    how: SettledAs,
    at: Timestamp,
    remark: Option<&str>,
) -> Result<bool, RegistryError> {
    let Some((device, reason, ..)) = place(db, id)? else { return Ok(false) };
    db.prepare_cached(sql::ROW_SETTLE)?.execute(params![how.as_str(), at.millis(), remark, id])?;
    db.prepare_cached(sql::GROUP_SETTLE)?.execute(params![device, reason])?;
    Ok(true)
}

fn refile(db: &Connection, id: i64, to: &Refiled) -> Result<(), RegistryError> {
    let Some((device, reason, bytes, arrived_at)) = place(db, id)? else { return Ok(()) };
    let new_reason = to.reason.as_str();
    db.prepare_cached(sql::ROW_REFILE)?.execute(params![
        to.device,
        new_reason,
        to.detail,
        to.elements.as_ref().map(Elements::to_string),
        to.readings as i64,
        to.sound as i64,
        id,
    ])?;
    if (device.as_str(), reason.as_str()) == (to.device.as_str(), new_reason) {
        return Ok(());
    }
    db.prepare_cached(sql::GROUP_LEAVE)?.execute(params![bytes, device, reason])?;
    let entered = params![to.device, new_reason, bytes, arrived_at];
    db.prepare_cached(sql::GROUP_COUNT)?.execute(entered)?;
    Ok(())
}
