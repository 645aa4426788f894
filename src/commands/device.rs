//! `obrii device`: import and export as CSV, list, tokens, replacement, and the end of service.

mod tokens;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::search::natural_cmp;
use domain::{DeviceId, ObjectId, Timestamp};
use serde_json::{Value, json};
use store::clock::{Clock as _, SystemClock};
use store::device_file;

use super::registry;
use crate::exit::Exit;

pub(crate) use tokens::{read_tokens, write_tokens};

/// What can be done with devices.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Import devices, all or none. Devices that are there are changed and keep their token.
    Import {
        /// CSV with the columns id, community, kind, profile, name, lat, lon, funding, owner,
        /// zone, `commissioned_on`, and optional ones (see `export`).
        file: PathBuf,
        /// Where id and token of each new device are written; tokens that stand there are kept.
        #[arg(long, value_name = "OUT.csv")]
        tokens: PathBuf,
    },
    /// Write all devices in operation as a CSV that `import` reads back.
    Export,
    /// List all devices.
    List,
    /// Give a device a new token, which is printed once; its session is ended.
    Token {
        /// The device.
        id: DeviceId,
    },
    /// Take a device out of operation; its history stays.
    Decommission {
        /// The device.
        id: DeviceId,
    },
    /// Put one device in the place of another; the object's history goes on.
    Replace {
        /// The object.
        object: ObjectId,
        /// The device that goes.
        #[arg(long, value_name = "ID")]
        old: DeviceId,
        /// The device that comes.
        #[arg(long, value_name = "ID")]
        new: DeviceId,
        /// When, RFC 3339 with an offset; now, when not given.
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
    },
}

/// Runs the command.
pub(crate) fn run(
    command: Command,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let changed = match command {
        Command::Import { file, tokens } => return import(&file, &tokens, data, json, out),
        Command::Export => {
            let rows =
                registry::open_existing(data)?.export_devices().map_err(registry::refused)?;
            device_file::write(&rows, out)?;
            return Ok(());
        }
        Command::List => return list(data, json, out),
        Command::Token { id } => {
            let token =
                registry::open_existing(data)?.rotate_token(&id, now).map_err(registry::refused)?;
            if json {
                writeln!(out, "{}", json!({ "id": id.as_str(), "token": token.reveal() }))?;
            } else {
                writeln!(out, "{}", token.reveal())?;
            }
            return Ok(());
        }
        Command::Decommission { id } => {
            registry::open_existing(data)?.decommission(&id, now).map_err(registry::refused)?;
            (
                json!({ "id": id.as_str(), "decommissioned": true }),
                format!("`{id}` is out of operation"),
            )
        }
        Command::Replace { object, old, new, at } => {
            let at = at.unwrap_or(now);
            if at > now {
                return Err(Exit::usage(format!("{at} lies in the future")).into());
            }
            registry::open_existing(data)?
                .replace_device(&object, &old, &new, at)
                .map_err(registry::refused)?;
            let report = json!({
                "object": object.as_str(),
                "old": old.as_str(),
                "new": new.as_str(),
                "at": at.to_string(),
            });
            (report, format!("`{new}` sits on `{object}` in the place of `{old}` since {at}"))
        }
    };
    let (report, sentence) = changed;
    if json {
        writeln!(out, "{report}")?;
    } else {
        writeln!(out, "{sentence}")?;
    }
    Ok(())
}

fn import(
    file: &Path,
    tokens_file: &Path,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let name = file.display().to_string();
    let reader = std::fs::File::open(file).map_err(|e| Exit::usage(format!("`{name}`: {e}")))?;
    let rows = device_file::read(reader, &name).map_err(|errors| registry::mistakes(&errors))?;
    // Tried before anything is imported: a token that cannot be written down is lost.
    let mut tokens = read_tokens(tokens_file)?;
    write_tokens(tokens_file, &tokens)?;
    let made = registry::open(data)?
        .import_devices(&rows, SystemClock.now())
        .map_err(|error| registry::import_refused(error, &name))?;
    let (new, changed) = (made.len(), rows.len() - made.len());
    for (id, token) in made {
        tokens.insert(id.to_string(), token.reveal().to_owned());
    }
    write_tokens(tokens_file, &tokens)?;
    if json {
        let tokens_file = tokens_file.display().to_string();
        let report = json!({ "new": new, "changed": changed, "tokens": tokens_file });
        writeln!(out, "{report}")?;
    } else {
        let tokens_file = tokens_file.display();
        writeln!(out, "{new} new devices, {changed} known; tokens in `{tokens_file}`")?;
    }
    Ok(())
}

fn list(data: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let directory = registry::open_existing(data)?.directory().map_err(registry::refused)?;
    let mut entries: Vec<_> = directory.devices().collect();
    entries.sort_by(|a, b| natural_cmp(a.device.id.as_str(), b.device.id.as_str()));
    let mut rows = Vec::new();
    for entry in entries {
        let device = &entry.device;
        let seat = entry.bindings.iter().find(|b| b.until.is_none());
        let object = seat.map(|b| b.object.id.to_string());
        let state = match (device.decommissioned_at, &device.commissioned_on) {
            (Some(_), _) => "decommissioned",
            (None, Some(_)) => "commissioned",
            (None, None) => "registered",
        };
        if json {
            rows.push(json!({
                "id": device.id.as_str(),
                "community": device.community.as_str(),
                "kind": device.kind.as_str(),
                "profile": device.profile.as_str(),
                "name": device.name,
                "object": object,
                "funding": device.funding.to_string(),
                "owner": device.passport.owner,
                "commissioned_on": device.commissioned_on,
                "decommissioned_at": device.decommissioned_at.map(|at| at.to_string()),
                "state": state,
                "simulated": device.simulated,
                "gateway": entry.gateway.as_ref().map(ToString::to_string),
                "external_id": entry.external_id.as_ref().map(ToString::to_string),
            }));
        } else {
            let object = object.as_deref().unwrap_or("-");
            writeln!(
                out,
                "{}  {}  {}  on {object}  paid by {}  {state}  {}",
                device.id, device.community, device.profile, device.funding, device.name,
            )?;
        }
    }
    if json {
        writeln!(out, "{}", Value::from(rows))?;
    }
    Ok(())
}

/// Device id → token, in the order of the file.
pub(crate) type Tokens = BTreeMap<String, String>;

#[cfg(test)]
mod tests;
