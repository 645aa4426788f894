//! The registry of a data folder, as the commands open it, and what its refusals mean to whoever
//! typed the command. SQLite is written directly: a running platform sees the change by itself.

use std::path::{Path, PathBuf};

use store::LineError;
use store::registry::{ImportError, Registry, RegistryError};

use crate::exit::Exit;

/// The registry's file in the data folder.
const FILE: &str = "registry.db";
/// Mistakes that are printed one by one; a file with more of them is wrong altogether.
const MISTAKES_SHOWN_MAX: usize = 100;

/// The registry's file in a data folder.
pub(crate) fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Opens the registry of a folder, and makes it when there is none.
pub(super) fn open(data: &Path) -> anyhow::Result<Registry> {
    Registry::open(&file(data)).map_err(refused)
}

/// Opens the registry of a folder that must be there: a mistyped folder is no new city.
pub(super) fn open_existing(data: &Path) -> anyhow::Result<Registry> {
    if !file(data).exists() {
        let message = format!("`{}` holds no registry, expected the folder of one", data.display());
        return Err(Exit::usage(message).into());
    }
    open(data)
}

/// What the registry refused: the asker's business, or a fault.
pub(super) fn refused(error: RegistryError) -> anyhow::Error {
    match error {
        RegistryError::Unknown { .. } | RegistryError::Conflict(_) => {
            Exit::data(error.to_string()).into()
        }
        RegistryError::Open { .. } => Exit::usage(error.to_string()).into(),
        RegistryError::Database(_) | RegistryError::Damaged(_) | RegistryError::Random(_) => {
            error.into()
        }
    }
}

/// What an import of the file refused.
pub(super) fn import_refused(error: ImportError, file: &str) -> anyhow::Error {
    match error {
        ImportError::Refused(errors) => {
            let errors: Vec<LineError> = errors.into_iter().map(|e| e.in_file(file)).collect();
            mistakes(&errors)
        }
        ImportError::Registry(error) => refused(error),
    }
}

/// All mistakes of a file, a line each.
pub(super) fn mistakes(errors: &[LineError]) -> anyhow::Error {
    let mut lines: Vec<String> =
        errors.iter().take(MISTAKES_SHOWN_MAX).map(LineError::to_string).collect();
    if errors.len() > MISTAKES_SHOWN_MAX {
        lines.push(format!("… and {} more", errors.len() - MISTAKES_SHOWN_MAX));
    }
    lines.push("nothing was imported".to_owned());
    Exit::data(lines.join("\n")).into()
}
