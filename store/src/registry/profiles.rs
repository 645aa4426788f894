//! Profiles by edition. The newest edition is in force for every device of the profile, from the
//! moment it is made; what is stored already stays as it was read, and the old editions stay
//! readable. An edition comes with the program or is made here, by somebody, for a reason.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use domain::limits::{AUTHOR_CHARS_MAX, REMARK_CHARS_MAX};
use domain::profile::Profile;
use domain::{ProfileId, PropertyId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::directory::add_datastreams;
use super::{Registry, RegistryError, rows, sql};
use crate::profile_file::{self, BadProfile, Fault, Mistake, Place, Shipped};

/// Where an edition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// With the program. A newer program brings a newer edition.
    Shipped,
    /// Made here. A newer program leaves it alone.
    Own,
}

impl Origin {
    /// The word of the registry and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Own => "own",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Shipped, Self::Own].into_iter().find(|origin| origin.as_str() == text)
    }
}

/// An edition of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Of which profile.
    pub profile: ProfileId,
    /// Its number, from 1 on; the highest is in force.
    pub number: u32,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it; of a shipped one nobody here.
    pub author: Option<String>,
    /// Why.
    pub remark: Option<String>,
    /// The readable file.
    pub text: String,
}

/// An edition that somebody wants to make.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The readable file.
    pub text: String,
    /// Who makes it.
    pub author: String,
    /// Why.
    pub remark: String,
    /// The edition that was changed, 0 for a profile that is new; `None`: whichever is in force.
    pub based_on: Option<u32>,
    /// The properties that the profile shall no longer have, although devices report them.
    pub drops: Vec<String>,
    /// Raw readings shall go that are older than so many days, which the profile keeps from now on.
    pub drops_after_days: Option<u32>,
}

/// What became of an [`Edit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The profile.
    pub profile: ProfileId,
    /// The edition that is in force now.
    pub edition: u32,
    /// `false`: the one in force says the very same.
    pub is_new: bool,
}

/// Why no edition was made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file is no profile, or not the next edition of this one.
    #[error(transparent)]
    Refused(#[from] BadProfile),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<rusqlite::Error> for EditError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Registry(error.into())
    }
}

impl Registry {
    /// The editions in force, by profile.
    pub fn profile_editions(&self) -> Result<Vec<Edition>, RegistryError> {
        self.database.read(|db| in_force(db))
    }

    /// All editions of a profile, newest first.
    pub fn editions_of(&self, profile: &ProfileId) -> Result<Vec<Edition>, RegistryError> {
        let id = profile.as_str();
        let editions = self.database.read(|db| {
            let mut statement = db.prepare_cached(sql::PROFILE_EDITIONS)?;
            let mut found = statement.query([id])?;
            let mut editions = Vec::new();
            while let Some(row) = found.next()? {
                editions.push(edition(row)?);
            }
            Ok(editions)
        })?;
        if editions.is_empty() {
            return Err(RegistryError::Unknown { what: "profile", id: id.to_owned() });
        }
        Ok(editions)
    }

    /// Makes the next edition of a profile, or the first one of a new profile, and the datastreams
    /// that it adds to the objects of its devices. A file that says the very same as the edition in
    /// force makes none.
    ///
    /// While devices have the profile, a property is only taken from it when `drops` names it: its
    /// datastreams stay, and nothing comes to them any more. In the same way, when it ever had
    /// devices, its retention becomes shorter only when `drops_after_days` says how short.
    pub fn edit_profile(&self, edit: &Edit, now: Timestamp) -> Result<Edited, EditError> {
        let profile = profile_file::parse(&edit.text)?;
        check_words(edit)?;
        self.database.write(|db| {
            let id = profile.id.as_str();
            let before = db
                .prepare_cached(sql::PROFILE_EDITIONS)?
                .query_row([id], |row| Ok(edition(row)))
                .optional()?
                .transpose()?;
            if let Some(same) = before.as_ref().filter(|e| e.text == edit.text) {
                let (profile, edition) = (profile.id, same.number);
                return Ok(Edited { profile, edition, is_new: false });
            }
            check_against(db, &profile, before.as_ref(), edit)?;
            let next = Edition {
                number: before.map_or(0, |e| e.number) + 1,
                origin: Origin::Own,
                made_at: now,
                author: Some(edit.author.trim().to_owned()),
                remark: Some(edit.remark.trim().to_owned()),
                text: edit.text.clone(),
                profile: profile.id.clone(),
            };
            add_edition(db, &profile, &next)?;
            Ok(Edited { profile: next.profile, edition: next.number, is_new: true })
        })
    }

