//! One object of the view: its papers, what was heard of it, and what was published of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::change::{Latest, LatestText, Position};
use domain::directory::Directory;
use domain::place::Place;
use domain::profile::{Kind, Profile};
use domain::registry::{Datastream, Object};
use domain::search::Haystack;
use domain::{DeviceId, MeasureRef, PropertyId, Timestamp};
use store::registry::Zone;

use super::Published;
use crate::view::{LiveObject, LivePatch, StateWord, ZoneRef};

/// Properties by which a kind is read at a glance, in the order of the interface.
pub(crate) const fn key_properties(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Air => {
            &["pm25", "pm10", "no2", "o3", "so2", "temperature", "humidity", "wind_direction"]
        }
        Kind::Vehicle => &["speed", "ignition"],
        Kind::Light => {
            &["level", "power", "lamp_failure", "supply_loss", "contactor", "cabinet_door"]
        }
        Kind::Water => &["flow", "pressure_water", "leak", "burst", "noise_level", "battery_level"],
        Kind::Gateway => &[],
    }
}

/// One object.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its papers.
    pub(crate) object: Arc<Object>,
    /// The device that sits on it now, or sat on it last.
    pub(crate) device: Option<DeviceId>,
    /// Profile of that device.
    pub(crate) profile: Option<Arc<Profile>>,
    /// Its zone, with its name.
    pub(crate) zone: Option<ZoneRef>,
    /// Measures that paid for the devices on it.
    pub(crate) measures: Vec<MeasureRef>,
    /// What search looks through.
    pub(crate) haystack: Haystack,
    /// Newest values by slot.
    pub(crate) values: BTreeMap<u16, Latest>,
    /// Newest texts.
    pub(crate) texts: BTreeMap<PropertyId, LatestText>,
    /// Last place of an object that moves.
    pub(crate) position: Option<Position>,
    /// Phenomenon time of its newest reading.
    pub(crate) measured_at: Option<Timestamp>,
    /// Arrival of its newest reading.
    pub(crate) arrived_at: Option<Timestamp>,
    /// Its device took leave and has said nothing since.
    pub(crate) is_gone: bool,
    /// State when it was computed last.
    pub(crate) state: StateWord,
    /// Its datastreams, which say the slot of a property.
    datastreams: Arc<[Datastream]>,
    /// Papers changed since it was published.
    papers_changed: bool,
    published: Option<Arc<LiveObject>>,
}

impl Entry {
    /// An object of which nothing was heard yet.
    pub(super) fn new(object: &Arc<Object>, directory: &Directory, zones: &[Zone]) -> Self {
        let mut entry = Self {
            object: Arc::clone(object),
            device: None,
            profile: None,
            zone: None,
            measures: Vec::new(),
            haystack: Haystack::default(),
            values: BTreeMap::new(),
            texts: BTreeMap::new(),
            position: None,
            measured_at: None,
            arrived_at: None,
            is_gone: false,
            state: StateWord::NoData,
            datastreams: Arc::default(),
            papers_changed: true,
            published: None,
        };
        entry.take_papers(object, directory, zones);
        entry
    }

    /// Takes over what the registry says now.
    pub(super) fn take_papers(
        &mut self,
        object: &Arc<Object>,
        directory: &Directory,
        zones: &[Zone],
    ) {
        self.object = Arc::clone(object);
        self.datastreams = directory.shared_datastreams(object.no);
        self.zone = object.zone.as_ref().map(|id| {
            let zone = zones.iter().find(|z| z.id == *id && z.community == object.community);
            let name = zone.map_or_else(|| id.to_string(), |z| z.name.clone());
            ZoneRef { id: id.to_string(), name }
        });
        self.take_devices(directory);
        self.papers_changed = true;
    }

    fn take_devices(&mut self, directory: &Directory) {
        let object = &self.object;
        let zone = self.zone.as_ref();
        let mut parts: Vec<&str> = vec![object.id.as_str(), &object.name];
        parts.extend(object.address.as_deref());
        parts.extend(zone.map(|z| z.name.as_str()));
        self.measures.clear();
        (self.device, self.profile) = (None, None);
        for installation in directory.installations(object.no) {
            let Some(device) = directory.device(installation.device.as_str()) else { continue };
            let papers = &device.device;
            parts.push(papers.id.as_str());
            parts.push(&papers.name);
            parts.extend(papers.passport.inventory_no.as_deref());
            parts.extend(papers.passport.serial.as_deref());
            for (measure, _) in papers.funding.measures() {
                if !self.measures.contains(measure) {
                    self.measures.push(measure.clone());
                }
            }
            // Oldest first: the last one is the newest, and the one that is still there.
            self.device = Some(papers.id.clone());
            self.profile = Some(Arc::clone(&device.profile));
        }
        self.haystack = Haystack::new(parts);
    }

    /// Newest number of a property.
    pub(crate) fn number(&self, property: &str) -> Option<f64> {
        self.latest(property).map(|l| l.value)
    }

    /// Newest value of a property.
    pub(crate) fn latest(&self, property: &str) -> Option<&Latest> {
        let datastream = self.datastreams.iter().find(|d| d.property.as_str() == property)?;
        self.values.get(&datastream.slot)
    }

