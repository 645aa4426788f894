//! Readings held as evidence: what an incident, a violation, an act or a validated month rests on
//! stays when retention would drop it.

use std::fmt;
use std::str::FromStr;

use crate::ids::{BadId, ObjectId};
use crate::time::Timestamp;

/// What readings are evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// An incident: a leak, an outage, an accident.
    Incident,
    /// A violation of a norm or of a contract.
    Violation,
    /// An act signed on them.
    Act,
    /// A month that was validated and reported.
    Month,
}

impl EvidenceKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Incident, Self::Violation, Self::Act, Self::Month];

    /// The word of the command line, the store and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Violation => "violation",
            Self::Act => "act",
            Self::Month => "month",
        }
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EvidenceKind {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| BadId {
            what: "kind of evidence",
            text: text.chars().take(80).collect(),
            expected: "incident, violation, act or month",
        })
    }
}

/// What is to be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The object whose readings these are.
    pub object: ObjectId,
    /// Begin of their phenomenon time, inclusive.
    pub from: Timestamp,
    /// End, exclusive.
    pub to: Timestamp,
    /// What they are evidence of.
    pub kind: EvidenceKind,
    /// Of what exactly, for a person: the number of an act, of an incident.
    pub reason: String,
    /// Held until then, unless it is released before.
    pub until: Timestamp,
}
