//! `obrii store`: what lies on the disk.

use std::io::Write;
use std::path::Path;

use serde_json::json;
use store::series::{self, SeriesError};

use crate::exit::Exit;

/// What can be asked of the series store.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Read everything and prove that it is what was written. The platform must not run.
    Check,
}

/// Runs the command; a damaged store ends with exit code 65.
pub(crate) fn run(
    command: &Command,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match command {
        Command::Check => check(&data.join("series"), json, out),
    }
}

fn check(folder: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if !folder.exists() {
        return Err(Exit::usage(format!("`{}`: there is no series here", folder.display())).into());
    }
    let check = series::check(folder).map_err(|error| match error {
        SeriesError::InUse(_) => {
            anyhow::Error::from(Exit::usage(format!("{error}: stop the platform first")))
        }
        other => other.into(),
    })?;
    if json {
        let report = json!({
            "rows": check.rows,
            "observations": check.observations,
            "damaged": check.damaged,
            "findings": check.findings,
        });
        writeln!(out, "{report}")?;
    } else {
        writeln!(out, "{} rows, {} observations", check.rows, check.observations)?;
        for finding in &check.findings {
            writeln!(out, "damaged: {finding}")?;
        }
    }
    if check.is_whole() {
        return Ok(());
    }
    Err(Exit::data(format!("{} damaged entries", check.damaged)).into())
}
