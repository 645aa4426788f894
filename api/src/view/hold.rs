//! Readings held as evidence.

use serde::Serialize;
use utoipa::ToSchema;

use super::word::Moment;

/// What is held of an object, and was.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldList {
    /// In the order in which they were made.
    pub holds: Vec<HoldView>,
}

/// Readings that retention passes over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldView {
    /// Its number.
    pub no: i64,
    /// Begin of the phenomenon time, inclusive.
    pub from: Moment,
    /// End, exclusive.
    pub to: Moment,
    /// What they are evidence of: `incident`, `violation`, `act` or `month`.
    pub kind: String,
    /// Of what exactly.
    pub reason: String,
    /// When it was made.
    pub made_at: Moment,
    /// Held until then, unless it is released before.
    pub until: Moment,
    /// Retention passes it over now.
    pub in_force: bool,
    /// When it was released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Moment>,
    /// Why it was released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}
