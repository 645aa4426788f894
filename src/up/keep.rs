//! The keeper of the series: sealing of rows that are no longer written, and retention by profile;
//! at the start and then once an hour. Both let appends go first.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::Timestamp;
use domain::directory::Directory;
use domain::freshness::holds_ms_max;
use store::clock::Clock;
use store::registry::{HeldTimes, Registry};
use store::series::{Retention, Series, SeriesError};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

const INTERVAL: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Keeps the series until `stop`.
pub(super) async fn run(
    series: Arc<dyn Series>,
    registry: Registry,
    directory: Arc<ArcSwap<Directory>>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(INTERVAL);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let (series, directory, now) = (Arc::clone(&series), directory.load_full(), clock.now());
        let (registry, halting) = (registry.clone(), Arc::clone(&series));
        let mut kept = tokio::task::spawn_blocking(move || {
            let held = registry.held_times(now)?; // unknown: nothing is dropped
            anyhow::Ok(keep(series.as_ref(), &directory, &held, now)?)
        });
        let kept = tokio::select! {
            kept = &mut kept => kept,
            () = stop.cancelled() => {
                halting.halt();
                kept.await
            }
        };
        match kept? {
            Ok(Kept { sealed: 0, dropped: 0 }) => {}
            Ok(Kept { sealed, dropped }) => info!(
                sealed,
                dropped, "rows are sealed, observations past their retention are dropped"
            ),
            Err(error) => warn!("keeping the series failed, tried again in 1 h: {error}"),
        }
    }
    Ok(())
}

/// What one round did.
struct Kept {
    sealed: u64,
    dropped: u64,
}

/// Seals what is complete, and drops what every device that ever sat on an object allows to be
/// dropped, but for what is held as evidence: the longest retention of their profiles wins. Blocks.
fn keep(
    series: &dyn Series,
    directory: &Directory,
    held: &HeldTimes,
    now: Timestamp,
) -> Result<Kept, SeriesError> {
    let sealed = series.seal(now)?;
    let mut dropped = 0;
    for object in directory.objects() {
        let days = directory.profiles_on(object.no).map(|profile| profile.retention_days);
        let Some(days) = days.reduce(|a, b| Some(a?.max(b?))).flatten() else { continue };
        let retention = Retention {
            before: now.plus_ms(-i64::from(days) * DAY_MS),
            held: held.get(&object.no).map_or(&[][..], Vec::as_slice),
            holds_ms_max: holds_ms_max(directory.profiles_on(object.no)),
        };
        dropped += series.retain(object.no, &retention)?;
    }
    Ok(Kept { sealed, dropped })
}
