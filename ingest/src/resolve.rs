//! From an arrival to rows of the store: decode the payload, find the device, the object it sat on
//! and the slots of its fields, convert to canonical units, and say what speaks against a value.
//! What cannot be used is put aside; nothing is dropped in silence.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use domain::directory::{Binding, DeviceEntry, Directory};
use domain::intake::{Reason, Tally};
use domain::limits::{FUTURE_MS_MAX, LATE_MS};
use domain::place::Place;
use domain::position::{Fix, Positions};
use domain::profile::Kind;
use domain::quality::Memory;
use domain::{Cell, ObjectMap, ObjectNo, Quality, Row, Timestamp};
use smallvec::SmallVec;
use store::series::{Series, Text};
use tokio::sync::mpsc;

use crate::arrival::Arrival;
use crate::aside::{self, Aside, Sound};
use crate::command::Command;
use crate::edges::Edges;
use crate::plan::{Plan, Plans, Role};
use crate::prepared::{Prepared, Sign};
use crate::route::{Refused, Route, is_of_a_host};
use codec::sparkplug;
use codec::{Decoded, Reading, Unusable};

mod fields;
mod recall;
mod trial;

use fields::Taken;
pub use trial::try_out;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Turns arrivals into rows. It remembers what it needs to judge the next reading of an object.
pub(crate) struct Resolver {
    /// What is known of objects; `None`: nothing.
    series: Option<Arc<dyn Series>>,
    plans: Plans,
    memories: ObjectMap<Memory>,
    positions: Positions,
    /// The last arrival time that stood for a missing device time.
    untimed: ObjectMap<Timestamp>,
    edges: Edges,
    commands: mpsc::Sender<Command>,
}

/// A device and how it is read.
struct Source {
    entry: Arc<DeviceEntry>,
    plan: Arc<Plan>,
    /// Each of its messages is one value: one that the profile does not know is an unknown field.
    says_one_value: bool,
}

impl Resolver {
    pub(crate) fn new(
        series: Option<Arc<dyn Series>>,
        positions: Positions,
        commands: mpsc::Sender<Command>,
    ) -> Self {
        Self {
            series,
            plans: Plans::default(),
            memories: ObjectMap::default(),
            positions,
            untimed: ObjectMap::default(),
            edges: Edges::default(),
            commands,
        }
    }

    /// Adds an arrival to the batch. A payload that makes a codec panic is put aside as poisoned:
    /// it never stops a batch.
    pub(crate) fn resolve(
        &mut self,
        directory: &Directory,
        mut arrival: Arrival,
        out: &mut Prepared,
    ) {
        let mark = out.mark();
        let read = catch_unwind(AssertUnwindSafe(|| self.read(directory, &arrival, out)));
        let (device, mut tally) = read.unwrap_or_else(|_| {
            out.truncate(mark);
            let mut tally = Tally::default();
            let why = (Reason::Poisoned, "its decoding failed");
            aside::put_whole(&arrival, "", why, &mut tally, &mut out.quarantined);
            (None, tally)
        });
        if let Some(replay) = &mut arrival.replay {
            replay.judge(mark, &mut tally, out);
        }
        if arrival.token.is_quality_0() {
            tally.qos0 = tally.received;
        }
        out.close(mark, arrival, device, tally);
    }

    fn read(
        &mut self,
        directory: &Directory,
        arrival: &Arrival,
        out: &mut Prepared,
    ) -> (Option<Arc<DeviceEntry>>, Tally) {
        let mut tally = Tally::default();
        let payload = &arrival.payload;
        let route = Route::of(&arrival.topic);
        if route.as_ref().is_ok_and(Route::is_of_gateway) || is_of_a_host(&arrival.topic) {
            return (None, tally);
        }
        if let (Ok(route), None) = (&route, &arrival.replay) {
            self.hear_edge(directory, route, arrival, &mut out.signs);
        }
        let found = route.and_then(|route| {
            Ok((route.find(directory, payload, arrival.speaker.as_ref())?, route))
        });
        let (entry, route) = match found {
            Ok(found) => found,
            Err(Refused { claimed, reason, detail }) => {
                let why = (reason, detail.as_str());
                aside::put_whole(arrival, &claimed, why, &mut tally, &mut out.quarantined);
                return (None, tally);
            }
        };
        if arrival.replay.is_some()
            && matches!(route.event(), "NBIRTH" | "DBIRTH")
            && let Ok(birth) = sparkplug::read(payload)
        {
            self.edges.hear_again(&route.device, &birth, arrival.received_at);
        }
        let says_one_value = route.says_one_value();
        let source = Source { plan: self.plans.of(&entry.profile), entry, says_one_value };
        let mut decoded = self.decode(&route, &source, arrival);
        if let (Ok(decoded), Some(replay)) = (&mut decoded, &arrival.replay) {
            replay.narrow(decoded);
        }
        let mut aside = Aside::default();
        let mut sound: SmallVec<[Sound; 4]> = SmallVec::new();
        match decoded {
            Err(refused) => aside.put(refused),
            Ok(Decoded { readings, unusable }) => {
                for refused in unusable {
                    aside.put(refused);
                }
                for reading in &readings {
                    let before = tally.received;
                    let refused = self.take(directory, &source, reading, arrival, &mut tally, out);
                    let element = reading.element;
                    sound.push((element, tally.received - before));
                    for (reason, detail) in refused {
                        aside.put(Unusable { element, reason, detail });
                    }
                }
            }
        }
        let device = source.entry.device.id.as_str();
        aside.finish(arrival, device, &sound, &mut tally, &mut out.quarantined);
        (Some(source.entry), tally)
    }

