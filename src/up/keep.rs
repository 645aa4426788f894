//! The keeper of the series: sealing of rows that are no longer written, and retention by profile;
//! at the start and then once an hour. Both let appends go first.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::directory::Directory;
use domain::{ObjectNo, Timestamp};
use store::clock::Clock;
use store::series::{Series, SeriesError};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

const INTERVAL: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Keeps the series until `stop`.
pub(super) async fn run(
    series: Arc<dyn Series>,
    directory: Arc<ArcSwap<Directory>>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(INTERVAL);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let (series, directory, now) = (Arc::clone(&series), directory.load_full(), clock.now());
        let halting = Arc::clone(&series);
        let mut kept = tokio::task::spawn_blocking(move || keep(series.as_ref(), &directory, now));
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
/// dropped: the longest retention of their profiles wins. Blocks.
fn keep(series: &dyn Series, directory: &Directory, now: Timestamp) -> Result<Kept, SeriesError> {
    let mut by_days: BTreeMap<u32, Vec<ObjectNo>> = BTreeMap::new();
    for object in directory.objects() {
        let profiles = directory
            .installations(object.no)
            .iter()
            .filter_map(|i| directory.device(i.device.as_str()))
            .map(|entry| entry.profile.retention_days);
        let longest = profiles.reduce(|a, b| Some(a?.max(b?))).flatten();
        if let Some(days) = longest {
            by_days.entry(days).or_default().push(object.no);
        }
    }
    let sealed = series.seal(now)?;
    let mut dropped = 0;
    for (days, objects) in by_days {
        dropped += series.retain(&objects, now.plus_ms(-i64::from(days) * DAY_MS))?;
    }
    Ok(Kept { sealed, dropped })
}
