//! The platform about itself: status, zones.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

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
