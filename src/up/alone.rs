//! The pipeline without its ways in: a command that replays while no platform runs has it for
//! itself.

use std::collections::HashMap;
use std::path::Path;

use domain::CommunityId;
use domain::position::Area;
use ingest::{Ingest, Replayer};

use super::{Ground, ingest_parts};

/// A pipeline that nothing reaches but replays.
pub(crate) struct Alone {
    ingest: Ingest,
}

impl Alone {
    /// Opens the data folder and starts it.
    pub(crate) async fn start(
        data: &Path,
        service_areas: HashMap<CommunityId, Area>,
    ) -> anyhow::Result<Self> {
        let data = data.to_owned();
        let ground = tokio::task::spawn_blocking(move || Ground::open(&data)).await??;
        let config = ingest::Config {
            mqtt: None,
            mqtts: None,
            sources: Vec::new(),
            service_areas,
            teltonika: None,
            wialon: None,
            trusted_proxies: Vec::new(),
        };
        let ingest = Ingest::start(ingest_parts(&ground), config).await?;
        Ok(Self { ingest })
    }

    /// What replays.
    pub(crate) fn replayer(&self) -> Replayer {
        self.ingest.replayer()
    }

    /// Ends it; what it stored is on disk and counted.
    pub(crate) async fn stop(self) {
        self.ingest.stop().await;
    }
}
