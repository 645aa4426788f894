//! The state of the city: the newest value, text and place of every object. A commit goes in,
//! what is newer than before comes out. Late readings never move it.

use std::sync::Arc;

use crate::change::{Change, Latest, LatestText, Position, Presence};
use crate::ids::{DeviceId, ObjectNo, PropertyId};
use crate::limits::LATE_MS;
use crate::object_map::ObjectMap;
use crate::observation::{Cell, Quality};
use crate::place::Place;
use crate::time::Timestamp;

/// One reading as it was committed.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The object.
    pub object: ObjectNo,
    /// The device that sent it.
    pub device: &'a DeviceId,
    /// Phenomenon time.
    pub time: Timestamp,
    /// Arrival time.
    pub arrival: Timestamp,
    /// Its values, by slot.
    pub cells: &'a [Cell],
    /// Its texts.
    pub texts: &'a [(PropertyId, Arc<str>)],
    /// The slots of latitude and longitude, when the object has them.
    pub place_slots: Option<(u16, u16)>,
    /// It says only whether the device is there.
    pub presence: Option<Presence>,
}

impl<'a> Reading<'a> {
    /// A reading that says nothing yet.
    pub const fn of(
        object: ObjectNo,
        device: &'a DeviceId,
        time: Timestamp,
        arrival: Timestamp,
    ) -> Self {
        let (cells, texts) = (&[], &[]);
        Self { object, device, time, arrival, cells, texts, place_slots: None, presence: None }
    }

    fn cell(&self, slot: u16) -> Option<&Cell> {
        self.cells.iter().find(|c| c.slot == slot)
    }

    /// The place of the reading and whether it is believed.
    fn place(&self) -> Option<(Place, bool)> {
        let (lat, lon) = self.place_slots?;
        let (lat, lon) = (self.cell(lat)?, self.cell(lon)?);
        let suspect = lat.quality.with(lon.quality).has(Quality::POSITION_SUSPECT);
        Place::new(lat.value, lon.value).map(|place| (place, suspect))
    }
}

/// What the store knows of an object, when its first reading since the start comes.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Newest values by slot.
    pub values: Vec<(u16, Latest)>,
    /// Newest texts.
    pub texts: Vec<(PropertyId, LatestText)>,
    /// Last place.
    pub position: Option<Position>,
}

#[derive(Debug, Default)]
struct Seen {
    known: Known,
    measured_at: Timestamp,
    arrived_at: Timestamp,
    /// Newest fix, believed or not.
    fixed_at: Timestamp,
    /// Its device took leave and has said nothing since.
    is_gone: bool,
    /// Number of the application that touched it last, and its place among those changes.
    touched: (u64, usize),
}

/// The newest state of all objects that were heard of.
#[derive(Debug, Default)]
pub struct City {
    objects: ObjectMap<Seen>,
    applied: u64,
}

impl City {
    /// Was anything of the object told or recalled already?
    pub fn knows(&self, object: ObjectNo) -> bool {
        self.objects.contains_key(&object)
    }

    /// Takes over what the store knows, unless something newer was told already.
    pub fn recall(&mut self, object: ObjectNo, known: Known) {
        self.objects.entry(object).or_insert_with(|| Seen {
            measured_at: known.values.iter().map(|(_, v)| v.time).max().unwrap_or_default(),
            arrived_at: known.values.iter().map(|(_, v)| v.arrival).max().unwrap_or_default(),
            fixed_at: known.position.map(|p| p.time).unwrap_or_default(),
            known,
            is_gone: false,
            touched: (0, 0),
        });
    }

