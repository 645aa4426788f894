//! The intake: what came in and could not be used (quarantine), who was not let in, the balance of
//! all that arrived, and the broker's retained messages. A SQLite file of its own, so that a flood
//! of bad input never holds the registry. Every method blocks, and what it wrote is durable when
//! it returns. Quarantine and refusals are bounded, and say what had to go.

mod keep;
mod settled;
mod sql;
mod work;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use domain::Timestamp;
use domain::elements::{BadElements, Elements};
use domain::intake::{LoginReason, Reason, Tally};
use domain::limits::{
    LOGIN_REFUSALS_MAX, QUARANTINE_BYTES_PER_DEVICE_MAX, QUARANTINE_KEPT_BYTES_MAX,
    QUARANTINE_ROWS_MAX, QUARANTINE_ROWS_PER_DEVICE_MAX,
};
use rusqlite::{Connection, Row, params};

pub use settled::{Filed, Settlement};
pub use work::{Choice, Discarded, Refiled, Replayed, Settled};

use crate::sqlite::{Database, RegistryError};
use keep::{fold_empty_groups, keep};

mod migrations {
    refinery::embed_migrations!("migrations/intake");
}

/// The intake; clones share one set of connections.
#[derive(Clone, Debug)]
pub struct Intake {
    database: Arc<Database>,
    bounds: Bounds,
}

/// What is kept at most.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    quarantine_per_device: u64,
    quarantine: u64,
    quarantine_bytes: u64,
    quarantine_bytes_per_device: u64,
    login_refusals: u64,
}

/// A message that could not be used, or elements of one, all for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The device as claimed; empty when nothing was claimed.
    pub device: String,
    /// The topic, or what stands for it on other ways in.
    pub topic: String,
    /// The payload; the store keeps its first [`domain::limits::QUARANTINE_BYTES_MAX`] bytes.
    pub payload: Vec<u8>,
    /// Its whole length, bytes.
    pub payload_bytes: u64,
    /// Why it could not be used.
    pub reason: Reason,
    /// What exactly was wrong, for a person.
    pub detail: String,
    /// The elements of its array that are meant; `None`: the whole message.
    pub elements: Option<Elements>,
    /// As how many readings it was counted.
    pub readings: u64,
    /// Values of the same elements that could be used, and were counted when it came.
    pub sound: u64,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// The way it came: `broker`, the name of a source.
    pub gateway: String,
    /// The device that brought it, when it need not be the one that it is of; `None`: whoever
    /// took it in has seen to that.
    pub speaker: Option<String>,
}

/// Open rows that had to go so that newer ones could be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Because one device had too many.
    pub of_device: u64,
    /// Because there were too many in all, or their payloads took too many bytes.
    pub in_all: u64,
}

/// Which rows of quarantine are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuarantineFilter {
    /// Only of this device, as claimed.
    pub device: Option<String>,
    /// Only for this reason.
    pub reason: Option<Reason>,
}

/// All quarantine of one device for one reason. The group with an empty device also stands for
/// groups of which nothing is kept any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineGroup {
    /// Why.
    pub reason: Reason,
    /// The device as claimed.
    pub device: String,
    /// Open rows.
    pub count: u64,
    /// Open rows that had to go.
    pub dropped: u64,
    /// First arrival.
    pub first: Timestamp,
    /// Last arrival.
    pub last: Timestamp,
}

/// Refused logins of one user name from one address for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRefusal {
    /// The user name as claimed.
    pub user: String,
    /// IP address of the client, without port.
    pub address: String,
    /// Why.
    pub reason: LoginReason,
    /// The way it came, the last time: `broker`, `http`, `teltonika`, `wialon`.
    pub gateway: String,
    /// First time.
    pub first: Timestamp,
    /// Last time.
    pub last: Timestamp,
    /// How many times.
    pub count: u64,
}

