//! The only crate that knows SQL, files and databases: the registry (SQLite) and the series store.

pub mod clock;
pub mod series;
