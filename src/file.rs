//! `obrii.toml`: the flags of `obrii up` by their long names, and `[[source]]` blocks for external
//! brokers. A flag or an environment variable wins over the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::exit::Exit;

/// An external broker, as the file names it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Its name in logs, health and metrics.
    pub(crate) name: String,
    /// `mqtt://user:password@host:port`.
    pub(crate) url: String,
    /// Topic filters to subscribe to.
    #[serde(default = "native_topics")]
    pub(crate) topics: Vec<String>,
    /// The registered gateway as which it speaks: only for the devices bound to that.
    #[serde(default)]
    pub(crate) gateway: Option<String>,
}

/// Where the vehicles of a community can be: a position outside of it is suspect.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceArea {
    /// The community.
    pub(crate) community: String,
    /// Smallest latitude, degrees.
    pub(crate) south: f64,
    /// Smallest longitude, degrees.
    pub(crate) west: f64,
    /// Largest latitude, degrees.
    pub(crate) north: f64,
    /// Largest longitude, degrees.
    pub(crate) east: f64,
}

/// What the file says in blocks.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    pub(crate) sources: Vec<Source>,
    pub(crate) service_areas: Vec<ServiceArea>,
}

/// The native topics of all communities.
pub(crate) fn native_topics() -> Vec<String> {
    vec!["obrii/v1/+/+/+/telemetry".to_owned()]
}

/// What the file says.
#[derive(Debug, Default)]
pub(crate) struct Read {
    path: PathBuf,
    flags: toml::Table,
    pub(crate) blocks: Blocks,
}

/// The file's path: `--config`, `OBRII_CONFIG`, or `obrii.toml`. It is needed before the other
/// arguments can be read, because it gives their defaults.
pub(crate) fn path_of(arguments: &[OsString]) -> PathBuf {
    let mut texts = arguments.iter().filter_map(|a| a.to_str());
    while let Some(text) = texts.next() {
        if let Some(path) = text.strip_prefix("--config=") {
            return path.into();
        }
        if text == "--config" {
            return texts.next().unwrap_or_default().into();
        }
    }
    std::env::var_os("OBRII_CONFIG").map_or_else(|| "obrii.toml".into(), PathBuf::from)
}

/// Reads the file; one that is not there says nothing.
pub(crate) fn read(path: &Path) -> anyhow::Result<Read> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Read::default()),
        Err(e) => return Err(Exit::usage(format!("`{}`: {e}", path.display())).into()),
    };
    let refuse = |why: String| Exit::usage(format!("`{}`: {why}", path.display()));
    let mut flags: toml::Table = text.parse().map_err(|e| refuse(format!("{e}")))?;
    let sources = match flags.remove("source") {
        None => Vec::new(),
        Some(blocks) => blocks.try_into().map_err(|e| refuse(format!("[[source]]: {e}")))?,
    };
    let service_areas = match flags.remove("service_area") {
        None => Vec::new(),
        Some(blocks) => blocks.try_into().map_err(|e| refuse(format!("[[service_area]]: {e}")))?,
    };
    let blocks = Blocks { sources, service_areas };
    Ok(Read { path: path.to_owned(), flags, blocks })
}

impl Read {
    /// The command whose defaults are those of the file.
    pub(crate) fn as_defaults(&self, mut command: clap::Command) -> anyhow::Result<clap::Command> {
        for (key, value) in &self.flags {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
                    value.to_string()
                }
                _ => return Err(self.refuse(key, "expected a text, a number or true or false")),
            };
            let id = key.replace('-', "_");
            let has = |c: &clap::Command| c.get_arguments().any(|a| a.get_id() == id.as_str());
            if has(&command) {
                command = command.mut_arg(&id, |a| a.default_value(text));
            } else if command.find_subcommand("up").is_some_and(has) {
                command =
                    command.mut_subcommand("up", |up| up.mut_arg(&id, |a| a.default_value(text)));
            } else {
                return Err(self.refuse(key, "no such flag, expected one of `obrii up --help`"));
            }
        }
        Ok(command)
    }

    fn refuse(&self, key: &str, why: &str) -> anyhow::Error {
        Exit::usage(format!("`{}`: key `{key}`: {why}", self.path.display())).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction, Command};

    fn command() -> Command {
        Command::new("obrii")
            .arg(Arg::new("data").long("data").default_value("obrii-data"))
            .subcommand(
                Command::new("up")
                    .arg(Arg::new("http").long("http").default_value("127.0.0.1:8080"))
                    .arg(Arg::new("demo").long("demo").action(ArgAction::SetTrue)),
            )
    }

    fn read_text(text: &str) -> anyhow::Result<Read> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("obrii.toml");
        std::fs::write(&path, text).expect("written");
        read(&path)
    }

    #[test]
    fn the_file_gives_defaults_and_a_flag_wins() {
        let read = read_text("http = \"127.0.0.1:9\"\ndemo = true\ndata = \"d\"").expect("read");
        let matches = read
            .as_defaults(command())
            .expect("known keys")
            .try_get_matches_from(["obrii", "--data", "e", "up"])
            .expect("parsed");
        let up = matches.subcommand_matches("up").expect("up");
        assert_eq!(up.get_one::<String>("http").map(String::as_str), Some("127.0.0.1:9"));
        assert!(up.get_flag("demo"));
        assert_eq!(matches.get_one::<String>("data").map(String::as_str), Some("e"));
    }

    #[test]
    fn unknown_keys_and_broken_files_are_refused() {
        let unknown = read_text("htpp = 1").expect("valid TOML").as_defaults(command());
        assert!(unknown.expect_err("unknown key").to_string().contains("htpp"));
        assert!(read_text("http = ").is_err());
        assert!(read_text("[[source]]\nname = \"a\"\nurl = \"mqtt://h\"\nqos = 2").is_err());
    }

    #[test]
    fn service_areas_are_blocks() {
        let text = "[[service_area]]\ncommunity = \"rozdilna\"\nsouth = 46.7\nwest = 29.9\n\
                    north = 47.0\neast = 30.3";
        let areas = read_text(text).expect("read").blocks.service_areas;
        assert_eq!(areas[0].community, "rozdilna");
        assert!(read_text("[[service_area]]\ncommunity = \"rozdilna\"").is_err());
    }

    #[test]
    fn sources_are_blocks() {
        let read = read_text("[[source]]\nname = \"city\"\nurl = \"mqtt://h\"").expect("read");
        assert_eq!(read.blocks.sources[0].topics, native_topics());
        assert_eq!(read.blocks.sources[0].gateway, None);
        let text = "[[source]]\nname = \"city\"\nurl = \"mqtt://h\"\ngateway = \"lora\"";
        let read = read_text(text).expect("read");
        assert_eq!(read.blocks.sources[0].gateway.as_deref(), Some("lora"));
    }
}
