//! Devices: their papers, their funding, their place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PageMeta;
use super::intake::TallyView;
use super::word::{KindWord, Moment, StateWord};

/// A page of devices, ordered by id as people count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DevicePage {
    /// The devices.
    pub devices: Vec<DeviceView>,
    /// Number of all, and the way to the next page.
    pub meta: PageMeta,
}

/// A device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceView {
    /// Its id and MQTT user name.
    pub id: String,
    /// Community, the third word of its topics.
    pub community: String,
    /// Kind, the fourth word of its topics.
    pub kind: KindWord,
    /// Its profile.
    pub profile: String,
    /// The profile's name in Ukrainian.
    pub profile_title_uk: String,
    /// The profile's name in English.
    pub profile_title_en: String,
    /// Name for people.
    pub name: String,
    /// Who paid; never empty.
    pub funding: Vec<FundingView>,
    /// Its papers.
    pub passport: PassportView,
    /// Taken into operation on this civil day; absent: registered only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commissioned_on: Option<String>,
    /// Taken out of operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decommissioned_at: Option<Moment>,
    /// Registered at.
    pub registered_at: Moment,
    /// Its readings come from a simulator.
    pub simulated: bool,
    /// The device that may speak for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// The name under which its format knows it: devEUI, IMEI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// State of the object it sits on; a gateway's is the best of the devices for which it speaks;
    /// `decommissioned` when it is.
    pub state: StateWord,
    /// The object it sits on now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// All objects it sat on, newest first.
    pub installations: Vec<InstallationOfDevice>,
    /// Where it publishes its readings; a gateway: its status.
    pub topic: String,
    /// A message that its profile understands, for whoever connects it.
    pub sample: String,
    /// Ids of the devices for which it may speak, as people count; only on its own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaks_for: Option<Vec<String>>,
    /// What became of its readings, for all time; only on the device's own page and on that of an
    /// object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tally: Option<TallyView>,
}

/// A stay of a device on an object.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InstallationOfDevice {
    /// The object.
    pub object: String,
    /// From this moment on.
    pub from: Moment,
    /// Until this moment, exclusive; absent: still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

/// Kind of a source of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FundingKind {
    /// A measure of a budget programme.
    Measure,
    /// A named grant.
    Grant,
    /// The balance of its owner.
    Own,
    /// A device of a partner.
    Partner,
}

/// One source's part of a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FundingView {
    /// Kind of the source.
    pub kind: FundingKind,
    /// The source as registry files write it: `odesa-city-2024/4.2.1`, `grant:EGAP`.
    pub source: String,
    /// Name of the grant, owner or partner; title of the measure when the registry knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The programme, for a measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// The measure's number, for a measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The programme is a draft («ПРОЄКТ»).
    pub draft: bool,
    /// Its part, above 0 and at most 1.
    pub share: f64,
}

/// Papers of a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassportView {
    /// Owner.
    pub owner: String,
    /// Responsible organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
    /// Balance holder (балансоутримувач).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Commissioning act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Price, thousand UAH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_kuah: Option<f64>,
    /// Inventory number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory_no: Option<String>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// End of the warranty, civil day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<String>,
    /// End of the metrological verification, civil day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_until: Option<String>,
}

/// A device to register: the columns of the device file, read by the same reader.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// Its id: `[a-z0-9][a-z0-9-]{0,63}`.
    pub id: String,
    /// Community.
    pub community: String,
    /// Kind; must be that of the profile.
    pub kind: String,
    /// Profile.
    pub profile: String,
    /// Name for people.
    pub name: String,
    /// Latitude, degrees; leave out for a vehicle.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Longitude, degrees; leave out for a vehicle.
    #[serde(default)]
    pub lon: Option<f64>,
    /// Who paid: `odesa-city-2024/14.2`, `grant:EGAP`, `own:…`, `partner:…`; several joined by
    /// `;` with shares `=0.6`.
    pub funding: String,
    /// Owner.
    pub owner: String,
    /// District, DMA, feeder or depot.
    #[serde(default)]
    pub zone: Option<String>,
    /// Name of the zone for people, when the registry does not know it yet.
    #[serde(default)]
    pub zone_name: Option<String>,
    /// Taken into operation on this civil day (`YYYY-MM-DD`).
    #[serde(default)]
    pub commissioned_on: Option<String>,
    /// The object it sits on, made when there is none; `-`: none, in the store room. Left out: an
    /// object of the device's id.
    #[serde(default)]
    pub object: Option<String>,
    /// Name of the object, when it is not the device's.
    #[serde(default)]
    pub object_name: Option<String>,
    /// Responsible organisation.
    #[serde(default)]
    pub responsible: Option<String>,
    /// Balance holder.
    #[serde(default)]
    pub holder: Option<String>,
    /// Address in words.
    #[serde(default)]
    pub address: Option<String>,
    /// Contract.
    #[serde(default)]
    pub contract: Option<String>,
    /// Commissioning act.
    #[serde(default)]
    pub act: Option<String>,
    /// Price, thousand UAH.
    #[serde(default)]
    pub price_kuah: Option<f64>,
    /// Inventory number.
    #[serde(default)]
    pub inventory_no: Option<String>,
    /// Serial number.
    #[serde(default)]
    pub serial: Option<String>,
    /// End of the warranty (`YYYY-MM-DD`).
    #[serde(default)]
    pub warranty_until: Option<String>,
    /// End of the metrological verification (`YYYY-MM-DD`).
    #[serde(default)]
    pub verified_until: Option<String>,
    /// Queue of planned outages.
    #[serde(default)]
    pub supply_queue: Option<String>,
    /// `public`, `internal` or `restricted`.
    #[serde(default)]
    pub access: Option<String>,
    /// Its readings come from a simulator.
    #[serde(default)]
    pub simulated: Option<bool>,
    /// The device that may speak for it.
    #[serde(default)]
    pub gateway: Option<String>,
    /// The name under which a foreign format knows it.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// A device just registered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceCreated {
    /// The device.
    pub device: DeviceView,
    /// Its token, shown this once; absent when the device was there already and was updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
