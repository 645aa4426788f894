//! What the registry knows of the physical city: organisations, objects, devices, and which device
//! sat on which object from when to when. An object is what people name; a device is what is
//! screwed to it (promise 11).

use crate::funding::Funding;
use crate::ids::{CommunityId, DeviceId, ObjectId, ObjectNo, ProfileId, PropertyId, ZoneId};
use crate::place::Place;
use crate::profile::Kind;
use crate::time::Timestamp;

/// Who may see an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Everybody.
    Public,
    /// People of the city's services.
    Internal,
    /// Only those who run it: feeders, cabinets, pumping stations, DMA inlets.
    Restricted,
}

impl Access {
    /// The word of files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Restricted => "restricted",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Public, Self::Internal, Self::Restricted].into_iter().find(|a| a.as_str() == text)
    }
}

/// What people name: post, vehicle, luminaire, cabinet, metering point.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Number in the series store.
    pub no: ObjectNo,
    /// Its id.
    pub id: ObjectId,
    /// Whose it is.
    pub community: CommunityId,
    /// Kind, of which the layer of the map follows.
    pub kind: Kind,
    /// Name for people.
    pub name: String,
    /// Where it stands; `None` for a vehicle, whose devices tell it.
    pub place: Option<Place>,
    /// Address in words.
    pub address: Option<String>,
    /// District, DMA, feeder or depot.
    pub zone: Option<ZoneId>,
    /// Queue of planned outages (черга).
    pub supply_queue: Option<String>,
    /// Who may see it.
    pub access: Access,
    /// Its readings come from a simulator; shown wherever they are.
    pub simulated: bool,
}

/// What is screwed to an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its id and MQTT user name.
    pub id: DeviceId,
    /// Community, the third word of its topics.
    pub community: CommunityId,
    /// Kind, the fourth word of its topics.
    pub kind: Kind,
    /// Its profile.
    pub profile: ProfileId,
    /// Name for people.
    pub name: String,
    /// Who paid.
    pub funding: Funding,
    /// Passport.
    pub passport: Passport,
    /// Taken into operation on this civil day (`YYYY-MM-DD`); `None`: registered only.
    pub commissioned_on: Option<String>,
    /// Taken out of operation; its history stays, the broker refuses it.
    pub decommissioned_at: Option<Timestamp>,
    /// Registered at.
    pub registered_at: Timestamp,
    /// Its readings come from a simulator.
    pub simulated: bool,
}

/// Papers of a device, each as its owner wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passport {
    /// Owner.
    pub owner: String,
    /// Responsible organisation.
    pub responsible: Option<String>,
    /// Balance holder (балансоутримувач).
    pub holder: Option<String>,
    /// Contract.
    pub contract: Option<String>,
    /// Commissioning act.
    pub act: Option<String>,
    /// Price, thousand UAH.
    pub price_kuah: Option<f64>,
    /// Inventory number.
    pub inventory_no: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// End of the warranty, `YYYY-MM-DD`.
    pub warranty_until: Option<String>,
    /// End of the metrological verification, `YYYY-MM-DD`.
    pub verified_until: Option<String>,
}

/// A device on an object, from a moment to a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Installation {
    /// The device.
    pub device: DeviceId,
    /// The object.
    pub object: ObjectNo,
    /// From this moment on.
    pub from: Timestamp,
    /// Until this moment, exclusive; `None`: still there.
    pub until: Option<Timestamp>,
}

impl Installation {
    /// Was the device on the object at `time`?
    pub fn covers(&self, time: Timestamp) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }
}

/// A property of an object: where its values stand in the object's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Datastream {
    /// The object.
    pub object: ObjectNo,
    /// Place in its rows.
    pub slot: u16,
    /// What is observed.
    pub property: PropertyId,
}
