//! The one task that keeps the view: it folds the pipeline's changes in, takes over new snapshots
//! of the registry, lets time pass, and publishes ten times a second.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::change::{Change, Changes, Latest, Position};
use domain::directory::Directory;
use domain::place::Place;
use domain::profile::Field;
use domain::property::{ValueKind, property};
use domain::{DatastreamId, ObjectNo, Quality, Timestamp};
use store::clock::Clock;
use store::registry::Registry;
use store::series::{Series, SeriesError};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{MissedTickBehavior, interval};

use super::Feed;
use crate::city_view::{CityView, Known};
use crate::config::{LIVE_GROUP, LIVE_TICK};

/// How far back the last credible place of a vehicle is looked for at the start, milliseconds.
const PLACE_BACK_MS: i64 = 15 * 60 * 1000;
/// Rows that are looked through for it.
const PLACE_ROWS_MAX: usize = 2_000;
/// Objects that are recalled at once: bounds what is read and not taken over yet.
const OBJECTS_AT_ONCE: usize = 4_096;

/// What the keeper works with.
pub(crate) struct Keeper {
    /// The view and its stream.
    pub(crate) feed: Arc<Feed>,
    /// The store of observations.
    pub(crate) series: Arc<dyn Series>,
    /// The registry, for the names of zones.
    pub(crate) registry: Registry,
    /// Snapshot of the registry, swapped by the platform.
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Keeper {
    /// Fills the view: the registry's snapshot, then what the store knows. Changes told since
    /// `changes` was subscribed are not lost, whatever the store had already seen of them.
    pub(crate) async fn fill(&self) {
        self.take_directory().await;
        let now = self.clock.now();
        self.feed.change(|view| view.tick(now));
        self.feed.publish(now);
    }

    /// Keeps the view until the channel of changes ends.
    pub(crate) async fn run(self: Arc<Self>, mut changes: broadcast::Receiver<Arc<Changes>>) {
        let mut group = interval(LIVE_GROUP);
        let mut second = interval(LIVE_TICK);
        group.set_missed_tick_behavior(MissedTickBehavior::Skip);
        second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                told = changes.recv() => match told {
                    Ok(changes) => self.fold(&changes).await,
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "the live view fell behind and reads the store");
                        self.feed.change(CityView::forget_leaves);
                        self.recall(self.all_objects()).await;
                    }
                    Err(RecvError::Closed) => return,
                },
                _ = group.tick() => {
                    self.take_directory().await;
                    self.feed.publish(self.clock.now());
                }
                _ = second.tick() => {
                    let now = self.clock.now();
                    self.feed.change(|view| view.tick(now));
                    self.feed.beat(now);
                }
            }
        }
    }

    async fn fold(&self, changes: &Changes) {
        let apply =
            |objects: &[Change]| self.feed.change(|view| view.apply(objects, changes.committed_at));
        // The pipeline may know an object a moment before this task does.
        if !apply(&changes.objects) {
            self.take_directory().await;
            apply(&changes.objects);
        }
    }

    /// Takes over the registry's snapshot when it is another one, and what the store knows of the
    /// objects that are new.
    pub(crate) async fn take_directory(&self) {
        let new = self.swap_directory().await;
        self.recall(new).await;
    }

    async fn swap_directory(&self) -> Vec<ObjectNo> {
        let directory = self.directory.load_full();
        if self.feed.read(|view| Arc::ptr_eq(view.directory(), &directory)) {
            return Vec::new();
        }
        let registry = self.registry.clone();
        let zones = match tokio::task::spawn_blocking(move || registry.zones()).await {
            Ok(Ok(zones)) => zones,
            Ok(Err(error)) => {
                tracing::error!(%error, "zones cannot be read, the live view keeps the old ones");
                self.feed.read(|view| view.zones().to_vec())
            }
            Err(_) => return Vec::new(), // the runtime ends
        };
        self.feed.change(|view| view.take_directory(&directory, zones))
    }

    fn all_objects(&self) -> Vec<ObjectNo> {
        self.feed.read(|view| view.entries().map(|e| e.object.no).collect())
    }

    /// Reads what the store knows of these objects.
    async fn recall(&self, objects: Vec<ObjectNo>) {
        for some in objects.chunks(OBJECTS_AT_ONCE) {
            let (objects, series) = (some.to_vec(), Arc::clone(&self.series));
            let directory = self.feed.read(|view| Arc::clone(view.directory()));
            let read = move || read_known(&*series, &directory, &objects);
            match tokio::task::spawn_blocking(read).await {
                Ok(Ok(known)) => self.feed.change(|view| view.recall(known)),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the live view cannot read the store and goes on with what is told");
                    return;
                }
                Err(_) => return, // the runtime ends
            }
        }
    }
}

