//! What the devices of a plan measure: pure functions of seed, device and time. A device can be
//! asked about any moment, so a restart, a backlog or another speed changes nothing it says.

mod air;
mod events;
mod light;
mod night;
mod sun;
mod vehicle;
mod water;
mod weather;

use domain::Timestamp;
use serde::{Serialize, Serializer};

use crate::civil::{DAY_MS, MINUTE_MS};
use crate::noise::Key;
use crate::plan::{Device, Plan, Role, Tracker};
use events::Events;
use night::{Hours, Nights};

/// A value as it goes on the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in the unit of its field.
    Number(f64),
    /// A state.
    Flag(bool),
    /// A short text.
    Text(String),
}

impl Value {
    /// A number with so many digits after the point, as a device would print it.
    fn number(value: f64, digits: i32) -> Self {
        let scale = 10_f64.powi(digits);
        // Adding zero turns −0 into 0.
        Self::Number((value * scale).round() / scale + 0.0)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// What a device measured at one moment, before any fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Time stamp: begin of the averaging interval where the profile averages.
    pub at: Timestamp,
    /// Fields in the order in which the device prints them.
    pub values: Vec<(&'static str, Value)>,
}

/// Everything that the devices of a plan share: the sky, the clock, and what befalls the city.
#[derive(Debug)]
pub struct Scene {
    seed: u64,
    start: Timestamp,
    nights: Nights,
    events: Events,
}

/// Interval of air posts.
const AIR_MS: i64 = MINUTE_MS;
/// Interval of luminaires, cabinets, flow and pressure meters.
const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// Interval of a parked vehicle.
const PARKED_MS: i64 = 5 * MINUTE_MS;
/// Heartbeat of a leak sensor.
const HEARTBEAT_MS: i64 = DAY_MS;
/// The first reading of each device comes within this time of the start.
const FIRST_WITHIN_MS: f64 = 10_000.0;

impl Scene {
    /// The city of a plan from a moment on; `troubled`: feeders fail, GPS is spoofed, pipes leak.
    pub fn new(plan: &Plan, start: Timestamp, troubled: bool) -> Self {
        let dma = |device: &Device| match &device.role {
            Role::FlowMeter(point) => usize::from(point.dma) + 1,
            _ => 0,
        };
        let dmas = plan.devices.iter().map(dma).max().unwrap_or(0);
        let events = Events::new(plan.seed, start, plan.feeders(), dmas, troubled);
        Self { seed: plan.seed, start, nights: Nights::new(), events }
    }

    /// The moment from which on the scene plays.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    pub(crate) fn key(&self, device: &Device, purpose: &str) -> Key {
        Key::new(self.seed, device.id.as_str(), purpose)
    }

    /// What the device would send at a moment; `None` when its line is without voltage.
    pub fn reading(&self, device: &Device, at: Timestamp) -> Option<Reading> {
        let own = self.key(device, "measures");
        Some(match &device.role {
            Role::AirPost(site) => {
                let minute = at.millis().div_euclid(AIR_MS) - 1;
                air::reading(self.seed, own, *site, Timestamp(minute * AIR_MS))
            }
            Role::Tracker(tracker) => self.tracker(device, tracker, at),
            Role::Luminaire(facts) => {
                if self.events.is_dark(facts.feeder, at) {
                    return None;
                }
                let line = self.line(facts.feeder);
                let burned = self.burned(facts.feeder, at);
                let supply = light::Supply { line, lit_from: self.lit_from(facts.feeder, at) };
                light::luminaire(facts, own, &supply, self.nights.level(at), burned, at)
            }
            Role::Cabinet(facts) => {
                let (line, dark) = (self.line(facts.feeder), self.events.is_dark(facts.feeder, at));
                let supply = light::Supply { line, lit_from: self.lit_from(facts.feeder, at) };
                light::cabinet(facts, &supply, self.nights.level(at), dark, at)
            }
            Role::FlowMeter(point) => {
                water::flow(point, own, self.events.leaked(point.dma, at), at)
            }
            Role::PressureMeter(point) => {
                water::pressure(point, own, self.events.leaks(point.dma, None, at), at)
            }
            Role::LeakSensor(point) => {
                water::leak(own, self.events.leaks(point.dma, Some(point.valve), at), at)
            }
        })
    }

    fn tracker(&self, device: &Device, tracker: &Tracker, at: Timestamp) -> Reading {
        let mut reading = vehicle::reading(tracker, self.key(device, "measures"), at);
        if let Some(place) = self.events.spoofed(self.key(device, "spoofing"), at) {
            for (name, value) in &mut reading.values {
                match *name {
                    "lat" => *value = Value::number(place.lat, 6),
                    "lon" => *value = Value::number(place.lon, 6),
                    _ => {}
                }
            }
        }
        reading
    }

    /// Draws of a feeder, the same for its cabinet and its luminaires.
    fn line(&self, feeder: u16) -> Key {
        Key::new(self.seed, &format!("feeder {feeder}"), "line")
    }

    /// When the lamps of a feeder came on last: at dusk, or when its supply returned.
    fn lit_from(&self, feeder: u16, at: Timestamp) -> Timestamp {
        let (on, _) = self.nights.night(at);
        self.events.restored(feeder, at).map_or(on, |restored| restored.max(on))
    }

    /// Hours that the lamps of a feeder burned: as the programme asks, without the outages.
    fn burned(&self, feeder: u16, at: Timestamp) -> Hours {
        let asked = self.nights.hours(at);
        self.events.dark_spans(feeder, at).fold(asked, |burned, (from, until)| {
            burned - (self.nights.hours(until) - self.nights.hours(from))
        })
    }

    /// When a device speaks for the first time.
    pub(crate) fn first_at(&self, device: &Device) -> Timestamp {
        let spread = self.key(device, "first").unit(0) * FIRST_WITHIN_MS;
        self.start.plus_ms(spread as i64)
    }

    /// When a device speaks next, strictly after a moment: on its grid, or at once when something
    /// happens to it.
    pub(crate) fn next_at(&self, device: &Device, after: Timestamp) -> Timestamp {
        let grid = |interval_ms: i64| {
            let phase = (self.key(device, "phase").unit(0) * interval_ms as f64) as i64;
            let passed = (after.millis() - phase).div_euclid(interval_ms);
            Timestamp((passed + 1) * interval_ms + phase)
        };
        let lag = |most_ms: f64| (self.key(device, "lag").between(0, 0.05, 1.0) * most_ms) as i64;
        let happenings = |moments: Vec<Timestamp>, most_ms: f64| {
            let with_lag = moments.into_iter().map(|m| m.plus_ms(lag(most_ms)));
            with_lag.filter(|m| *m > after).min()
        };
        let (regular, sudden) = match &device.role {
            Role::AirPost(_) => (grid(AIR_MS), None),
            Role::Tracker(tracker) => {
                let moving = vehicle::in_service(tracker, self.key(device, "measures"), after);
                let own_ms = 1_000 * (2 + self.key(device, "interval").index(0, 4) as i64);
                (grid(if moving { own_ms } else { PARKED_MS }), None)
            }
            Role::Luminaire(facts) => {
                (grid(QUARTER_MS), happenings(self.switchings(facts.feeder, after), 60_000.0))
            }
            Role::Cabinet(facts) => {
                (grid(QUARTER_MS), happenings(self.switchings(facts.feeder, after), 3_000.0))
            }
            Role::LeakSensor(point) => {
                let edges = self.events.leak_edges(point.dma, point.valve, after);
                (grid(HEARTBEAT_MS), happenings(edges, 20_000.0))
            }
            Role::FlowMeter(_) | Role::PressureMeter(_) => (grid(QUARTER_MS), None),
        };
        sudden.map_or(regular, |sudden| sudden.min(regular))
    }

    /// Moments around `at` at which the lamps or the supply of a feeder are switched.
    fn switchings(&self, feeder: u16, at: Timestamp) -> Vec<Timestamp> {
        let (on, off) = self.nights.night(at);
        let mut moments = self.events.dark_edges(feeder, at);
        moments.extend([on, off]);
        moments
    }

    /// Moments of the day before the start from which a device still holds readings, oldest first:
    /// each second minute for air posts, which keeps their day in one message, each quarter of an
    /// hour for the others. Trackers, luminaires and leak sensors keep none.
    pub(crate) fn kept(&self, device: &Device) -> Vec<Timestamp> {
        let step_ms = match device.role {
            Role::Tracker(_) | Role::Luminaire(_) | Role::LeakSensor(_) => return Vec::new(),
            Role::AirPost(_) => 2 * MINUTE_MS,
            Role::Cabinet(_) | Role::FlowMeter(_) | Role::PressureMeter(_) => QUARTER_MS,
        };
        // On whole steps, so that a restart sends the same readings again, not new ones.
        let last = self.start.millis().div_euclid(step_ms);
        (last - DAY_MS / step_ms..last).map(|n| Timestamp(n * step_ms)).collect()
    }
}

#[cfg(test)]
mod tests;
