//! A copy of the data folder as of one moment, made beside ingest: series, registry and intake in a
//! folder that `obrii --data` opens.
//!
//! The series are copied as they are when the copy begins, the registry after them: so it knows
//! every object of which there is a row.

use std::ffi::OsString;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use store::series::Size;
use tracing::warn;

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
    /// Copies everything that was acknowledged before the call into a new folder that only its owner
    /// may read. It bears its name only when it is whole and on disk; what a kill leaves behind ends
    /// in `.part`. A copy that fails leaves nothing: it may have filled the disk that the platform
    /// itself needs. Blocks.
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
        if let Some(parent) = part.parent() {
            std::fs::create_dir_all(parent).with_context(|| told("folder for"))?;
        }
        DirBuilder::new().mode(0o700).create(&part).with_context(|| told("folder"))?;
        let size = self.copy_into(&part).inspect_err(|_| {
            if let Err(error) = std::fs::remove_dir_all(&part) {
                warn!("{}: {error}", told("an unfinished copy"));
            }
        })?;
        std::fs::rename(&part, folder).with_context(|| told("renaming"))?;
        folder.parent().map_or(Ok(()), sync)?;
        let folder = folder.to_owned();
        Ok(Snapshot { folder, observations: size.observations, bytes: size.bytes })
    }

    fn copy_into(&self, folder: &Path) -> anyhow::Result<Size> {
        let size = self.series.snapshot(&folder.join(SERIES_FOLDER))?;
        self.registry.copy_to(&commands::registry::file(folder))?;
        self.intake.copy_to(&folder.join(INTAKE_FILE))?;
        sync(folder)?;
        Ok(size)
    }
}

/// The names in a folder are on disk.
fn sync(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("folder `{}`", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_copy_is_its_owners_alone_and_one_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let [data, whole, failed] = ["data", "whole", "failed"].map(|n| folder.path().join(n));
        let ground = Ground::open(&data).expect("opens");
        ground.snapshot(&whole).expect("copied");
        let mode = std::fs::metadata(&whole).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        ground.series.halt();
        ground.snapshot(&failed).expect_err("the store is being closed");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 2);
    }
}
