//! The live stream's payloads. Times are milliseconds since 1970 here, because three hundred of
//! them pass each second; numbers are in canonical units.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::profile::ThresholdsView;
use super::unit::DisplayUnit;
use super::word::{AccessWord, KindWord, StateWord, ValueKindWord};

/// Event `snapshot`: the whole view. What follows are deltas to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveSnapshot {
    /// The server's clock, ms since 1970.
    pub at: i64,
    /// Changes with every start of the server.
    pub boot: String,
    /// Properties that stand in `values` and `texts`.
    pub properties: Vec<LiveProperty>,
    /// Profiles with their thresholds.
    pub profiles: Vec<LiveProfile>,
    /// The objects.
    #[schema(value_type = Vec<LiveObject>)]
    pub objects: Vec<Arc<LiveObject>>,
}

/// A property of the live view.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveProperty {
    /// Its id.
    pub id: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// Behaviour over time.
    pub kind: ValueKindWord,
    /// Unit of the trade.
    pub display: DisplayUnit,
}

/// A profile of the live view.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveProfile {
    /// Its id.
    pub id: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// Expected interval between readings, seconds.
    pub interval_s: u32,
    /// From which age on a reading changes its state.
    pub thresholds: ThresholdsView,
}

/// An object of the live view.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LiveObject {
    /// Its id.
    pub id: String,
    /// Its layer.
    pub kind: KindWord,
    /// Profile of the device on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Name for people.
    pub name: String,
    /// Address in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Zone's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who may see it.
    pub access: AccessWord,
    /// Its readings come from a simulator.
    pub simulated: bool,
    /// Latitude, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Course over ground, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearing: Option<f64>,
    /// The position is not believed.
    pub suspect: bool,
    /// State by the age of its newest reading.
    pub state: StateWord,
    /// Phenomenon time of its newest reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// Arrival of its newest reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<i64>,
    /// The few values its kind is read by, canonical units.
    pub values: BTreeMap<String, f64>,
    /// Route, run, direction, status.
    pub texts: BTreeMap<String, String>,
}

/// Event `delta`: what changed since the last event, grouped by 100 ms.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveDelta {
    /// The server's clock, ms since 1970.
    pub at: i64,
    /// Changed objects, only the fields that changed.
    pub objects: Vec<LivePatch>,
    /// Objects that are new, or whose papers changed: whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<LiveObject>)]
    pub replaced: Vec<Arc<LiveObject>>,
    /// Ids of objects that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
}

/// What changed at one object. Absent fields stay as they were; entries of `values` and `texts`
/// are merged into what was there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LivePatch {
    /// The object.
    pub id: String,
    /// Latitude, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Course over ground, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearing: Option<f64>,
    /// The position is not believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspect: Option<bool>,
    /// State.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateWord>,
    /// Phenomenon time of its newest reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// Arrival of its newest reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<i64>,
    /// Changed values, canonical units.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
    /// Changed texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

/// Event `heartbeat`, each second: whoever does not hear it has lost the server. It has no id.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct LiveHeartbeat {
    /// The server's clock, ms since 1970.
    pub at: i64,
    /// When the newest commit was durable, ms since 1970; absent when there was none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<i64>,
}