impl Intake {
    /// Opens the intake; makes and migrates it when needed.
    pub fn open(file: &Path) -> Result<Self, RegistryError> {
        let bounds = Bounds {
            quarantine_per_device: QUARANTINE_ROWS_PER_DEVICE_MAX,
            quarantine: QUARANTINE_ROWS_MAX,
            quarantine_bytes: QUARANTINE_KEPT_BYTES_MAX,
            quarantine_bytes_per_device: QUARANTINE_BYTES_PER_DEVICE_MAX,
            login_refusals: LOGIN_REFUSALS_MAX,
        };
        Self::open_bounded(file, bounds)
    }

    /// Writes a copy of the intake as it is now into a new file, beside whoever writes it.
    pub fn copy_to(&self, file: &Path) -> Result<(), RegistryError> {
        self.database.copy_to(file)
    }

    fn open_bounded(file: &Path, bounds: Bounds) -> Result<Self, RegistryError> {
        let database = Database::open(file, &migrations::migrations::runner())?;
        Ok(Self { database: Arc::new(database), bounds })
    }

    /// Keeps rows aside. When a device, or all together, have more than is kept, settled rows go
    /// first, then open ones, the oldest of each first.
    pub fn quarantine(&self, rows: &[Quarantined]) -> Result<Dropped, RegistryError> {
        self.database.write(|db| keep(db, rows, &self.bounds))
    }

    /// The open rows of quarantine with their numbers and the first 64 KiB of their payloads, newest
    /// first; `before` is the number at which the last page ended.
    pub fn list(
        &self,
        filter: &QuarantineFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Quarantined)>, RegistryError> {
        let open = self.list_filed(None, filter, before, limit)?;
        Ok(open.into_iter().map(|filed| (filed.id, filed.row)).collect())
    }

    /// Quarantine by device and reason, the newest first.
    pub fn summary(&self) -> Result<Vec<QuarantineGroup>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::GROUPS)?;
            let mut found = statement.query([])?;
            let mut groups = Vec::new();
            while let Some(row) = found.next()? {
                groups.push(QuarantineGroup {
                    device: row.get(0)?,
                    reason: code(row, 1, Reason::parse)?,
                    count: number(row, 2)?,
                    dropped: number(row, 3)?,
                    first: Timestamp(row.get(4)?),
                    last: Timestamp(row.get(5)?),
                });
            }
            Ok(groups)
        })
    }

    /// Counts refused logins, merged on user name, address and reason; beyond the bound those
    /// that happened longest ago go.
    pub fn refuse_logins(&self, rows: &[LoginRefusal]) -> Result<(), RegistryError> {
        self.database.write(|db| {
            let mut add = db.prepare_cached(sql::LOGIN_REFUSE)?;
            for row in rows {
                add.execute(params![
                    row.user,
                    row.address,
                    row.reason.as_str(),
                    row.first.millis(),
                    row.last.millis(),
                    row.count as i64,
                    row.gateway,
                ])?;
            }
            let kept: u64 = count(db, sql::LOGIN_REFUSAL_COUNT, [])?;
            let over = kept.saturating_sub(self.bounds.login_refusals);
            if over == 0 {
                return Ok(());
            }
            let mut statement = db.prepare_cached(sql::LOGIN_REFUSALS_OLDEST)?;
            let oldest: Vec<[String; 3]> = statement
                .query_map([over as i64], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?
                .collect::<Result<_, _>>()?;
            let mut delete = db.prepare_cached(sql::LOGIN_REFUSAL_DROP)?;
            for [user, address, reason] in &oldest {
                delete.execute([user, address, reason])?;
            }
            Ok(())
        })
    }

    /// Refused logins, the newest first.
    pub fn login_refusals(&self, limit: usize) -> Result<Vec<LoginRefusal>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::LOGIN_REFUSALS)?;
            let mut found = statement.query([limit as i64])?;
            let mut refusals = Vec::new();
            while let Some(row) = found.next()? {
                refusals.push(LoginRefusal {
                    user: row.get(0)?,
                    address: row.get(1)?,
                    reason: code(row, 2, LoginReason::parse)?,
                    first: Timestamp(row.get(3)?),
                    last: Timestamp(row.get(4)?),
                    count: number(row, 5)?,
                    gateway: row.get(6)?,
                });
            }
            Ok(refusals)
        })
    }

    /// Adds to the balance of devices; the empty id stands for all that belongs to none.
    pub fn add_tallies(&self, rows: &[(String, Tally)]) -> Result<(), RegistryError> {
        self.database.write(|db| {
            let mut add = db.prepare_cached(sql::TALLY_ADD)?;
            for (device, tally) in rows {
                add.execute(params![
                    device,
                    tally.received as i64,
                    tally.stored as i64,
                    tally.corrected as i64,
                    tally.duplicate as i64,
                    tally.quarantined as i64,
                    tally.unknown_field as i64,
                    tally.late as i64,
                    tally.qos0 as i64,
                ])?;
            }
            Ok(())
        })
    }

    /// The balance of each device that ever sent something, by id.
    pub fn tallies(&self) -> Result<Vec<(String, Tally)>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::TALLIES)?;
            let mut found = statement.query([])?;
            let mut tallies = Vec::new();
            while let Some(row) = found.next()? {
                tallies.push((row.get(0)?, tally(row)?));
            }
            Ok(tallies)
        })
    }

    /// The balance of one device; the empty id stands for all that belongs to none.
    pub fn tally_of(&self, device: &str) -> Result<Tally, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::TALLY_OF)?;
            let mut found = statement.query([device])?;
            found.next()?.map_or_else(|| Ok(Tally::default()), tally)
        })
    }

    /// The balance of all devices together.
    pub fn tally_total(&self) -> Result<Tally, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::TALLY_TOTAL)?;
            let mut found = statement.query([])?;
            found.next()?.map_or_else(|| Ok(Tally::default()), tally)
        })
    }

    /// Keeps the retained messages of topics, in one commit; `None` forgets a topic's.
    pub fn retain(&self, messages: &[(String, Option<Vec<u8>>)]) -> Result<(), RegistryError> {
        self.database.write(|db| {
            let mut keep = db.prepare_cached(sql::RETAIN)?;
            let mut forget = db.prepare_cached(sql::RETAIN_NOT)?;
            for (topic, payload) in messages {
                match payload {
                    Some(payload) => keep.execute(params![topic, payload])?,
                    None => forget.execute([topic])?,
                };
            }
            Ok(())
        })
    }

    /// All retained messages, by topic.
    pub fn retained(&self) -> Result<Vec<(String, Vec<u8>)>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::RETAINED)?;
            let messages = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(messages.collect::<Result<_, _>>()?)
        })
    }
}

