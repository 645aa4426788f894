//! Follows the registry: a change made by any process is in the directory within a second, and
//! the sessions of rotated or decommissioned devices are ended (invariant I12).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::directory::Directory;
use ingest::Ingest;
use store::registry::{Registry, RegistryError};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Ground;

/// How often the registry is asked whether it has changed; the question reads no row.
const INTERVAL: Duration = Duration::from_millis(250);

/// Keeps the directory at the registry's state.
pub(super) struct Follower {
    registry: Registry,
    directory: Arc<ArcSwap<Directory>>,
    ingest: Arc<Ingest>,
    /// The registry's version that the directory shows. The lock makes one reader of the registry
    /// at a time, so that an older snapshot never replaces a newer one.
    seen: Mutex<u64>,
}

impl Follower {
    pub(super) fn new(ground: &Ground, ingest: &Arc<Ingest>) -> Self {
        Self {
            registry: ground.registry.clone(),
            directory: Arc::clone(&ground.directory),
            ingest: Arc::clone(ingest),
            seen: Mutex::new(ground.directory.load().version()),
        }
    }

    /// Brings the directory to the registry's state when that has changed. Blocks.
    pub(super) fn refresh(&self) -> Result<(), RegistryError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.registry.data_version()?;
        if *seen == version {
            return Ok(());
        }
        let new = Arc::new(self.registry.directory()?);
        let old = self.directory.swap(Arc::clone(&new));
        // When this fails, the version is not seen, and all of it is done again.
        self.ingest.directory_changed(&old, &new)?;
        *seen = version;
        info!(devices = new.devices().len(), "the directory follows the registry");
        Ok(())
    }

    /// Looks for changes until `stop`.
    pub(super) async fn run(self: Arc<Self>, stop: CancellationToken) -> anyhow::Result<()> {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut was_failing = false;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let follower = Arc::clone(&self);
            let refreshed = tokio::task::spawn_blocking(move || follower.refresh()).await?;
            if let (Err(error), false) = (&refreshed, was_failing) {
                warn!("the registry can not be read, the directory stays: {error}");
            }
            was_failing = refreshed.is_err();
        }
        Ok(())
    }
}