    /// Newest text of an attribute.
    pub(crate) fn text(&self, property: &str) -> Option<&str> {
        self.texts.get(property).map(|t| &*t.text)
    }

    /// Where it is: where it was seen, or where it stands by its papers.
    pub(crate) fn place(&self) -> Option<Place> {
        self.position.map(|p| p.place).or(self.object.place)
    }

    /// Its position is not believed.
    pub(crate) fn is_suspect(&self) -> bool {
        self.position.is_some_and(|p| p.suspect)
    }

    /// Newest values of the properties by which its kind is read, canonical units.
    pub(crate) fn key_values(&self) -> BTreeMap<String, f64> {
        key_properties(self.object.kind)
            .iter()
            .filter_map(|p| self.number(p).map(|value| ((*p).to_owned(), value)))
            .collect()
    }

    /// Newest texts by property.
    pub(crate) fn key_texts(&self) -> BTreeMap<String, String> {
        self.texts.iter().map(|(p, t)| (p.to_string(), t.text.to_string())).collect()
    }

    /// Texts by which it is searched for besides its papers: route, run …
    pub(crate) fn words(&self) -> Vec<&str> {
        self.texts.values().map(|t| &*t.text).collect()
    }

    /// As it was published last.
    pub(crate) fn published(&self) -> Option<&Arc<LiveObject>> {
        self.published.as_ref()
    }

    pub(super) fn fold_values(&mut self, values: &[(u16, Latest)]) {
        for (slot, latest) in values {
            let known = self.values.get(slot);
            if known.is_none_or(|k| (k.time, k.arrival) <= (latest.time, latest.arrival)) {
                self.values.insert(*slot, *latest);
            }
            self.heard(latest.time, latest.arrival);
        }
    }

    pub(super) fn fold_texts(&mut self, texts: &[(PropertyId, LatestText)]) {
        for (property, latest) in texts {
            let known = self.texts.get(property);
            if known.is_none_or(|k| k.time <= latest.time) {
                self.texts.insert(property.clone(), latest.clone());
            }
        }
    }

    pub(super) fn fold_position(&mut self, position: Option<Position>) {
        let Some(new) = position else { return };
        if self.position.is_none_or(|known| known.time <= new.time) {
            self.position = Some(new);
        }
    }

    pub(super) fn heard(&mut self, measured_at: Timestamp, arrived_at: Timestamp) {
        self.measured_at = self.measured_at.max(Some(measured_at));
        self.arrived_at = self.arrived_at.max(Some(arrived_at));
    }

    /// Takes its state as it is now; whether it changed.
    pub(super) fn set_state(&mut self, state: StateWord) -> bool {
        std::mem::replace(&mut self.state, state) != state
    }

    pub(super) fn publish(&mut self, published: &mut Published) {
        let new = self.live();
        if let Some(old) = self.published.as_ref().filter(|_| !self.papers_changed) {
            if let Some(patch) = difference(old, &new) {
                published.patches.push((new.kind, patch));
                self.published = Some(Arc::new(new));
            }
            return;
        }
        self.papers_changed = false;
        if self.published.as_deref() != Some(&new) {
            let new = Arc::new(new);
            published.replaced.push(Arc::clone(&new));
            self.published = Some(new);
        }
    }

    fn live(&self) -> LiveObject {
        let object = &self.object;
        let place = self.place();
        LiveObject {
            id: object.id.to_string(),
            kind: object.kind.into(),
            profile: self.profile.as_ref().map(|p| p.id.to_string()),
            name: object.name.clone(),
            address: object.address.clone(),
            zone: object.zone.as_ref().map(ToString::to_string),
            access: object.access.into(),
            simulated: object.simulated,
            lat: place.map(|p| p.lat),
            lon: place.map(|p| p.lon),
            bearing: self.number("bearing"),
            suspect: self.is_suspect(),
            state: self.state,
            measured_at: self.measured_at.map(Timestamp::millis),
            arrived_at: self.arrived_at.map(Timestamp::millis),
            values: self.key_values(),
            texts: self.key_texts(),
        }
    }
}

/// What a screen that shows `old` must be told to show `new`; `None`: nothing.
fn difference(old: &LiveObject, new: &LiveObject) -> Option<LivePatch> {
    fn changed<T: Copy + PartialEq>(old: T, new: T) -> Option<T> {
        (old != new).then_some(new)
    }
    fn entries<V: Clone + PartialEq>(
        old: &BTreeMap<String, V>,
        new: &BTreeMap<String, V>,
    ) -> BTreeMap<String, V> {
        new.iter()
            .filter(|(key, value)| old.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
    let moved = (old.lat, old.lon) != (new.lat, new.lon);
    let patch = LivePatch {
        id: new.id.clone(),
        lat: new.lat.filter(|_| moved),
        lon: new.lon.filter(|_| moved),
        bearing: changed(old.bearing, new.bearing).flatten(),
        suspect: changed(old.suspect, new.suspect),
        state: changed(old.state, new.state),
        measured_at: changed(old.measured_at, new.measured_at).flatten(),
        arrived_at: changed(old.arrived_at, new.arrived_at).flatten(),
        values: entries(&old.values, &new.values),
        texts: entries(&old.texts, &new.texts),
    };
    let nothing = LivePatch { id: patch.id.clone(), ..LivePatch::default() };
    (patch != nothing).then_some(patch)
}