    /// Takes note of what a Sparkplug edge node says, when it is registered and whoever brought
    /// the message may speak for it.
    fn hear_edge(
        &mut self,
        directory: &Directory,
        route: &Route<'_>,
        arrival: &Arrival,
        signs: &mut Vec<Sign>,
    ) {
        let Some(node) = route.edge_node() else { return };
        let speaker = arrival.speaker.as_ref();
        let of_speaker = |name: &str| {
            let entry = directory.device_by_external_id(&name.to_lowercase())?;
            route.admit(entry, speaker).is_ok().then_some(entry)
        };
        if of_speaker(node).is_none() {
            return;
        }
        let Ok(payload) = sparkplug::read(&arrival.payload) else { return };
        let at = arrival.received_at;
        let heard = self.edges.hear(node, &route.device, route.event(), &payload, at);
        signs.extend(heard.signs.into_iter().filter_map(|(name, presence)| {
            let entry = of_speaker(&name)?;
            let object = entry.binding_at(at)?.object.no;
            Some(Sign { object, device: entry.device.id.clone(), presence })
        }));
        if !heard.wants_rebirth {
            return;
        }
        let Some((group, name)) = node.split_once('/') else { return };
        let command = Command {
            gateway: Arc::clone(&arrival.gateway),
            topic: format!("spBv1.0/{group}/NCMD/{name}"),
            payload: sparkplug::rebirth_request(at),
        };
        if self.commands.try_send(command).is_err() {
            tracing::warn!(node, "too many commands wait, a rebirth is asked for later");
        }
    }

