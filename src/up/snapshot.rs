//! A copy of the data folder as of one moment, made beside ingest: series, registry and intake in a
//! folder that `obrii --data` opens.
//!
//! The series are copied as they are when the copy begins, the registry after them: so it knows
//! every object of which there is a row.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{Ground, INTAKE_FILE, SERIES_FOLDER};
use crate::commands;
use crate::exit::Exit;

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Observations in it; those of which only the hours are left do not count.
    pub(crate) observations: u64,
    /// Bytes of its series on disk.
    pub(crate) bytes: u64,
}

impl Ground {
    /// Copies everything that was acknowledged before the call into a new folder. It bears its
    /// name only when it is whole and on disk; what a kill leaves behind ends in `.part`. Blocks.
    pub(crate) fn snapshot(&self, folder: &Path) -> anyhow::Result<Snapshot> {
        if folder.exists() {
            let message = format!("`{}` exists, expected a new folder", folder.display());
            return Err(Exit::usage(message).into());
        }
        let mut part = OsString::from(folder);
        part.push(".part");
        let part = PathBuf::from(part);
        let told = |what: &str| format!("{what} `{}`", part.display());
        if part.exists() {
            std::fs::remove_dir_all(&part).with_context(|| told("an unfinished copy"))?;
        }
        std::fs::create_dir_all(&part).with_context(|| told("folder"))?;
        let size = self.series.snapshot(&part.join(SERIES_FOLDER))?;
        self.registry.copy_to(&commands::registry::file(&part))?;
        self.intake.copy_to(&part.join(INTAKE_FILE))?;
        sync(&part)?;
        std::fs::rename(&part, folder).with_context(|| told("renaming"))?;
        folder.parent().map_or(Ok(()), sync)?;
        let folder = folder.to_owned();
        Ok(Snapshot { folder, observations: size.observations, bytes: size.bytes })
    }
}

/// The names in a folder are on disk.
fn sync(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("folder `{}`", folder.display()))
}
