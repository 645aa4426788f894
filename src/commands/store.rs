//! `obrii store`: what lies on the disk.

mod hold;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;
use store::series::{self, Check, SeriesError};

use crate::commands::registry;
use crate::exit::Exit;
use crate::up::{self, Ground};

/// What can be asked of the series store.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Read everything and prove that it is what was written and that rollups, counts and newest
    /// values agree with the rows. The platform must not run.
    Check {
        /// Make again what does not agree with the rows.
        #[arg(long)]
        repair: bool,
    },
    /// Copy everything into a new folder, while the platform runs or while it does not.
    Snapshot {
        /// The new folder; a running platform writes it.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Readings held as evidence: retention passes them over.
    #[command(subcommand)]
    Hold(hold::Command),
}

/// Runs the command; a damaged store ends with exit code 65.
pub(crate) fn run(
    command: Command,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match command {
        Command::Check { repair } => check(&data.join("series"), repair, json, out),
        Command::Snapshot { folder } => snapshot(data, &folder, json, out),
        Command::Hold(command) => hold::run(command, data, json, out),
    }
}

fn check(folder: &Path, repair: bool, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if !folder.exists() {
        return Err(Exit::usage(format!("`{}`: there is no series here", folder.display())).into());
    }
    let checked = if repair { series::repair(folder) } else { series::check(folder) };
    let check = checked.map_err(|error| match error {
        SeriesError::InUse(_) => {
            anyhow::Error::from(Exit::usage(format!("{error}: stop the platform first")))
        }
        other => other.into(),
    })?;
    if json {
        let report = json!({
            "rows": check.rows,
            "observations": check.observations,
            "gone": check.gone,
            "damaged": check.damaged,
            "repaired": check.repaired,
            "findings": check.findings,
        });
        writeln!(out, "{report}")?;
    } else {
        let Check { rows, observations, gone, .. } = check;
        writeln!(out, "{rows} rows, {observations} observations, {gone} more left as hours")?;
        for finding in &check.findings {
            writeln!(out, "found: {finding}")?;
        }
    }
    if check.is_whole() {
        return Ok(());
    }
    Err(Exit::data(format!("{} damaged entries", check.damaged)).into())
}

fn snapshot(data: &Path, folder: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    registry::open_existing(data)?;
    let folder = std::path::absolute(folder)?;
    let copy = match up::ask_snapshot(data, &folder)? {
        Some(copy) => copy,
        None => Ground::open(data)?.snapshot(&folder)?,
    };
    if json {
        writeln!(out, "{}", serde_json::to_string(&copy)?)?;
    } else {
        let (folder, bytes) = (copy.folder.display(), copy.bytes);
        writeln!(out, "`{folder}`: {} observations, {bytes} bytes of series", copy.observations)?;
    }
    Ok(())
}