fn tally(row: &Row) -> Result<Tally, RegistryError> {
    Ok(Tally {
        received: number(row, 1)?,
        stored: number(row, 2)?,
        corrected: number(row, 3)?,
        duplicate: number(row, 4)?,
        quarantined: number(row, 5)?,
        unknown_field: number(row, 6)?,
        late: number(row, 7)?,
        qos0: number(row, 8)?,
    })
}

fn quarantined(row: &Row) -> Result<Quarantined, RegistryError> {
    Ok(Quarantined {
        device: row.get(1)?,
        reason: code(row, 2, Reason::parse)?,
        topic: row.get(3)?,
        payload: row.get(4)?,
        payload_bytes: number(row, 5)?,
        detail: row.get(6)?,
        elements: elements(row, 7)?,
        arrived_at: Timestamp(row.get(8)?),
        gateway: row.get(9)?,
        speaker: row.get(10)?,
        readings: number(row, 11)?,
        sound: number(row, 12)?,
    })
}

fn count(
    db: &Connection,
    question: &str,
    which: impl rusqlite::Params,
) -> Result<u64, RegistryError> {
    let mut statement = db.prepare_cached(question)?;
    Ok(statement.query_row(which, |row| row.get::<_, i64>(0))?.unsigned_abs())
}

fn number(row: &Row, column: usize) -> Result<u64, RegistryError> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

fn elements(row: &Row, column: usize) -> Result<Option<Elements>, RegistryError> {
    let text: Option<String> = row.get(column)?;
    let damaged = |error: BadElements| RegistryError::Damaged(error.to_string());
    text.map(|text| text.parse().map_err(damaged)).transpose()
}

fn code<T>(
    row: &Row,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, RegistryError> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| RegistryError::Damaged(format!("`{text}` is no code of a reason")))
}