    /// Makes editions of the shipped profiles that changed since the last start.
    pub(super) fn install_profiles(
        &self,
        shipped: &[Shipped],
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        if self.database.read(|db| changed(db, shipped))?.is_empty() {
            return Ok(());
        }
        self.database.write(|db| {
            for (Shipped { id, text }, number) in changed(db, shipped)? {
                let profile = profile_file::parse(text)
                    .map_err(|e| RegistryError::Damaged(format!("shipped profile `{id}`: {e}")))?;
                let edition = Edition {
                    profile: profile.id.clone(),
                    number,
                    origin: Origin::Shipped,
                    made_at: now,
                    author: None,
                    remark: None,
                    text: (*text).to_owned(),
                };
                add_edition(db, &profile, &edition)?;
            }
            Ok(())
        })
    }
}

/// The profiles in force.
pub(super) fn profiles(db: &Connection) -> Result<Vec<Profile>, RegistryError> {
    in_force(db)?.iter().map(read).collect()
}

fn read(edition: &Edition) -> Result<Profile, RegistryError> {
    profile_file::parse(&edition.text).map_err(|e| {
        let Edition { profile, number, .. } = edition;
        RegistryError::Damaged(format!("edition {number} of profile `{profile}`: {e}"))
    })
}

fn in_force(db: &Connection) -> Result<Vec<Edition>, RegistryError> {
    let mut statement = db.prepare_cached(sql::PROFILES)?;
    let mut found = statement.query([])?;
    let mut editions = Vec::new();
    while let Some(row) = found.next()? {
        editions.push(edition(row)?);
    }
    Ok(editions)
}

fn edition(row: &Row) -> Result<Edition, RegistryError> {
    Ok(Edition {
        profile: rows::parsed(row, 0)?,
        number: row.get(1)?,
        origin: rows::word(row, 2, Origin::parse)?,
        made_at: Timestamp(row.get(3)?),
        author: row.get(4)?,
        remark: row.get(5)?,
        text: row.get(6)?,
    })
}

/// The shipped profiles that are not in force, with the number of their next edition. Profiles
/// edited here are not counted among them.
fn changed<'a>(
    db: &Connection,
    shipped: &'a [Shipped],
) -> Result<Vec<(&'a Shipped, u32)>, RegistryError> {
    let in_force: HashMap<ProfileId, Edition> =
        in_force(db)?.into_iter().map(|e| (e.profile.clone(), e)).collect();
    let next = |profile: &'a Shipped| match in_force.get(profile.id) {
        None => Some((profile, 1)),
        Some(e) if e.origin == Origin::Shipped && e.text != profile.text => {
            Some((profile, e.number + 1))
        }
        Some(_) => None,
    };
    Ok(shipped.iter().filter_map(next).collect())
}

/// Writes an edition, and gives the objects of its devices the datastreams that it adds.
fn add_edition(db: &Connection, profile: &Profile, edition: &Edition) -> Result<(), RegistryError> {
    let id = profile.id.as_str();
    db.execute(sql::PROFILE_ADD, params![id, profile.kind.as_str()])?;
    db.execute(
        sql::PROFILE_EDITION_ADD,
        params![
            id,
            edition.number,
            edition.origin.as_str(),
            edition.made_at.millis(),
            edition.author,
            edition.remark,
            edition.text,
        ],
    )?;
    let mut statement = db.prepare_cached(sql::OBJECTS_OF_PROFILE)?;
    let objects: Vec<i64> =
        statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for object in objects {
        add_datastreams(db, object, profile)?;
    }
    Ok(())
}