    fn decode<'p>(
        &self,
        route: &Route<'_>,
        source: &Source,
        arrival: &'p Arrival,
    ) -> Result<Decoded<'p>, Unusable> {
        let (payload, at) = (&arrival.payload[..], arrival.received_at);
        let known = route.edge_node().and_then(|node| match arrival.replay {
            None => self.edges.birth(node, &route.device),
            // It may be older than the birth that is known: then it has to speak for itself.
            Some(_) => self.edges.birth_then(node, &route.device, at),
        });
        match known {
            Some(birth) => sparkplug::decode(route.event(), birth, payload, at),
            None => route.decode(&source.entry.profile, payload, at),
        }
    }

    /// Adds one reading to the batch; what of it has to be put aside.
    fn take(
        &mut self,
        directory: &Directory,
        source: &Source,
        reading: &Reading<'_>,
        arrival: &Arrival,
        tally: &mut Tally,
        out: &mut Prepared,
    ) -> Vec<(Reason, String)> {
        if source.entry.device.kind == Kind::Gateway {
            pass_over(reading, tally);
            return Vec::new();
        }
        let binding = match bind(source, reading, arrival.received_at) {
            Ok(binding) => binding,
            Err(refused) => return vec![refused],
        };
        let object = binding.object.no;
        if !self.memories.contains_key(&object) {
            self.recall(directory, object, source.plan.has_texts(), out);
        }
        let Some(taken) = fields::take(&source.plan, binding, reading) else {
            if source.says_one_value {
                pass_over(reading, tally);
                return Vec::new();
            }
            return vec![(Reason::NoKnownField, no_known_field(source, reading))];
        };
        let (time, mut flags) = self.settle_time(object, reading, arrival.replay.is_some());
        if arrival.received_at.since_ms(time) > LATE_MS {
            flags = flags.with(Quality::LATE);
        }
        let Taken { numbers, texts, unknown, repeated, refused } = taken;
        tally.received += (numbers.len() + texts.len()) as u64 + unknown + repeated;
        tally.unknown_field += unknown;
        tally.duplicate += repeated;
        let memory = self.memories.entry(object).or_default();
        for (index, text) in &texts {
            if source.plan.roles[*index] == Role::Status {
                memory.note_status(time, text);
            }
        }
        flags = flags.with(memory.measuring(time));
        let mut cells: SmallVec<[Cell; 6]> = SmallVec::with_capacity(numbers.len());
        for number in &numbers {
            let field = &source.plan.profile.fields[number.field];
            let judged = memory.judge(field, number.slot, time, number.value);
            cells.push(Cell {
                slot: number.slot,
                value: number.value,
                quality: flags.with(judged),
            });
        }
        cells.sort_by_key(|cell| cell.slot);
        let place_slots = self.judge_place(source, binding, time, &mut cells);
        if !cells.is_empty() {
            out.batch.rows.push(Row { object, time, arrival: arrival.received_at, cells });
            out.place_slots.push(place_slots);
        }
        for (index, text) in texts {
            let property = source.plan.profile.fields[index].property.clone();
            let arrival = arrival.received_at;
            out.batch.texts.push(Text { object, property, time, arrival, text });
        }
        refused
    }

    /// Two readings without a time of their own never share one: within a millisecond of arrival
    /// the second would look like a correction of the first. Elements of one message lie a
    /// millisecond apart, by their place in it. What comes again happened when it came first,
    /// whatever came since.
    fn settle_time(
        &mut self,
        object: ObjectNo,
        reading: &Reading<'_>,
        is_replay: bool,
    ) -> (Timestamp, Quality) {
        if !reading.flags.has(Quality::NO_DEVICE_TIME) {
            return (reading.time, reading.flags);
        }
        let own = reading.time.plus_ms(reading.element.unwrap_or(0).into());
        let free = if is_replay {
            own
        } else {
            let last = self.untimed.entry(object).or_insert(Timestamp(i64::MIN));
            *last = own.max(last.plus_ms(1));
            *last
        };
        let moved = if free == reading.time { Quality::GOOD } else { Quality::CLOCK };
        (free, reading.flags.with(moved))
    }

    /// Flags latitude and longitude that are not believed; their slots.
    fn judge_place(
        &mut self,
        source: &Source,
        binding: &Binding,
        time: Timestamp,
        cells: &mut [Cell],
    ) -> Option<(u16, u16)> {
        let slot = |role| binding.slots[source.plan.of_role(role)?];
        let slots = (slot(Role::Latitude)?, slot(Role::Longitude)?);
        let find = |slot| cells.iter().position(|cell: &Cell| cell.slot == slot);
        let (lat, lon) = (find(slots.0)?, find(slots.1)?);
        let community = &binding.object.community;
        let is_suspect = match Place::new(cells[lat].value, cells[lon].value) {
            Some(place) => {
                self.positions.is_suspect(binding.object.no, community, Fix { place, time })
            }
            None => true,
        };
        if is_suspect {
            for index in [lat, lon] {
                cells[index].quality = cells[index].quality.with(Quality::POSITION_SUSPECT);
            }
        }
        Some(slots)
    }

    /// Takes over what the store knows of an object that is met for the first time.
    fn recall(&mut self, directory: &Directory, object: ObjectNo, texts: bool, out: &mut Prepared) {
        let Some(series) = &self.series else { return };
        match recall::known(&**series, directory, object, texts) {
            Ok(known) => {
                let memory = self.memories.entry(object).or_default();
                recall::remember(memory, &mut self.positions, object, &known);
                out.recalled.push((object, known));
            }
            Err(error) => tracing::warn!(%error, "what is known of an object could not be read"),
        }
    }
}

/// Counts the fields of a reading of which nothing is wanted.
fn pass_over(reading: &Reading<'_>, tally: &mut Tally) {
    tally.received += reading.fields.len() as u64;
    tally.unknown_field += reading.fields.len() as u64;
}

/// Where the device sat at the time of the reading, if that time can be.
fn bind<'a>(
    source: &'a Source,
    reading: &Reading<'_>,
    received_at: Timestamp,
) -> Result<&'a Binding, (Reason, String)> {
    let age_ms = received_at.since_ms(reading.time);
    if age_ms < -FUTURE_MS_MAX {
        let seconds = -age_ms / 1000;
        return Err((Reason::FutureTime, format!("{} lies {seconds} s ahead", reading.time)));
    }
    if let Some(days) = source.plan.profile.retention_days
        && age_ms > i64::from(days) * DAY_MS
    {
        let detail = format!("{} is older than the {days} days that are kept", reading.time);
        return Err((Reason::ExpiredTime, detail));
    }
    source.entry.binding_at(reading.time).ok_or_else(|| {
        let device = &source.entry.device.id;
        (Reason::NotInstalled, format!("`{device}` sat on no object at {}", reading.time))
    })
}

fn no_known_field(source: &Source, reading: &Reading<'_>) -> String {
    let names: Vec<_> = reading
        .fields
        .iter()
        .take(8)
        .map(|(name, _)| name.chars().take(32).collect())
        .collect::<Vec<String>>();
    format!("profile `{}` knows none of `{}`", source.plan.profile.id, names.join("`, `"))
}
