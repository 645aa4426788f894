//! The city as screens and lists show it: each object with its papers, its newest values and its
//! state, kept in memory. The store is read once at the start; after that the pipeline's changes
//! are folded in, and time itself: an object that falls silent changes its state without a change.

mod circumstances;
mod entry;

use std::collections::HashMap;
use std::sync::Arc;

use domain::change::{Change, Latest, LatestText, Position};
use domain::directory::Directory;
use domain::profile::Kind;
use domain::search::natural_cmp;
use domain::{ObjectMap, ObjectNo, ObjectSet, PropertyId, Timestamp};
use store::registry::Zone;

use circumstances::{Supply, state};
pub(crate) use entry::{Entry, key_properties};

use crate::view::{KindWord, LiveObject, LivePatch, StateWord};

/// What the store knows of one object.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The object.
    pub(crate) object: ObjectNo,
    /// Newest values by slot.
    pub(crate) values: Vec<(u16, Latest)>,
    /// Newest texts.
    pub(crate) texts: Vec<(PropertyId, LatestText)>,
    /// Last place.
    pub(crate) position: Option<Position>,
}

/// What changed since the view was published last.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Objects of which values, place or state changed.
    pub(crate) patches: Vec<(KindWord, LivePatch)>,
    /// Objects that are new, or whose papers changed.
    pub(crate) replaced: Vec<Arc<LiveObject>>,
    /// Objects that are gone.
    pub(crate) removed: Vec<String>,
}

impl Published {
    /// Nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.patches.is_empty() && self.replaced.is_empty() && self.removed.is_empty()
    }

    /// Number of objects it touches.
    pub(crate) fn len(&self) -> usize {
        self.patches.len() + self.replaced.len() + self.removed.len()
    }
}

/// The city.
#[derive(Debug, Default)]
pub(crate) struct CityView {
    directory: Arc<Directory>,
    zones: Vec<Zone>,
    entries: ObjectMap<Entry>,
    /// All objects, in the natural order of their ids.
    order: Vec<ObjectNo>,
    /// Objects that are not published as they are now.
    dirty: ObjectSet,
    removed: Vec<String>,
    /// What the cabinets told when the states were computed last.
    supply: Supply,
    committed_at: Option<Timestamp>,
}

impl CityView {
    /// The directory it was built with.
    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The zones of the registry.
    pub(crate) fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// When the newest commit was durable.
    pub(crate) fn committed_at(&self) -> Option<Timestamp> {
        self.committed_at
    }

    /// All objects, in the natural order of their ids.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().filter_map(|no| self.entries.get(no))
    }

    /// One object.
    pub(crate) fn entry(&self, no: ObjectNo) -> Option<&Entry> {
        self.entries.get(&no)
    }

    /// Takes over a new snapshot of the registry; which objects were not there before.
    pub(crate) fn take_directory(
        &mut self,
        directory: &Arc<Directory>,
        zones: Vec<Zone>,
    ) -> Vec<ObjectNo> {
        if directory.version() < self.directory.version() {
            return Vec::new(); // a newer one was taken over meanwhile
        }
        self.directory = Arc::clone(directory);
        self.zones = zones;
        let gone: Vec<ObjectNo> =
            self.entries.keys().copied().filter(|no| directory.object(*no).is_none()).collect();
        for no in gone {
            if let Some(entry) = self.entries.remove(&no) {
                self.removed.push(entry.object.id.to_string());
            }
            self.dirty.remove(&no);
        }
        let mut new = Vec::new();
        for object in directory.objects() {
            if let Some(entry) = self.entries.get_mut(&object.no) {
                entry.take_papers(object, directory, &self.zones);
            } else {
                self.entries.insert(object.no, Entry::new(object, directory, &self.zones));
                new.push(object.no);
            }
            self.dirty.insert(object.no);
        }
        self.order = self.entries.keys().copied().collect();
        let entries = &self.entries;
        self.order.sort_by(|a, b| {
            natural_cmp(entries[a].object.id.as_str(), entries[b].object.id.as_str())
        });
        new
    }

    /// Takes over what the store knows; what was told meanwhile and is newer stays.
    pub(crate) fn recall(&mut self, known: Vec<Known>) {
        for known in known {
            if let Some(entry) = self.entries.get_mut(&known.object) {
                entry.fold_values(&known.values);
                entry.fold_texts(&known.texts);
                entry.fold_position(known.position);
                self.dirty.insert(known.object);
            }
        }
    }

    /// Folds the changes of a commit in; whether all its objects are known here.
    pub(crate) fn apply(&mut self, changes: &[Change], committed_at: Timestamp) -> bool {
        self.committed_at = Some(committed_at);
        let mut all_known = true;
        for change in changes {
            let Some(entry) = self.entries.get_mut(&change.object) else {
                all_known = false;
                continue;
            };
            entry.fold_values(&change.values);
            entry.fold_texts(&change.texts);
            entry.fold_position(change.position);
            entry.heard(change.measured_at, change.arrived_at);
            entry.is_gone = change.is_gone;
            self.dirty.insert(change.object);
        }
        all_known
    }

    /// Forgets who took leave, which no store knows: from now on the age of what they said counts.
    pub(crate) fn forget_leaves(&mut self) {
        for (no, entry) in &mut self.entries {
            if std::mem::take(&mut entry.is_gone) {
                self.dirty.insert(*no);
            }
        }
    }

    /// Computes all states anew: silence shows itself by time alone.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.supply = Supply::of(self.entries.values());
        for (no, entry) in &mut self.entries {
            if entry.set_state(state(entry, now, &self.supply)) {
                self.dirty.insert(*no);
            }
        }
    }

    /// What changed since the last call; from now on this is what has been published.
    pub(crate) fn publish(&mut self, now: Timestamp) -> Published {
        let mut published =
            Published { removed: std::mem::take(&mut self.removed), ..Published::default() };
        if self.dirty.is_empty() {
            return published;
        }
        for no in std::mem::take(&mut self.dirty) {
            let Some(entry) = self.entries.get_mut(&no) else { continue };
            entry.set_state(state(entry, now, &self.supply));
            entry.publish(&mut published);
        }
        published
    }

    /// All objects as they were published last.
    pub(crate) fn published(&self) -> Vec<Arc<LiveObject>> {
        self.entries().filter_map(|e| e.published().cloned()).collect()
    }

    /// Number of objects by kind and state.
    pub(crate) fn counts(&self) -> HashMap<(Kind, StateWord), u64> {
        let mut counts = HashMap::new();
        for entry in self.entries.values() {
            *counts.entry((entry.object.kind, entry.state)).or_insert(0) += 1;
        }
        counts
    }
}
