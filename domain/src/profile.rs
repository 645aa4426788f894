//! Device profiles: what a kind of device sends, in which units, how often, and what counts as
//! believable. Profiles are readable files (`store::profile_file` parses them).

use std::fmt;
use std::str::FromStr;

use crate::ids::{BadId, ProfileId, PropertyId};
use crate::unit::{Conversion, Unit};

/// The word of the topic; of objects also the layer of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Air-quality posts.
    Air,
    /// Public transport.
    Vehicle,
    /// Luminaires and lighting cabinets.
    Light,
    /// Leak sensors, flow and pressure meters.
    Water,
    /// Gateways: `LoRaWAN` servers, Sparkplug edge nodes. They measure nothing, sit on no object
    /// and speak for the devices bound to them.
    Gateway,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Air, Self::Vehicle, Self::Light, Self::Water, Self::Gateway];

    /// Kinds of objects, in the order of the interface.
    pub const OF_OBJECTS: [Self; 4] = [Self::Air, Self::Vehicle, Self::Light, Self::Water];

    /// The word of topics, files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Air => "air",
            Self::Vehicle => "vehicle",
            Self::Light => "light",
            Self::Water => "water",
            Self::Gateway => "gateway",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| BadId {
            what: "kind",
            text: text.chars().take(80).collect(),
            expected: "air, vehicle, light, water or gateway",
        })
    }
}

/// What is expected of a device, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// A reading each interval, day and night.
    Periodic,
    /// A reading each interval while its line is under voltage (lamps on cabinets without
    /// permanent supply).
    WhileEnergised,
    /// A reading each interval while in service: with a run, or with the ignition on.
    InService,
    /// A sign of life each interval, and events when they happen (leak sensors).
    HeartbeatAndEvents,
}

impl Regime {
    /// All regimes, in the order of the interface.
    pub const ALL: [Self; 4] =
        [Self::Periodic, Self::WhileEnergised, Self::InService, Self::HeartbeatAndEvents];

    /// The word of profile files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::WhileEnergised => "while-energised",
            Self::InService => "in-service",
            Self::HeartbeatAndEvents => "heartbeat-and-events",
        }
    }
}

/// What a reading's time stamp means for averaged values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A momentary value.
    Instant,
    /// The begin of the averaging interval.
    Begin,
    /// The end of the averaging interval; resolved to its begin for calendars of hours and days.
    End,
}

impl Stamp {
    /// All of them, in the order of the interface.
    pub const ALL: [Self; 3] = [Self::Instant, Self::Begin, Self::End];

    /// The word of profile files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Begin => "begin",
            Self::End => "end",
        }
    }
}

/// One field of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The field's name on the wire.
    pub name: String,
    /// Where it stands in a JSON payload of a foreign form, an RFC 6901 pointer such as
    /// `/ENERGY/Power`; `None`: at the top, under its name.
    pub pointer: Option<String>,
    /// What it measures; its unit inside and on screen follow from it.
    pub property: PropertyId,
    /// The unit in which the device sends it.
    pub unit: Unit,
    /// From the device's unit to the canonical one: the unit's conversion, or the profile's own
    /// factor (a gas in ppb).
    pub conversion: Conversion,
    /// Valid range in the canonical unit; outside of it the value is flagged `range`.
    pub range: Option<(f64, f64)>,
    /// Largest believable change per second in the canonical unit; beyond it flagged `rate`.
    pub rate_per_s_max: Option<f64>,
    /// A value unchanged for longer is flagged `flat`, seconds.
    pub flat_s_max: Option<u32>,
}

/// A profile: the contract with one kind of device.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// Kind of such devices, and of the objects on which they sit.
    pub kind: Kind,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// What is expected.
    pub regime: Regime,
    /// Expected interval between readings, seconds.
    pub interval_s: u32,
    /// What a time stamp means.
    pub stamp: Stamp,
    /// Averaging time of a reading, seconds; 0 for momentary values.
    pub averaging_s: u32,
    /// How long raw readings are kept, days; `None` for ever.
    pub retention_days: Option<u32>,
    /// The fields; a gateway has none.
    pub fields: Vec<Field>,
}

impl Profile {
    /// The field of a name on the wire.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}
