//! One screen's stream: a snapshot, or what it missed, then deltas and heart-beats. A screen that
//! is too slow is cut off; it comes back and resumes or gets the snapshot again, nobody else waits.

use std::sync::Arc;

use domain::profile::Kind;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Event, Feed, Told, json};
use crate::city_view::key_properties;
use crate::view::{
    KindWord, LiveObject, LiveProfile, LiveProperty, LiveSnapshot, display_unit, thresholds_view,
};

/// The layers there are, in words.
const EXPECTED: &str = "expected air, vehicle, light or water";

/// The layers that a screen follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layers(u8);

impl Layers {
    /// All of them.
    pub(crate) const ALL: Self = Self(0b1111);

    /// Reads `air,vehicle`; the word that is no layer otherwise.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut layers = 0;
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            let kind = Kind::OF_OBJECTS.into_iter().find(|kind| kind.as_str() == word);
            let kind = kind.ok_or_else(|| format!("layers: `{word}`, {EXPECTED}"))?;
            layers |= Self::bit(kind.into());
        }
        if layers == 0 {
            return Err(format!("layers is empty, {EXPECTED}"));
        }
        Ok(Self(layers))
    }

    /// Is the layer of this kind followed?
    pub(crate) const fn has(self, kind: KindWord) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    const fn bit(kind: KindWord) -> u8 {
        1 << kind as u8
    }
}

/// One event of the stream as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// `snapshot`, `delta` or `heartbeat`.
    pub(crate) name: &'static str,
    /// `{boot}-{n}`; a heart-beat has none.
    pub(crate) id: Option<String>,
    /// JSON on one line.
    pub(crate) data: String,
}

/// A screen that follows.
#[derive(Debug)]
pub(crate) struct Follower {
    boot: String,
    layers: Layers,
    first: std::vec::IntoIter<Sent>,
    hear: broadcast::Receiver<Told>,
}

impl Follower {
    /// Begins to follow: after `last_event_id` when what came since is still known, else with a
    /// snapshot.
    pub(crate) fn new(feed: &Feed, layers: Layers, last_event_id: Option<&str>, at: i64) -> Self {
        let inner = feed.lock();
        let hear = feed.tell.subscribe();
        let resumed = last_event_id
            .and_then(|id| id.rsplit_once('-'))
            .filter(|(boot, _)| *boot == feed.boot)
            .and_then(|(_, number)| number.parse().ok())
            .and_then(|number| inner.since(number));
        let (number, objects) = (inner.number, inner.view.published());
        let profiles = profiles(&inner.view);
        drop(inner);
        let first = match resumed {
            Some(events) => events.iter().filter_map(|e| sent(&feed.boot, e, layers)).collect(),
            None => vec![snapshot(&feed.boot, number, at, layers, objects, profiles)],
        };
        Self { boot: feed.boot.clone(), layers, first: first.into_iter(), hear }
    }

    /// The next event; `None` when the stream ends.
    pub(crate) async fn next(&mut self) -> Option<Sent> {
        if let Some(first) = self.first.next() {
            return Some(first);
        }
        loop {
            match self.hear.recv().await {
                Ok(Told::Delta(event)) => {
                    if let Some(sent) = sent(&self.boot, &event, self.layers) {
                        return Some(sent);
                    }
                }
                Ok(Told::Heartbeat(beat)) => {
                    return Some(Sent { name: "heartbeat", id: None, data: json(&beat) });
                }
                Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            }
        }
    }
}

fn sent(boot: &str, event: &Arc<Event>, layers: Layers) -> Option<Sent> {
    let data = event.delta(layers)?;
    Some(Sent { name: "delta", id: Some(format!("{boot}-{}", event.number)), data })
}

fn snapshot(
    boot: &str,
    number: u64,
    at: i64,
    layers: Layers,
    objects: Vec<Arc<LiveObject>>,
    profiles: Vec<LiveProfile>,
) -> Sent {
    let objects = objects.into_iter().filter(|o| layers.has(o.kind)).collect();
    let properties = properties();
    let snapshot = LiveSnapshot { at, boot: boot.to_owned(), properties, profiles, objects };
    Sent { name: "snapshot", id: Some(format!("{boot}-{number}")), data: json(&snapshot) }
}

fn properties() -> Vec<LiveProperty> {
    let texts = ["route", "run", "trip", "direction", "status"];
    domain::property::PROPERTIES
        .iter()
        .filter(|p| {
            let is_key = Kind::OF_OBJECTS.iter().any(|kind| key_properties(*kind).contains(&p.id));
            is_key || texts.contains(&p.id)
        })
        .map(|p| LiveProperty {
            id: p.id.to_owned(),
            title_uk: p.title_uk.to_owned(),
            title_en: p.title_en.to_owned(),
            kind: p.kind.into(),
            display: display_unit(p),
        })
        .collect()
}

fn profiles(view: &crate::city_view::CityView) -> Vec<LiveProfile> {
    let mut profiles: Vec<LiveProfile> = view
        .directory()
        .profiles()
        .map(|p| LiveProfile {
            id: p.id.to_string(),
            title_uk: p.title_uk.clone(),
            title_en: p.title_en.clone(),
            interval_s: p.interval_s,
            thresholds: thresholds_view(p),
        })
        .collect();
    profiles.sort_by(|a, b| a.id.cmp(&b.id));
    profiles
}
