//! `obrii credential`: read-only MQTT credentials of programs and people.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use store::clock::{Clock as _, SystemClock};

use super::registry;

/// What can be done with credentials.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a credential; its token is printed once.
    Add {
        /// MQTT user name: small letters, digits and `-`; no device's id.
        name: String,
        /// The one filter it may subscribe to, like 'obrii/v1/odesa/#'.
        #[arg(long, value_name = "FILTER")]
        read: String,
    },
    /// List credentials, the revoked ones too.
    List,
    /// Let a credential in no more.
    Revoke {
        /// Its name.
        name: String,
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
    match command {
        Command::Add { name, read } => {
            let token = registry::open(data)?
                .add_credential(&name, &read, now)
                .map_err(registry::refused)?;
            if json {
                writeln!(out, "{}", json!({ "name": name, "token": token.reveal() }))?;
            } else {
                writeln!(out, "{}", token.reveal())?;
            }
        }
        Command::List => list(data, json, out)?,
        Command::Revoke { name } => {
            registry::open_existing(data)?
                .revoke_credential(&name, now)
                .map_err(registry::refused)?;
            if json {
                writeln!(out, "{}", json!({ "name": name, "revoked": true }))?;
            } else {
                writeln!(out, "credential `{name}` is revoked")?;
            }
        }
    }
    Ok(())
}

fn list(data: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let credentials = registry::open_existing(data)?.credentials().map_err(registry::refused)?;
    if json {
        let rows = credentials.iter().map(|c| {
            json!({
                "name": c.name,
                "read": c.filter,
                "created_at": c.created_at.to_string(),
                "revoked_at": c.revoked_at.map(|at| at.to_string()),
            })
        });
        writeln!(out, "{}", rows.collect::<Value>())?;
        return Ok(());
    }
    for c in credentials {
        let state = c.revoked_at.map_or(String::new(), |at| format!("  revoked {at}"));
        writeln!(out, "{}  reads {}  since {}{state}", c.name, c.filter, c.created_at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::{DATA, Exit};

    #[test]
    fn a_credential_is_made_listed_and_revoked() {
        let data = tempfile::tempdir().expect("a folder");
        let said = |command: Command| {
            let mut out = Vec::new();
            run(command, data.path(), false, &mut out)?;
            anyhow::Ok(String::from_utf8(out)?)
        };
        let add = |read: &str| Command::Add { name: "wall".to_owned(), read: read.to_owned() };
        assert_eq!(said(add("obrii/v1/odesa/#")).expect("makes").trim().len(), 43);
        for again in ["obrii/v1/odesa/#", "a/#/b"] {
            let error = said(add(again)).expect_err("refused");
            assert_eq!(error.downcast_ref::<Exit>().map(|e| e.code), Some(DATA));
        }
        said(Command::Revoke { name: "wall".to_owned() }).expect("revokes");
        let listed = said(Command::List).expect("lists");
        assert!(listed.starts_with("wall  reads obrii/v1/odesa/#  since "), "{listed}");
        assert!(listed.contains("  revoked "), "{listed}");
    }
}
