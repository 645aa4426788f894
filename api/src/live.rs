//! The live stream: the view of the city, the numbered events made of its changes, and a ring of
//! the newest of them, from which a screen that lost its connection goes on (`Last-Event-ID`).

mod follow;
mod keeper;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::Timestamp;
use tokio::sync::broadcast;

pub(crate) use follow::{Follower, Layers};
pub(crate) use keeper::Keeper;

use crate::city_view::{CityView, Published};
use crate::config::{LIVE_EVENTS_BEHIND_MAX, LIVE_RING_CHANGES_MAX, LIVE_RING_MS};
use crate::view::{KindWord, LiveDelta, LiveHeartbeat, LivePatch};

/// A published change of the view.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its number since the start, from 1 without gaps.
    pub(crate) number: u64,
    at: i64,
    changes: usize,
    /// The delta for those who follow all layers, written once, when the first of them asks.
    whole: OnceLock<String>,
    /// What it is made of, for those who follow some.
    published: Published,
}

/// What followers hear.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// The view changed.
    Delta(Arc<Event>),
    /// A second has passed.
    Heartbeat(LiveHeartbeat),
}

#[derive(Debug)]
struct Inner {
    view: CityView,
    /// Number of the newest event.
    number: u64,
    ring: VecDeque<Arc<Event>>,
    ring_changes: usize,
}

/// The view and its stream. The lock is std's: it is held for short sections and never over an
/// await; whoever reads the view and subscribes under it misses nothing between the two.
#[derive(Debug)]
pub(crate) struct Feed {
    boot: String,
    inner: RwLock<Inner>,
    tell: broadcast::Sender<Told>,
}

impl Feed {
    /// An empty city. `boot` must be another one with every start.
    pub(crate) fn new(boot: String) -> Self {
        let inner =
            Inner { view: CityView::default(), number: 0, ring: VecDeque::new(), ring_changes: 0 };
        let (tell, _) = broadcast::channel(LIVE_EVENTS_BEHIND_MAX);
        Self { boot, inner: RwLock::new(inner), tell }
    }

    /// First part of every event's id.
    pub(crate) fn boot(&self) -> &str {
        &self.boot
    }

    /// Number of screens that follow.
    pub(crate) fn followers(&self) -> usize {
        self.tell.receiver_count()
    }

    /// Reads the view.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&CityView) -> T) -> T {
        read(&self.lock().view)
    }

    /// Changes the view; what changed is told by the next [`Feed::publish`].
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut CityView) -> T) -> T {
        change(&mut self.lock_mut().view)
    }

    /// Tells what changed since the last time, as one event.
    pub(crate) fn publish(&self, now: Timestamp) {
        let mut inner = self.lock_mut();
        let published = inner.view.publish(now);
        if published.is_empty() {
            return;
        }
        inner.number += 1;
        let (at, changes) = (now.millis(), published.len());
        let event = Arc::new(Event {
            number: inner.number,
            at,
            changes,
            whole: OnceLock::new(),
            published,
        });
        inner.remember(&event);
        self.tell(Told::Delta(event));
    }

    /// Tells that a second has passed.
    pub(crate) fn beat(&self, now: Timestamp) {
        let committed_at = self.read(CityView::committed_at).map(Timestamp::millis);
        self.tell(Told::Heartbeat(LiveHeartbeat { at: now.millis(), committed_at }));
    }

    fn tell(&self, told: Told) {
        // Without a follower nobody has to hear it.
        self.tell.send(told).ok();
    }

    fn lock(&self) -> RwLockReadGuard<'_, Inner> {
        // A writer that panicked left a view that is at worst one change behind.
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_mut(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remember(&mut self, event: &Arc<Event>) {
        self.ring_changes += event.changes;
        self.ring.push_back(Arc::clone(event));
        while let Some(oldest) = self.ring.front() {
            let is_too_old = event.at - oldest.at > LIVE_RING_MS;
            if !is_too_old && self.ring_changes <= LIVE_RING_CHANGES_MAX {
                break;
            }
            self.ring_changes -= oldest.changes;
            self.ring.pop_front();
        }
    }

    /// The events after `number`, when all of them are still there.
    fn since(&self, number: u64) -> Option<Vec<Arc<Event>>> {
        if number > self.number {
            return None;
        }
        let missed = (self.number - number) as usize;
        let first = self.ring.len().checked_sub(missed)?;
        Some(self.ring.iter().skip(first).cloned().collect())
    }
}

impl Event {
    /// The delta for those who follow these layers; `None`: nothing of it concerns them.
    pub(crate) fn delta(&self, layers: Layers) -> Option<String> {
        if layers == Layers::ALL {
            let write = || delta(self.at, &self.published, layers);
            return Some(self.whole.get_or_init(write).clone());
        }
        let concerns = self.published.patches.iter().any(|(kind, _)| layers.has(*kind))
            || self.published.replaced.iter().any(|o| layers.has(o.kind))
            || !self.published.removed.is_empty();
        concerns.then(|| delta(self.at, &self.published, layers))
    }
}

fn delta(at: i64, published: &Published, layers: Layers) -> String {
    let is_followed = |(kind, _): &&(KindWord, LivePatch)| layers.has(*kind);
    let replaced = published.replaced.iter().filter(|o| layers.has(o.kind)).cloned().collect();
    let patches = published.patches.iter().filter(is_followed).map(|(_, p)| p.clone()).collect();
    json(&LiveDelta { at, objects: patches, replaced, removed: published.removed.clone() })
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("the live shapes have text keys and no failing serialiser")
}

#[cfg(test)]
mod tests;