    /// Applies the readings of one commit in the order of their arrival; what is newer than
    /// before, at most one change for each object.
    pub fn apply<'a>(
        &mut self,
        readings: impl IntoIterator<Item = Reading<'a>>,
        now: Timestamp,
    ) -> Vec<Change> {
        self.applied += 1;
        let mut changes = Vec::new();
        for reading in readings {
            // Who is not known yet cannot take leave; what the store knows is still to be recalled.
            let is_stranger = reading.presence.is_some() && !self.knows(reading.object);
            if is_stranger || now.since_ms(reading.time) > LATE_MS {
                continue;
            }
            let seen = self.objects.entry(reading.object).or_default();
            let (applied, index) = seen.touched;
            if applied == self.applied {
                seen.update(&reading, &mut changes[index]);
                continue;
            }
            let mut change = Change {
                object: reading.object,
                device: reading.device.clone(),
                measured_at: seen.measured_at,
                arrived_at: seen.arrived_at,
                values: Vec::new(),
                texts: Vec::new(),
                position: None,
                is_gone: seen.is_gone,
            };
            if seen.update(&reading, &mut change) {
                seen.touched = (self.applied, changes.len());
                changes.push(change);
            }
        }
        changes
    }
}

impl Seen {
    /// Moves what is newer and writes it into `change`; `true` when anything was.
    fn update(&mut self, reading: &Reading<'_>, change: &mut Change) -> bool {
        if let Some(presence) = reading.presence {
            return self.update_presence(presence, change);
        }
        let mut is_newer = false;
        for cell in reading.cells {
            is_newer |= self.update_value(reading, cell, change);
        }
        for (property, text) in reading.texts {
            is_newer |= self.update_text(reading, property, text, change);
        }
        is_newer |= self.update_position(reading, change);
        if is_newer {
            self.measured_at = self.measured_at.max(reading.time);
            self.arrived_at = self.arrived_at.max(reading.arrival);
            change.measured_at = self.measured_at;
            change.arrived_at = self.arrived_at;
            change.device = reading.device.clone();
            self.update_presence(Presence::Here, change);
        }
        is_newer
    }

    fn update_presence(&mut self, presence: Presence, change: &mut Change) -> bool {
        let was_gone = self.is_gone;
        self.is_gone = presence == Presence::Gone;
        change.is_gone = self.is_gone;
        self.is_gone != was_gone
    }

    fn update_value(&mut self, reading: &Reading<'_>, cell: &Cell, change: &mut Change) -> bool {
        let latest = Latest {
            time: reading.time,
            arrival: reading.arrival,
            value: cell.value,
            quality: cell.quality,
        };
        let position = self.known.values.iter().position(|(slot, _)| *slot == cell.slot);
        if let Some(index) = position {
            let known = &mut self.known.values[index].1;
            let is_repeat =
                known.time == latest.time && known.value.to_bits() == latest.value.to_bits();
            if known.time > latest.time || is_repeat {
                return false;
            }
            *known = latest;
        } else {
            self.known.values.push((cell.slot, latest));
        }
        put(&mut change.values, cell.slot, latest);
        true
    }

    fn update_text(
        &mut self,
        reading: &Reading<'_>,
        property: &PropertyId,
        text: &Arc<str>,
        change: &mut Change,
    ) -> bool {
        let known = self.known.texts.iter_mut().find(|(p, _)| p == property);
        let latest = LatestText { time: reading.time, text: Arc::clone(text) };
        match known {
            // A text that stays the same holds since its first time.
            Some((_, known)) if known.time > latest.time || known.text == latest.text => {
                return false;
            }
            Some((_, known)) => *known = latest.clone(),
            None => self.known.texts.push((property.clone(), latest.clone())),
        }
        put(&mut change.texts, property.clone(), latest);
        true
    }

    fn update_position(&mut self, reading: &Reading<'_>, change: &mut Change) -> bool {
        let Some((place, suspect)) = reading.place() else { return false };
        if reading.time <= self.fixed_at {
            return false;
        }
        self.fixed_at = reading.time;
        let position = match (self.known.position, suspect) {
            (_, false) => Position { place, time: reading.time, suspect },
            (Some(credible), true) => Position { suspect, ..credible },
            (None, true) => return false,
        };
        if self.known.position == Some(position) {
            return false;
        }
        self.known.position = Some(position);
        change.position = Some(position);
        true
    }
}

fn put<K: PartialEq, V>(entries: &mut Vec<(K, V)>, key: K, value: V) {
    match entries.iter_mut().find(|(k, _)| *k == key) {
        Some(entry) => entry.1 = value,
        None => entries.push((key, value)),
    }
}

#[cfg(test)]
mod tests;
