//! Readings held as evidence: which times of which objects retention must pass over.

use std::collections::HashMap;

use domain::evidence::{Evidence, EvidenceKind};
use domain::limits::{EVIDENCE_DAYS_MIN, REMARK_CHARS_MAX};
use domain::{ObjectId, ObjectNo, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{Registry, RegistryError, rows, sql};
use crate::refusal::Refusal;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// One hold, in force or not any longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its number.
    pub no: i64,
    /// What is held.
    pub evidence: Evidence,
    /// Since when.
    pub made_at: Timestamp,
    /// When it was released, and why.
    pub released: Option<(Timestamp, String)>,
}

impl Hold {
    /// Does retention pass it over at a moment?
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.released.is_none() && self.evidence.until > now
    }
}

/// Held times of objects: (begin, end), ascending by their begin.
pub type HeldTimes = HashMap<ObjectNo, Vec<(Timestamp, Timestamp)>>;

impl Registry {
    /// Holds readings from now on; the number of the hold.
    pub fn add_hold(&self, evidence: &Evidence, now: Timestamp) -> Result<i64, RegistryError> {
        check(evidence)?;
        self.database.write(|db| {
            let object: Option<i64> = db
                .query_row(sql::OBJECT_NO, [evidence.object.as_str()], |row| row.get(0))
                .optional()?;
            let Some(object) = object else {
                let id = evidence.object.to_string();
                return Err(RegistryError::Unknown { what: "object", id });
            };
            let (from, to) = (evidence.from.millis(), evidence.to.millis());
            let (kind, until) = (evidence.kind.as_str(), evidence.until.millis());
            let values = params![object, from, to, kind, evidence.reason, until, now.millis()];
            Ok(db.query_row(sql::HOLD_ADD, values, |row| row.get(0))?)
        })
    }

    /// The holds of an object, or all, in the order in which they were made, the released ones too.
    pub fn holds(&self, of: Option<&ObjectId>) -> Result<Vec<Hold>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::HOLDS)?;
            let mut found = statement.query([of.map(ObjectId::as_str)])?;
            let mut holds = Vec::new();
            while let Some(row) = found.next()? {
                let evidence = Evidence {
                    object: rows::parsed(row, 1)?,
                    from: Timestamp(row.get(2)?),
                    to: Timestamp(row.get(3)?),
                    kind: rows::parsed::<EvidenceKind>(row, 4)?,
                    reason: row.get(5)?,
                    until: Timestamp(row.get(6)?),
                };
                let remark: Option<String> = row.get(9)?;
                holds.push(Hold {
                    no: row.get(0)?,
                    evidence,
                    made_at: Timestamp(row.get(7)?),
                    released: rows::time_or_none(row, 8)?.zip(remark),
                });
            }
            Ok(holds)
        })
    }

    /// What retention has to pass over.
    pub fn held_times(&self, now: Timestamp) -> Result<HeldTimes, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::HOLDS_IN_FORCE)?;
            let mut found = statement.query([now.millis()])?;
            let mut held = HeldTimes::new();
            while let Some(row) = found.next()? {
                let times = (Timestamp(row.get(1)?), Timestamp(row.get(2)?));
                held.entry(ObjectNo(row.get(0)?)).or_default().push(times);
            }
            Ok(held)
        })
    }

    /// Holds it no more, for a reason that stays on record. Releasing it twice is refused.
    pub fn release_hold(&self, no: i64, remark: &str, now: Timestamp) -> Result<(), RegistryError> {
        check_text("remark", remark)?;
        self.database.write(|db| {
            if db.execute(sql::HOLD_RELEASE, params![now.millis(), remark, no])? == 1 {
                return Ok(());
            }
            let known = db.query_row(sql::HOLD_EXISTS, [no], |_| Ok(())).optional()?;
            Err(match known {
                Some(()) => {
                    let detail = format!("hold `{no}` is released already");
                    RegistryError::Conflict(Refusal::new("released-already", detail))
                }
                None => RegistryError::Unknown { what: "hold", id: no.to_string() },
            })
        })
    }
}

fn check(evidence: &Evidence) -> Result<(), RegistryError> {
    let Evidence { from, to, until, .. } = evidence;
    if from >= to {
        let detail =
            format!("the held time ends at {to}, expected a time after its begin, which is {from}");
        return Err(RegistryError::Conflict(Refusal::new("ends-before-begin", detail)));
    }
    let until_min = to.plus_ms(EVIDENCE_DAYS_MIN * DAY_MS);
    if *until < until_min {
        let detail = format!(
            "held until {until}, expected five years from the end of the readings on, which is \
             {until_min}, or later"
        );
        return Err(RegistryError::Conflict(Refusal::new("held-too-briefly", detail)));
    }
    check_text("reason", &evidence.reason)
}

fn check_text(what: &str, text: &str) -> Result<(), RegistryError> {
    let chars = text.trim().chars().count();
    if (1..=REMARK_CHARS_MAX).contains(&chars) {
        return Ok(());
    }
    let detail = format!("a {what} of {chars} characters, expected 1 to {REMARK_CHARS_MAX}");
    Err(RegistryError::Conflict(Refusal::new("bad-length", detail)))
}
