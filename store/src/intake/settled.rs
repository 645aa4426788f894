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

/// A row of quarantine with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Its number.
    pub id: i64,
    /// The message.
    pub row: Quarantined,
    /// `None`: it is still open.
    pub settlement: Option<Settlement>,
}

impl Intake {
    /// The rows that were settled in one way, or those that are still open (`None`), the newest
    /// arrival first; `before` is the number at which the last page ended.
    pub fn list_filed(
        &self,
        settled: Option<SettledAs>,
        filter: &QuarantineFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Filed>, RegistryError> {
        let Some(settled) = settled else {
            let open = self.list(filter, before, limit)?;
            return Ok(open
                .into_iter()
                .map(|(id, row)| Filed { id, row, settlement: None })
                .collect());
        };
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::SETTLED_PAGE)?;
            let mut found = statement.query(params![
                settled.as_str(),
                filter.device,
                filter.reason.map(Reason::as_str),
                before.unwrap_or(i64::MAX),
                limit as i64,
            ])?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push(filed(row)?);
            }
            Ok(rows)
        })
    }

    /// One row, whether it is still open or settled in some way; `None`: no such row is kept.
    pub fn find(&self, id: i64) -> Result<Option<Filed>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::QUARANTINE_ROW)?;
            let mut found = statement.query([id])?;
            found.next()?.map(filed).transpose()
        })
    }
}

/// The columns behind those of the message.
const STATE: usize = 11;
const SETTLED_AT: usize = 12;
const REMARK: usize = 13;

fn filed(row: &Row) -> Result<Filed, RegistryError> {
    let is_open = row.get::<_, String>(STATE)? == "open";
    let settlement = if is_open { None } else { Some(settlement(row)?) };
    Ok(Filed { id: row.get(0)?, row: quarantined(row)?, settlement })
}

fn settlement(row: &Row) -> Result<Settlement, RegistryError> {
    Ok(Settlement {
        how: code(row, STATE, SettledAs::parse)?,
        at: Timestamp(row.get(SETTLED_AT)?),
        remark: row.get(REMARK)?,
    })
}
