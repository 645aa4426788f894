//! What every handler holds.

/// The running API.
#[derive(Debug, Default)]
pub struct Api {}
