//! Rows that left the work list: what became of them, when, and why. Nobody works on them any more.

use domain::Timestamp;
use domain::intake::{Reason, SettledAs};
use rusqlite::{Row, params};

use super::{Intake, QuarantineFilter, Quarantined, code, quarantined, sql};
use crate::sqlite::RegistryError;

/// What became of a row, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// How it left the list.
    pub how: SettledAs,
    /// When it left.
    pub at: Timestamp,
    /// Why it was discarded; nobody gives a reason for a replay.
    pub remark: Option<String>,
}

impl Intake {
    /// The rows that were settled in one way, with their numbers, the newest arrival first;
    /// `before` is the number at which the last page ended.
    pub fn settled(
        &self,
        how: SettledAs,
        filter: &QuarantineFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Quarantined, Settlement)>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::SETTLED_PAGE)?;
            let mut found = statement.query(params![
                how.as_str(),
                filter.device,
                filter.reason.map(Reason::as_str),
                before.unwrap_or(i64::MAX),
                limit as i64,
            ])?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push((row.get(0)?, quarantined(row)?, settlement(row)?));
            }
            Ok(rows)
        })
    }

    /// One row, whether it is still open or settled in some way; `None`: no such row is kept.
    pub fn find(
        &self,
        id: i64,
    ) -> Result<Option<(Quarantined, Option<Settlement>)>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::QUARANTINE_ROW)?;
            let mut found = statement.query([id])?;
            let Some(row) = found.next()? else { return Ok(None) };
            let is_open = row.get::<_, String>(STATE)? == "open";
            let settlement = if is_open { None } else { Some(settlement(row)?) };
            Ok(Some((quarantined(row)?, settlement)))
        })
    }
}

/// The columns behind those of the message.
const STATE: usize = 11;
const SETTLED_AT: usize = 12;
const REMARK: usize = 13;

fn settlement(row: &Row) -> Result<Settlement, RegistryError> {
    Ok(Settlement {
        how: code(row, STATE, SettledAs::parse)?,
        at: Timestamp(row.get(SETTLED_AT)?),
        remark: row.get(REMARK)?,
    })
}
