//! A copy of the store as of one moment, made beside appends and reads: the engine keeps what the
//! moment saw until it is copied. Keys come in order, so the copy is written as finished tables and
//! is smaller than its original.

use std::path::Path;

use fjall::{PersistMode, Readable};

use super::engine::{Engine, pair};
use crate::series::{SeriesError, Size};

/// Copies everything that was committed before this was called into a new folder, unless it has to
/// end.
pub(super) fn copy(
    engine: &Engine,
    folder: &Path,
    must_end: impl Fn() -> bool,
) -> Result<Size, SeriesError> {
    let moment = engine.db.snapshot();
    let target = Engine::open(folder)?;
    for (from, to) in engine.keyspaces().into_iter().zip(target.keyspaces()) {
        let mut tables = to.start_ingestion()?;
        for entry in moment.iter(from) {
            if must_end() {
                let reason = "the store is being closed, or opened again after a failed write";
                return Err(SeriesError::Engine(reason.to_owned()));
            }
            let (key, value) = pair(entry)?;
            tables.write(key, value)?;
        }
        tables.finish()?;
    }
    target.db.persist(PersistMode::SyncAll)?;
    Ok(Size { bytes: target.bytes()?, observations: target.observations()? })
}
