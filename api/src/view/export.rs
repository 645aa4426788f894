//! Bulk exports: what is asked for, and how far it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::word::Moment;
use crate::handler::filter::MapFilter;

/// What to export: raw readings of all objects that fit a filter, or of those that are named.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// The filter of the list of objects; left out: all objects.
    #[serde(default)]
    pub(crate) filter: Option<MapFilter>,
    /// Ids of objects, in place of the filter.
    #[serde(default)]
    pub(crate) objects: Vec<String>,
    /// Properties; empty: all that the objects have.
    #[serde(default)]
    pub(crate) properties: Vec<String>,
    /// Begin of the phenomenon time, inclusive.
    pub(crate) from: Moment,
    /// End, exclusive.
    pub(crate) to: Moment,
    /// Form of the file.
    pub(crate) format: ExportFormatWord,
}

/// Form of a bulk export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormatWord {
    /// RFC 4180: commas, decimal points, a row of names first.
    Csv,
    /// JSON lines: one object a line.
    Jsonl,
}

/// How it stands with an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExportStateWord {
    /// Nobody has fetched it yet.
    Waiting,
    /// It is being fetched.
    Running,
    /// The whole file was given.
    Complete,
    /// The file broke off.
    Failed,
    /// Who fetched it went away before the end.
    Abandoned,
}

/// Why a file broke off; the server's log says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExportFailureWord {
    /// The store of readings could not be read.
    Store,
    /// An object of the selection has left the registry.
    Registry,
    /// The platform was stopped.
    Stopped,
    /// The platform failed.
    Internal,
}

/// An export and its progress.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportView {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub state: ExportStateWord,
    /// Why it failed; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ExportFailureWord>,
    /// Form of the file.
    pub format: ExportFormatWord,
    /// Begin of the phenomenon time, inclusive.
    pub from: Moment,
    /// End, exclusive.
    pub to: Moment,
    /// Objects of the selection.
    pub objects: u64,
    /// Datastreams of the selection: properties of its objects.
    pub datastreams: u64,
    /// Of these, the ones that are read to their end.
    pub datastreams_done: u64,
    /// How far it is by objects and their time, 0 to 1.
    pub share: f64,
    /// Rows that were given to who fetches it, the row of names apart.
    pub rows: u64,
    /// Bytes that were given, before compression.
    pub bytes: u64,
    /// Readings of some of its objects come from a simulator.
    pub simulated: bool,
    /// The file's name.
    pub name: String,
    /// Where the file is fetched.
    pub file: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it was fetched last; absent while nobody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Moment>,
    /// When that ended, in whatever way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Moment>,
}

/// The exports that are kept, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportList {
    /// At most 50, of the last 24 hours.
    pub exports: Vec<ExportView>,
}
