//! Objects: rows of the list, the page of one object, newest values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PageMeta;
use super::device::DeviceView;
use super::unit::DisplayUnit;
use super::word::{AccessWord, KindWord, Moment, StateWord, ValueKindWord};

/// A page of objects, ordered by id as people count (`lamp-2` before `lamp-10`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObjectPage {
    /// The objects.
    pub objects: Vec<ObjectRow>,
    /// Number of all, and the way to the next page.
    pub meta: PageMeta,
}

/// A zone, as its objects name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ZoneRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One object of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObjectRow {
    /// Its id.
    pub id: String,
    /// Kind: the layer of the map.
    pub kind: KindWord,
    /// Name for people.
    pub name: String,
    /// Whose it is.
    pub community: String,
    /// Address in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Profile of the device that sits on it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The profile's name in Ukrainian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_title_uk: Option<String>,
    /// The profile's name in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_title_en: Option<String>,
    /// District, DMA, feeder or depot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneRef>,
    /// Latitude, degrees WGS 84; of a vehicle the last credible one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude, degrees WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// State by the age of its newest reading.
    pub state: StateWord,
    /// Phenomenon time of its newest reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<Moment>,
    /// Arrival of its newest reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Moment>,
    /// The few values that its kind is read by, in canonical units; how old they are, `state` and
    /// `measured_at` say.
    pub values: BTreeMap<String, f64>,
    /// Newest texts: route, run, status.
    pub texts: BTreeMap<String, String>,
    /// Position is not believed («GPS спотворено»).
    pub suspect: bool,
    /// Who may see it.
    pub access: AccessWord,
    /// Its readings come from a simulator.
    pub simulated: bool,
    /// Measures that paid for the devices on it.
    pub measures: Vec<String>,
}

/// The page of one object.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObjectView {
    /// What the list says of it.
    #[serde(flatten)]
    pub row: ObjectRow,
    /// Queue of planned outages (черга).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supply_queue: Option<String>,
    /// Where it was seen, for objects that move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<PositionView>,
    /// Devices that sat on it, newest first.
    pub installations: Vec<InstallationView>,
    /// What is observed, with the newest values.
    pub datastreams: Vec<DatastreamView>,
    /// Attributes with their newest texts.
    pub attributes: Vec<TextView>,
    /// Measures that paid for its devices, with titles.
    pub measure_links: Vec<MeasureLink>,
}

/// Where an object that moves was seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PositionView {
    /// Latitude of the last credible fix, degrees.
    pub lat: f64,
    /// Longitude of the last credible fix, degrees.
    pub lon: f64,
    /// When it was measured.
    pub measured_at: Moment,
    /// The newest fix is not believed.
    pub suspect: bool,
}

/// A device on an object, from a moment to a moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InstallationView {
    /// The device.
    pub device: DeviceView,
    /// From this moment on.
    pub from: Moment,
    /// Until this moment, exclusive; absent: still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

/// One observed property of an object.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DatastreamView {
    /// The property: `pm25`.
    pub property: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// Behaviour over time.
    pub kind: ValueKindWord,
    /// Canonical unit: that of every number of the API unless something else is asked for.
    pub unit: String,
    /// Unit of the trade, and how to get there.
    pub display: DisplayUnit,
    /// Valid range by the profile, canonical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// Newest value; absent when nothing has come yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<ValueView>,
}

/// A value with its times and what is known about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ValueView {
    /// In the canonical unit.
    pub value: f64,
    /// In the unit of the trade.
    pub display_value: f64,
    /// Phenomenon time.
    pub measured_at: Moment,
    /// Arrival time.
    pub arrived_at: Moment,
    /// Quality flags: `range`, `rate`, `flat`, `no-device-time`, `clock`, `late`,
    /// `position-suspect`, `not-measuring`, `corrected`; empty when nothing speaks against it.
    pub quality: Vec<String>,
}

/// An attribute with its newest text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextView {
    /// The property: `route`.
    pub property: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// The text.
    pub text: String,
    /// Since when.
    pub measured_at: Moment,
}

/// The measure behind a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeasureLink {
    /// The programme.
    pub programme: String,
    /// The measure inside it.
    pub measure: String,
    /// Title of the programme, as written; absent when the registry does not know it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme_title_uk: Option<String>,
    /// Title of the measure, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure_title_uk: Option<String>,
    /// The programme is a draft («ПРОЄКТ»).
    pub draft: bool,
}

/// Newest values of all objects that fit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LatestList {
    /// One entry for each datastream that has a value.
    pub latest: Vec<LatestEntry>,
    /// Number of all, and the way to the next page.
    pub meta: PageMeta,
}

/// The newest value of one datastream.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LatestEntry {
    /// The object.
    pub object: String,
    /// The property.
    pub property: String,
    /// Canonical unit.
    pub unit: String,
    /// Its readings come from a simulator.
    pub simulated: bool,
    /// The value.
    #[serde(flatten)]
    pub value: ValueView,
}

/// One device takes the place of another on an object.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The device that leaves.
    pub old: String,
    /// The device that comes; it must be registered.
    pub new: String,
    /// When.
    pub at: Moment,
}