/// Who makes an edition, and why, must be said.
fn check_words(edit: &Edit) -> Result<(), BadProfile> {
    let words =
        [("author", &edit.author, AUTHOR_CHARS_MAX), ("remark", &edit.remark, REMARK_CHARS_MAX)];
    let unsaid = words.into_iter().filter_map(|(key, words, chars_max)| {
        let chars = words.trim().chars().count();
        let reason = format!("has {chars} characters, expected 1 to {chars_max}");
        let given = chars.to_string();
        let place = Place::Key(key);
        (!(1..=chars_max).contains(&chars)).then_some(Mistake {
            place,
            fault: Fault::BadText,
            given,
            reason,
        })
    });
    let unsaid: Vec<Mistake> = unsaid.collect();
    if unsaid.is_empty() { Ok(()) } else { Err(BadProfile(unsaid)) }
}

/// Can the profile follow on the edition before?
fn check_against(
    db: &Connection,
    profile: &Profile,
    before: Option<&Edition>,
    edit: &Edit,
) -> Result<(), EditError> {
    let number = before.map_or(0, |e| e.number);
    if let Some(expected) = edit.based_on.filter(|based_on| *based_on != number) {
        let reason = match before {
            None => format!("profile `{}` has no edition, expected one to change", profile.id),
            Some(_) => format!("edition {number} is in force, expected {expected}"),
        };
        let (place, fault) = (Place::Whole, Fault::Outdated);
        let mistake = Mistake { place, fault, given: number.to_string(), reason };
        return Err(BadProfile::from(mistake).into());
    }
    let Some(before) = before else { return Ok(()) };
    let old = read(before)?;
    let mut wrong = Vec::new();
    if old.kind != profile.kind {
        wrong.push(Mistake {
            place: Place::Key("kind"),
            fault: Fault::OtherKind,
            given: profile.kind.to_string(),
            reason: format!("was `{}` before, which an edition does not change", old.kind),
        });
    }
    let (ever, devices): (i64, i64) = db
        .prepare_cached(sql::DEVICES_OF_PROFILE)?
        .query_row([profile.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if devices > 0 {
        wrong.extend(lost(&old, profile, &edit.drops, devices.unsigned_abs()));
    }
    // What devices sent that are out of operation now is kept as long as their profile says.
    if ever > 0 && edit.drops_after_days != profile.retention_days {
        wrong.extend(shorter(&old, profile));
    }
    if wrong.is_empty() { Ok(()) } else { Err(BadProfile(wrong).into()) }
}

/// Would readings be dropped that are kept until now? Retention follows an edition within the hour.
fn shorter(old: &Profile, new: &Profile) -> Option<Mistake> {
    let days =
        new.retention_days.filter(|days| old.retention_days.is_none_or(|old| *days < old))?;
    let before = old.retention_days.map_or("for ever".to_owned(), |days| format!("{days} days"));
    Some(Mistake {
        place: Place::Key("drops_after_days"),
        fault: Fault::ShorterRetention,
        given: days.to_string(),
        reason: format!(
            "raw readings were kept {before} and would go after {days}, only their hours stay; \
             expected this number of days beside the draft"
        ),
    })
}

/// Properties that the new edition does not have any more, and that nobody said to drop.
fn lost(old: &Profile, new: &Profile, drops: &[String], devices: u64) -> Vec<Mistake> {
    let is_kept = |id: &PropertyId| new.fields.iter().any(|field| field.property == *id);
    let is_lost = |id: &PropertyId| !is_kept(id) && !drops.iter().any(|d| d == id.as_str());
    let mistake = |id: PropertyId| Mistake {
        place: Place::Key("drops"),
        fault: Fault::LostProperty,
        given: id.to_string(),
        reason: format!(
            "property `{id}` is reported by {devices} devices, expected it among the fields or \
             among what is dropped"
        ),
    };
    let before = old.fields.iter().map(|field| field.property.clone());
    before.filter(is_lost).map(mistake).collect()
}