fn read_known(
    series: &dyn Series,
    directory: &Directory,
    objects: &[ObjectNo],
) -> Result<Vec<Known>, SeriesError> {
    let is_number = |id: &str| property(id).is_some_and(|p| p.kind != ValueKind::Text);
    let ids: Vec<DatastreamId> = objects
        .iter()
        .flat_map(|no| directory.datastreams(*no))
        .filter(|d| is_number(d.property.as_str()))
        .map(|d| DatastreamId { object: d.object, slot: d.slot })
        .collect();
    let latest = series.latest(&ids)?;
    let mut known: Vec<Known> = Vec::with_capacity(objects.len());
    for (id, latest) in ids.iter().zip(latest) {
        if known.last().is_none_or(|k| k.object != id.object) {
            let texts = if has_texts(directory, id.object) {
                series.latest_texts(id.object)?
            } else {
                Vec::new()
            };
            known.push(Known { object: id.object, values: Vec::new(), texts, position: None });
        }
        if let (Some(known), Some(latest)) = (known.last_mut(), latest) {
            known.values.push((id.slot, latest));
        }
    }
    for known in &mut known {
        known.position = last_place(series, directory, known)?;
    }
    Ok(known)
}

/// Did a device sit on the object that sends texts?
fn has_texts(directory: &Directory, object: ObjectNo) -> bool {
    let is_text =
        |f: &Field| property(f.property.as_str()).is_some_and(|p| p.kind == ValueKind::Text);
    let mut devices =
        directory.installations(object).iter().map(|i| directory.device(i.device.as_str()));
    devices.any(|device| device.is_some_and(|d| d.profile.fields.iter().any(is_text)))
}

/// The last credible place of an object that tells one.
fn last_place(
    series: &dyn Series,
    directory: &Directory,
    known: &Known,
) -> Result<Option<Position>, SeriesError> {
    let slots = (directory.slot(known.object, "lat"), directory.slot(known.object, "lon"));
    let (Some(lat), Some(lon)) = slots else { return Ok(None) };
    let newest = |slot: u16| -> Option<Latest> {
        known.values.iter().find(|(s, _)| *s == slot).map(|(_, latest)| *latest)
    };
    let (Some(newest_lat), Some(newest_lon)) = (newest(lat), newest(lon)) else { return Ok(None) };
    let time = newest_lat.time;
    if !newest_lat.quality.with(newest_lon.quality).has(Quality::POSITION_SUSPECT) {
        let place = Place::new(newest_lat.value, newest_lon.value);
        return Ok(place.map(|place| Position { place, time, suspect: false }));
    }
    let (from, to): (Timestamp, Timestamp) = (time.plus_ms(-PLACE_BACK_MS), time.plus_ms(1));
    let rows =
        series.rows(known.object, from, to, PLACE_ROWS_MAX).or_else(|error| match error {
            SeriesError::TooMany { .. } => Ok(Vec::new()),
            other => Err(other),
        })?;
    let credible = rows.iter().rev().find_map(|row| {
        let cell = |slot: u16| row.cells.iter().find(|c| c.slot == slot);
        let (lat, lon) = (cell(lat)?, cell(lon)?);
        let is_suspect = lat.quality.with(lon.quality).has(Quality::POSITION_SUSPECT);
        let place = Place::new(lat.value, lon.value)?;
        (!is_suspect).then_some(Position { place, time: row.time, suspect: true })
    });
    Ok(credible)
}
