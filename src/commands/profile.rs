//! `obrii profile`: what kinds of devices send — list, show, check a file, and make an edition.

use std::io::Write;
use std::path::{Path, PathBuf};

use domain::ProfileId;
use domain::limits::PROFILE_FILE_BYTES_MAX;
use domain::profile::Profile;
use serde_json::{Value, json};
use store::clock::{Clock as _, SystemClock};
use store::profile_file::{self, BadProfile};
use store::registry::{Edit, EditError, Edition};

use super::registry;
use crate::exit::Exit;

/// What can be done with profiles.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the profiles in force.
    List,
    /// Print a profile's file.
    Show {
        /// The profile.
        id: ProfileId,
        /// An older edition than the one in force.
        #[arg(long, value_name = "N")]
        edition: Option<u32>,
    },
    /// Make the next edition of a profile, or a new profile. Devices follow it at once; what is
    /// stored stays as it is, and so do the old editions.
    Import {
        /// The profile's file.
        file: PathBuf,
        /// Who makes the edition.
        #[arg(long, value_name = "NAME")]
        author: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        remark: String,
        /// A property that the profile shall no longer have although devices report it; may be
        /// given several times.
        #[arg(long, value_name = "PROPERTY")]
        drop: Vec<String>,
        /// Raw readings shall go that are older than so many days, which the profile keeps from now
        /// on.
        #[arg(long, value_name = "DAYS")]
        drop_after: Option<u32>,
    },
    /// Say everything that is wrong with a file. Nothing is changed.
    Check {
        /// The profile's file.
        file: PathBuf,
    },
}

/// Runs the command.
pub(crate) fn run(
    command: Command,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match command {
        Command::List => list(data, json, out),
        Command::Show { id, edition } => show(&id, edition, data, json, out),
        Command::Check { file } => {
            let profile = profile_file::parse(&read(&file)?).map_err(|e| refused(&file, &e))?;
            if json {
                writeln!(out, "{}", profile_json(&profile))?;
            } else {
                writeln!(out, "profile `{}`: {} fields", profile.id, profile.fields.len())?;
            }
            Ok(())
        }
        Command::Import { file, author, remark, drop: drops, drop_after: drops_after_days } => {
            let (text, based_on) = (read(&file)?, None);
            let edit = Edit { text, author, remark, based_on, drops, drops_after_days };
            import(&file, &edit, data, json, out)
        }
    }
}

/// A file that is too large to be a profile is not read.
fn read(file: &Path) -> anyhow::Result<String> {
    let unreadable = |error: std::io::Error| Exit::data(format!("`{}`: {error}", file.display()));
    let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
    if bytes > PROFILE_FILE_BYTES_MAX as u64 {
        let message = format!(
            "`{}` has {bytes} bytes, expected at most {PROFILE_FILE_BYTES_MAX}",
            file.display()
        );
        return Err(Exit::data(message).into());
    }
    Ok(std::fs::read_to_string(file).map_err(unreadable)?)
}

fn refused(file: &Path, BadProfile(mistakes): &BadProfile) -> anyhow::Error {
    let name = file.display();
    let lines: Vec<String> = mistakes.iter().map(|mistake| format!("{name}: {mistake}")).collect();
    Exit::data(lines.join("\n")).into()
}

fn import(
    file: &Path,
    edit: &Edit,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let edited = registry::open(data)?.edit_profile(edit, SystemClock.now());
    let edited = edited.map_err(|error| match error {
        EditError::Refused(mistakes) => refused(file, &mistakes),
        EditError::Registry(error) => registry::refused(error),
    })?;
    if json {
        let report = json!({
            "profile": edited.profile.as_str(),
            "edition": edited.edition,
            "new": edited.is_new,
        });
        writeln!(out, "{report}")?;
        return Ok(());
    }
    let word = if edited.is_new { "is in force" } else { "says the same already" };
    writeln!(out, "profile `{}`: edition {} {word}", edited.profile, edited.edition)?;
    Ok(())
}

fn list(data: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let registry = registry::open_existing(data)?;
    let editions = registry.profile_editions().map_err(registry::refused)?;
    let directory = registry.directory().map_err(registry::refused)?;
    let in_operation = |id: &ProfileId| {
        let devices = directory.devices();
        devices.filter(|d| d.device.profile == *id && !d.is_decommissioned()).count()
    };
    let mut listed = Vec::with_capacity(editions.len());
    for edition in &editions {
        let Some(profile) = directory.profile(edition.profile.as_str()) else { continue };
        let devices = in_operation(&edition.profile);
        if json {
            let mut row = profile_json(profile);
            row["edition"] = edition_json(edition);
            row["devices"] = devices.into();
            listed.push(row);
        } else {
            let Edition { profile: id, number, origin, .. } = edition;
            let (kind, fields) = (profile.kind, profile.fields.len());
            let (regime, origin) = (profile.regime.as_str(), origin.as_str());
            writeln!(
                out,
                "{id}  {kind}  {regime} {} s  {fields} fields  {devices} devices  \
                 edition {number} {origin}  {}",
                profile.interval_s, profile.title_uk,
            )?;
        }
    }
    if json {
        writeln!(out, "{}", Value::from(listed))?;
    }
    Ok(())
}

