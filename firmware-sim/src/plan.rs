//! The seeded city: which devices stand where, who owns them and who paid. A plan is plain data;
//! the same seed gives the same city, and what the devices then say is `behaviour`'s business.

mod air;
mod device_file;
mod fleet;
mod light;
mod line;
mod map;
mod timetable;
mod water;

use std::sync::Arc;

use domain::place::Place;
use domain::profile::Kind;
use domain::registry::Access;
use domain::topic::{Channel, Topic};
use domain::{CommunityId, DeviceId};

pub use device_file::device_csv;
pub use line::Line;
pub use timetable::{Mode, Route};

pub(crate) use device_file::quoted;
pub(crate) use line::moved;
pub(crate) use water::LEAK_SENSORS as LEAK_SENSORS_PER_DMA;

use map::CityMap;

/// A city of simulated devices.
#[derive(Debug)]
pub struct Plan {
    /// The seed it was drawn from.
    pub seed: u64,
    /// All devices, ordered by id within each kind.
    pub devices: Vec<Device>,
}

/// A simulated device: its row of the device import, and what it is.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id, MQTT user name and third word of its topics.
    pub id: DeviceId,
    /// Community.
    pub community: CommunityId,
    /// Kind.
    pub kind: Kind,
    /// Its profile.
    pub profile: &'static str,
    /// Name for people, Ukrainian.
    pub name: String,
    /// Where it stands; `None` for a vehicle.
    pub place: Option<Place>,
    /// Address in words.
    pub address: Option<Arc<str>>,
    /// Who paid: a source as the device import writes it.
    pub funding: &'static str,
    /// Owner.
    pub owner: &'static str,
    /// District, feeder, depot or DMA.
    pub zone: Arc<str>,
    /// Queue of planned outages.
    pub supply_queue: Option<Arc<str>>,
    /// Who may see its object.
    pub access: Access,
    /// Taken into operation, `YYYY-MM-DD`.
    pub commissioned_on: &'static str,
    /// The device on whose connection it speaks; `None`: its own.
    pub gateway: Option<DeviceId>,
    /// What it is.
    pub role: Role,
}

/// What a device is, with the facts its behaviour needs.
#[derive(Clone, Debug)]
pub enum Role {
    /// An air post.
    AirPost(Site),
    /// A tracker on a vehicle.
    Tracker(Tracker),
    /// A luminaire.
    Luminaire(Luminaire),
    /// A lighting cabinet.
    Cabinet(Cabinet),
    /// An acoustic leak sensor.
    LeakSensor(WaterPoint),
    /// A flow meter at the inlet of a DMA.
    FlowMeter(WaterPoint),
    /// A pressure meter.
    PressureMeter(WaterPoint),
}

/// What surrounds an air post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Beside a busy street.
    Traffic,
    /// Among houses.
    Urban,
    /// Park or sea shore.
    Background,
    /// Beside industry.
    Industrial,
}

/// A vehicle's place in the timetable of its route.
#[derive(Clone, Debug)]
pub struct Tracker {
    /// Its route.
    pub route: Arc<Route>,
    /// Its number among the vehicles of the route, from 0: its run (випуск) is one more.
    pub rank: u32,
    /// It also runs at night.
    pub night_duty: bool,
}

/// A luminaire on its feeder.
#[derive(Clone, Debug)]
pub struct Luminaire {
    /// Its feeder, from 0.
    pub feeder: u16,
    /// Its phase, 0–2.
    pub phase: u8,
    /// Its lamp.
    pub lamp: Lamp,
}

/// What shines in a luminaire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lamp {
    /// 65 W, dims.
    Led,
    /// 150 W high-pressure sodium, does not dim, needs minutes to run up.
    Sodium,
}

impl Lamp {
    /// Nominal power, W.
    pub const fn nominal_w(self) -> f64 {
        match self {
            Self::Led => 65.0,
            Self::Sodium => 150.0,
        }
    }
}

/// A cabinet and the lamps behind it.
#[derive(Clone, Debug)]
pub struct Cabinet {
    /// Its feeder, from 0.
    pub feeder: u16,
    /// LED luminaires on each phase.
    pub led: [u16; 3],
    /// Sodium luminaires on each phase.
    pub sodium: [u16; 3],
}

/// A point of the water network.
#[derive(Clone, Debug)]
pub struct WaterPoint {
    /// Its DMA, from 0; those of Rozdilna follow those of Odesa.
    pub dma: u16,
    /// Number of a leak sensor in its DMA, from 0.
    pub valve: u8,
    /// Mean flow into the DMA, l/s.
    pub mean_l_s: f64,
    /// Pressure at the point with the mean flow, bar.
    pub pressure_bar: f64,
}

impl Plan {
    /// The Odesa of `data/city/odesa.geojson`, with posts of Chornomorsk and Rozdilna.
    pub fn new(seed: u64) -> Self {
        let map = CityMap::parse(map::ODESA).expect("the embedded map parses: every test reads it");
        let mut devices = air::posts(&map);
        devices.extend(fleet::trackers(seed, &map));
        devices.extend(light::cabinets_and_luminaires(seed, &map));
        devices.extend(water::points(seed, &map));
        Self { seed, devices }
    }

    /// Leaves only the devices that `keep` wants; a luminaire goes with its gateway.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&Device) -> bool) -> Self {
        self.devices.retain(keep);
        let ids: std::collections::HashSet<DeviceId> =
            self.devices.iter().map(|d| d.id.clone()).collect();
        self.devices.retain(|d| d.gateway.as_ref().is_none_or(|gateway| ids.contains(gateway)));
        self
    }

    /// The device of an id.
    pub fn device(&self, id: &str) -> Option<&Device> {
        self.devices.iter().find(|d| d.id.as_str() == id)
    }

    /// Number of feeders.
    pub fn feeders(&self) -> usize {
        self.devices.iter().filter(|d| matches!(d.role, Role::Cabinet(_))).count()
    }
}

impl Device {
    /// A topic of the device.
    pub fn topic(&self, channel: Channel) -> String {
        Topic {
            community: self.community.clone(),
            kind: self.kind,
            device: self.id.clone(),
            channel,
        }
        .to_string()
    }
}

/// An id made of words and numbers of this crate.
pub(crate) fn own_id<T: std::str::FromStr>(text: &str) -> T {
    match text.parse() {
        Ok(id) => id,
        Err(_) => unreachable!("ids of the plan are slugs; the plan's tests print each of them"),
    }
}

#[cfg(test)]
mod tests;
