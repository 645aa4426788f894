//! Rows that left the work list: what became of them, when, and why. Nobody works on them any more.

use domain::Timestamp;
use domain::intake::{Reason, SettledAs};
use rusqlite::{Row, params};

use super::{Intake, QuarantineFilter, Quarantined, code, number, quarantined, sql};
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
    /// The message; in a list with the first 64 KiB of its payload.
    pub row: Quarantined,
    /// Bytes of its payload that are kept.
    pub kept_bytes: u64,
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
        let reason = filter.reason.map(Reason::as_str);
        let (before, limit) = (before.unwrap_or(i64::MAX), limit as i64);
        self.database.read(|db| {
            let mut statement = db.prepare_cached(match settled {
                None => sql::QUARANTINE_PAGE,
                Some(_) => sql::SETTLED_PAGE,
            })?;
            let mut found = match settled {
                None => statement.query(params![filter.device, reason, before, limit])?,
                Some(as_what) => statement.query(params![
                    filter.device,
                    reason,
                    before,
                    as_what.as_str(),
                    limit
                ])?,
            };
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
const KEPT: usize = 13;
const STATE: usize = 14;
const SETTLED_AT: usize = 15;
const REMARK: usize = 16;

fn filed(row: &Row) -> Result<Filed, RegistryError> {
    let is_open = row.get::<_, String>(STATE)? == "open";
    let settlement = if is_open { None } else { Some(settlement(row)?) };
    let kept_bytes = number(row, KEPT)?;
    Ok(Filed { id: row.get(0)?, row: quarantined(row)?, kept_bytes, settlement })
}

fn settlement(row: &Row) -> Result<Settlement, RegistryError> {
    Ok(Settlement {
        how: code(row, STATE, SettledAs::parse)?,
        at: Timestamp(row.get(SETTLED_AT)?),
        remark: row.get(REMARK)?,
    })
}
