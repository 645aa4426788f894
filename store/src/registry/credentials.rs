//! Read-only MQTT credentials of programs and people: a user name, a token, and the one filter it
//! may subscribe to.

use domain::limits::ID_CHARS_MAX;
use domain::{DeviceId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Registry, RegistryError, Token, rows, sql};
use crate::refusal::Refusal;

/// Bytes of a filter (an MQTT string is at most 65 535 bytes).
const FILTER_BYTES_MAX: usize = 1_000;

/// A read-only MQTT credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// MQTT user name; never the id of a device.
    pub name: String,
    /// The filter it may subscribe to.
    pub filter: String,
    /// SHA-256 of its token.
    pub token_sha256: [u8; 32],
    /// Made at.
    pub created_at: Timestamp,
    /// Refused from then on.
    pub revoked_at: Option<Timestamp>,
}

impl Registry {
    /// Makes a credential. A revoked one of the same name is replaced.
    pub fn add_credential(
        &self,
        name: &str,
        filter: &str,
        now: Timestamp,
    ) -> Result<Token, RegistryError> {
        check_name(name)?;
        check_filter(filter)?;
        let token = Token::new()?;
        self.database.write(|db| {
            if device_exists(db, name)? {
                let detail = format!("`{name}` is a device, expected a name that no device has");
                let refusal = Refusal::new("name-of-a-device", detail);
                return Err(RegistryError::Conflict(refusal.about("name", name)));
            }
            let revoked: Option<Option<i64>> =
                db.query_row(sql::CREDENTIAL_REVOKED_AT, [name], |row| row.get(0)).optional()?;
            if revoked == Some(None) {
                let detail =
                    format!("credential `{name}` exists, expected another name or a revoked one");
                let refusal = Refusal::new("credential-exists", detail);
                return Err(RegistryError::Conflict(refusal.about("name", name)));
            }
            let hash = Token::sha256(token.reveal());
            db.execute(sql::CREDENTIAL_ADD, params![name, filter, hash, now.millis()])?;
            Ok(token)
        })
    }

    /// All credentials, by name, the revoked ones too.
    pub fn credentials(&self) -> Result<Vec<Credential>, RegistryError> {
        self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::CREDENTIALS)?;
            let mut found = statement.query([])?;
            let mut credentials = Vec::new();
            while let Some(row) = found.next()? {
                credentials.push(Credential {
                    name: row.get(0)?,
                    filter: row.get(1)?,
                    token_sha256: row.get(2)?,
                    created_at: Timestamp(row.get(3)?),
                    revoked_at: rows::time_or_none(row, 4)?,
                });
            }
            Ok(credentials)
        })
    }

    /// Lets a credential in no more. Revoking it twice changes nothing.
    pub fn revoke_credential(&self, name: &str, now: Timestamp) -> Result<(), RegistryError> {
        self.database.write(|db| {
            if db.execute(sql::CREDENTIAL_REVOKE, params![now.millis(), name])? == 1 {
                return Ok(());
            }
            db.query_row(sql::CREDENTIAL_REVOKED_AT, [name], |_| Ok(()))
                .optional()?
                .ok_or_else(|| RegistryError::Unknown { what: "credential", id: name.to_owned() })
        })
    }
}

fn device_exists(db: &Connection, id: &str) -> Result<bool, RegistryError> {
    Ok(db.query_row(sql::DEVICE_EXISTS, [id], |_| Ok(())).optional()?.is_some())
}

/// Credentials and devices share the MQTT user names, so they share their form.
fn check_name(name: &str) -> Result<(), RegistryError> {
    name.parse::<DeviceId>().map(|_| ()).map_err(|_| {
        let shown: String = name.chars().take(ID_CHARS_MAX).collect();
        let detail = format!("`{shown}` is no credential name, expected [a-z0-9][a-z0-9-]{{0,63}}");
        RegistryError::Conflict(Refusal::new("bad-id", detail).about("id", shown))
    })
}

/// MQTT 5, 4.7: `+` stands for a whole level, `#` for the rest; `$`-topics are the broker's own.
fn check_filter(filter: &str) -> Result<(), RegistryError> {
    let fits = !filter.is_empty()
        && filter.len() <= FILTER_BYTES_MAX
        && !filter.starts_with('$')
        && !filter.contains('\0');
    let mut levels = filter.split('/').peekable();
    let mut levels_fit = true;
    while let Some(level) = levels.next() {
        let is_last = levels.peek().is_none();
        levels_fit &= match level {
            "+" => true,
            "#" => is_last,
            other => !other.contains(['+', '#']),
        };
    }
    if fits && levels_fit {
        return Ok(());
    }
    let shown: String = filter.chars().take(ID_CHARS_MAX).collect();
    let detail = format!("`{shown}` is no MQTT filter, expected one like obrii/v1/odesa/#");
    Err(RegistryError::Conflict(Refusal::new("bad-filter", detail).about("filter", shown)))
}
