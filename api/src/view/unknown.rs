//! Devices that nobody registered.

use serde::Serialize;
use utoipa::ToSchema;

use super::PageMeta;
use super::word::{KindWord, Moment};

/// A page of them, the one heard of last first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnknownDevicePage {
    /// The devices.
    pub unknown_devices: Vec<UnknownDeviceView>,
    /// Number of all, and the way to the next page.
    pub meta: PageMeta,
}

/// A device that nobody registered, or that its gateway may not speak for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnknownDeviceView {
    /// The name that it claims: device id, devEUI, IMEI, user name.
    pub name: String,
    /// Messages of it in quarantine.
    pub messages: u64,
    /// Messages that were dropped because the bound was reached.
    pub dropped: u64,
    /// Its refused logins.
    pub refused_logins: u64,
    /// Why its messages are in quarantine, codes, the newest first.
    pub reasons: Vec<String>,
    /// First heard of.
    pub first: Moment,
    /// Last heard of.
    pub last: Moment,
    /// The way it came, the last time: `broker`, `http`, `teltonika`, the name of a source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// How its messages are written: `native`, `chirpstack`, `teltonika` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Topic of the newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Address of the newest refused login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The registered device that brought the newest message: its gateway, most likely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// The device of the registry that it is by now: its messages wait for a replay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The external id under which its format would find it in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Its community, where the topic says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// Its kind, as far as it can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<KindWord>,
    /// What it sent, by its latest messages.
    pub fields: Vec<SentField>,
    /// The profiles that know some of its fields, the best first.
    pub profiles: Vec<SuggestedProfile>,
}

/// A field as the device names it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SentField {
    /// Its name; of JSON that no profile maps, the pointer to it.
    pub name: String,
    /// Its last value in words, with the unit where the format says it.
    pub value: String,
}

/// A profile that may be the device's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuggestedProfile {
    /// Its id.
    pub id: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// How many of the fields it knows.
    pub known_fields: u64,
}
