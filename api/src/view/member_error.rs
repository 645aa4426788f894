//! A wrong member of what was sent, so that a form shows it beside its cell.

use serde::Serialize;
use store::profile_file::Mistake;
use utoipa::ToSchema;

/// A wrong member of the body; of a draft of a profile, a wrong member of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberError {
    /// Where it stands, an RFC 6901 pointer: `/external_id`; empty: all of it.
    pub pointer: String,
    /// Stable code: `missing`, `form`, `unknown`, `taken` or `conflict`; of a profile also
    /// `unknown-unit`, `lost-property` and others.
    pub code: &'static str,
    /// What it is about, as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// What was wrong with it, and what was expected.
    pub detail: String,
}

impl From<Mistake> for MemberError {
    fn from(mistake: Mistake) -> Self {
        Self {
            pointer: mistake.place.pointer(),
            code: mistake.fault.as_str(),
            given: Some(mistake.given),
            detail: mistake.reason,
        }
    }
}
