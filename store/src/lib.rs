//! The only crate that knows SQL, files and databases: the registry (SQLite) and the series store.

pub mod clock;
mod csv_file;
pub mod device_file;
pub mod intake;
mod line_error;
pub mod profile_file;
pub mod programme_file;
mod refusal;
pub mod registry;
pub mod series;
mod sqlite;
mod token;

pub use line_error::{LineError, Mistake, WrongCell};
pub use refusal::Refusal;