fn show(
    id: &ProfileId,
    number: Option<u32>,
    data: &Path,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let editions = registry::open_existing(data)?.editions_of(id).map_err(registry::refused)?;
    let asked = editions.iter().find(|e| number.is_none_or(|number| e.number == number));
    let Some(shown) = asked else {
        let newest = editions.first().map_or(0, |e| e.number);
        let number = number.unwrap_or_default();
        let message =
            format!("profile `{id}` has no edition {number}, expected one of 1 to {newest}");
        return Err(Exit::data(message).into());
    };
    if json {
        let editions: Vec<Value> = editions.iter().map(edition_json).collect();
        let shown = json!({
            "profile": id.as_str(),
            "edition": shown.number,
            "text": shown.text,
            "editions": editions,
        });
        writeln!(out, "{shown}")?;
    } else {
        write!(out, "{}", shown.text)?;
    }
    Ok(())
}

fn profile_json(profile: &Profile) -> Value {
    json!({
        "profile": profile.id.as_str(),
        "kind": profile.kind.as_str(),
        "title_uk": profile.title_uk,
        "title_en": profile.title_en,
        "regime": profile.regime.as_str(),
        "interval_s": profile.interval_s,
        "stamp": profile.stamp.as_str(),
        "averaging_s": profile.averaging_s,
        "retention_days": profile.retention_days,
        "fields": profile.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
    })
}

fn edition_json(edition: &Edition) -> Value {
    json!({
        "edition": edition.number,
        "origin": edition.origin.as_str(),
        "made_at": edition.made_at.to_string(),
        "author": edition.author,
        "remark": edition.remark,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::DATA;

    struct Folder(tempfile::TempDir);

    impl Folder {
        /// A data folder with a changed plug profile beside it.
        fn new() -> Self {
            let folder = Self(tempfile::tempdir().expect("a folder"));
            registry::open(folder.0.path()).expect("a registry");
            folder
        }

        fn file(&self, text: &str) -> PathBuf {
            let file = self.0.path().join("profile.toml");
            std::fs::write(&file, text).expect("writes");
            file
        }

        fn run(&self, command: Command, json: bool) -> anyhow::Result<String> {
            let mut out = Vec::new();
            run(command, self.0.path(), json, &mut out)?;
            Ok(String::from_utf8(out).expect("text"))
        }

        fn import(&self, text: &str) -> anyhow::Result<String> {
            let (author, remark) = ("О. Шевчук".to_owned(), "нова прошивка".to_owned());
            let file = self.file(text);
            self.run(
                Command::Import { file, author, remark, drop: Vec::new(), drop_after: None },
                false,
            )
        }
    }

    fn plug() -> &'static str {
        let shipped = profile_file::SHIPPED.iter().find(|p| p.id == "tasmota-plug");
        shipped.expect("shipped").text
    }

    fn show(edition: Option<u32>) -> Command {
        Command::Show { id: "tasmota-plug".parse().expect("an id"), edition }
    }

    #[test]
    fn an_imported_file_is_in_force_and_the_edition_before_can_still_be_shown() {
        let folder = Folder::new();
        let changed = plug().replace("interval_s = 300", "interval_s = 60");
        let said = folder.import(&changed).expect("imports");
        assert_eq!(said, "profile `tasmota-plug`: edition 2 is in force\n");
        assert!(folder.import(&changed).expect("nothing to do").contains("says the same already"));
        assert_eq!(folder.run(show(None), false).expect("shows"), changed);
        assert_eq!(folder.run(show(Some(1)), false).expect("shows"), plug());
        let shown: Value =
            serde_json::from_str(&folder.run(show(None), true).expect("shows")).expect("JSON");
        assert_eq!(shown["editions"][0]["author"], "О. Шевчук");
        assert_eq!(shown["editions"][1]["origin"], "shipped");
        let listed = folder.run(Command::List, true).expect("lists");
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        let plug = |row: &&Value| row["profile"] == "tasmota-plug";
        let plug = listed.as_array().expect("a list").iter().find(plug).expect("there");
        assert_eq!((&plug["edition"]["edition"], &plug["interval_s"]), (&json!(2), &json!(60)));
        let error = folder.run(show(Some(7)), false).expect_err("no such edition");
        assert!(error.to_string().contains("no edition 7, expected one of 1 to 2"), "{error}");
    }

    #[test]
    fn every_mistake_of_a_file_is_told_and_nothing_is_changed() {
        let folder = Folder::new();
        let wrong = plug().replace("\"kWh\"", "\"kWx\"").replace("\"instant\"", "\"now\"");
        for result in
            [folder.import(&wrong), folder.run(Command::Check { file: folder.file(&wrong) }, false)]
        {
            let error = result.expect_err("refused");
            let exit = error.downcast_ref::<Exit>().expect("an exit");
            assert_eq!(exit.code, DATA);
            assert!(exit.message.contains("profile.toml: `stamp`: `now`, expected instant"));
            assert!(exit.message.contains("profile.toml: field `energy`: `kWx` is no unit"));
        }
        assert_eq!(folder.run(show(None), false).expect("shows"), plug());
        let file = folder.file(plug());
        let said = folder.run(Command::Check { file }, false).expect("a good file");
        assert_eq!(said, "profile `tasmota-plug`: 6 fields\n");
    }
}
