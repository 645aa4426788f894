//! The platform about itself: status, profiles, zones.

use std::collections::BTreeMap;

use domain::freshness::{Thresholds, thresholds};
use domain::profile::Profile;
use serde::Serialize;
use utoipa::ToSchema;

use super::unit::DisplayUnit;
use super::word::{KindWord, Moment};

/// The platform's state and what the screens need to know of it once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// Version of the platform.
    pub version: String,
    /// Changes with every start; event ids of the live stream begin with it.
    pub boot: String,
    /// The server's clock.
    pub server_time: Moment,
    /// Communities that have objects or programmes.
    pub communities: Vec<CommunityView>,
    /// Something shown is simulated: «ДЕМО-ДАНІ» on every page.
    pub demo: bool,
    /// Objects by kind and state.
    pub objects: Vec<KindCounts>,
    /// Number of devices.
    pub devices: u64,
    /// Observations kept.
    pub observations: u64,
    /// Bytes of the series on disk.
    pub series_bytes: u64,
    /// The store takes writes and all sources are connected.
    pub ready: bool,
    /// What is missing, in words; empty when ready.
    pub missing: Vec<String>,
    /// Tile archives of the data folder, to be had at `/tiles/{name}.pmtiles`.
    pub tiles: Vec<String>,
    /// URL template of an online tile server, when one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tile_url: Option<String>,
}

/// A community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommunityView {
    /// Its id.
    pub id: String,
    /// Name in Ukrainian.
    pub name_uk: String,
    /// Name in English.
    pub name_en: String,
}

/// Objects of one kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KindCounts {
    /// The kind.
    pub kind: KindWord,
    /// All of them.
    pub total: u64,
    /// Number by state; states without objects are left out.
    pub by_state: BTreeMap<String, u64>,
}

/// All profiles.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileList {
    /// The profiles, by id.
    pub profiles: Vec<ProfileView>,
}

/// A device profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileView {
    /// Its id.
    pub id: String,
    /// Kind of the objects.
    pub kind: KindWord,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// `periodic`, `while-energised`, `in-service` or `heartbeat-and-events`.
    pub regime: String,
    /// Expected interval between readings, seconds.
    pub interval_s: u32,
    /// What a time stamp means: `instant`, `begin` or `end` of the averaging interval.
    pub stamp: String,
    /// Averaging time of a reading, seconds; 0 for momentary values.
    pub averaging_s: u32,
    /// How long raw readings are kept, days; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// From which age on a reading changes its state.
    pub thresholds: ThresholdsView,
    /// The fields.
    pub fields: Vec<FieldView>,
}

/// Ages at which the state changes, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ThresholdsView {
    /// Fresh up to this age.
    pub fresh_ms: i64,
    /// Delayed up to this age.
    pub delayed_ms: i64,
    /// Stale up to this age; silent beyond it.
    pub stale_ms: i64,
}

/// The thresholds of a profile.
pub fn thresholds_view(profile: &Profile) -> ThresholdsView {
    let Thresholds { fresh_ms, delayed_ms, stale_ms } = thresholds(profile);
    ThresholdsView { fresh_ms, delayed_ms, stale_ms }
}

/// A field of a profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// Name on the wire.
    pub name: String,
    /// What it measures.
    pub property: String,
    /// Name of the property in Ukrainian.
    pub title_uk: String,
    /// Name of the property in English.
    pub title_en: String,
    /// Unit in which the device sends it.
    pub unit: String,
    /// Unit inside the platform.
    pub canonical_unit: String,
    /// Unit of the trade.
    pub display: DisplayUnit,
    /// Valid range, canonical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// Largest believable change per second, canonical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_s_max: Option<f64>,
    /// A value unchanged for longer is flagged `flat`, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_s_max: Option<u32>,
}

/// All zones.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ZoneList {
    /// The zones, by kind and id.
    pub zones: Vec<ZoneView>,
}

/// A zone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ZoneView {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub community: String,
    /// `district`, `dma`, `feeder`, `depot` or `other`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Number of its objects.
    pub objects: u64,
}
