//! Starting and stopping: two threads of the pipeline, the embedded broker, the external ones.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::change::Changes;
use domain::directory::Directory;
use domain::limits::{COMMIT_WAIT_MS_MAX, QUEUE_ARRIVALS_MAX};
use domain::position::{Area, Positions};
use domain::{CommunityId, DeviceId};
use store::clock::Clock;
use store::intake::Intake;
use store::registry::{Registry, RegistryError};
use store::series::Series;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

use crate::arrival::Arrival;
use crate::command::{COMMANDS_MAX, Command, Publishers};
use crate::gateway::broker::{Addresses, Broker, Surroundings};
use crate::gateway::entrance::Entrance;
use crate::gateway::http;
use crate::gateway::mqtt::{Source, SourceConfig};
use crate::gateway::tracker::{self, Trackers};
use crate::gateway::turns::Turns;
use crate::health::{Condition, Health};
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::pipeline::Pipeline;
use crate::refusals::Refusals;
use crate::replay::Replayer;

/// What the pipeline works with.
#[derive(Clone)]
pub struct Parts {
    /// Where readings go.
    pub series: Arc<dyn Series>,
    /// Where read-only credentials come from.
    pub registry: Registry,
    /// Where everything else goes: quarantine, tallies, refusals, retained messages.
    pub intake: Intake,
    /// The snapshot of the registry, swapped by its owner.
    pub directory: Arc<ArcSwap<Directory>>,
    /// Where changes are told.
    pub changes: broadcast::Sender<Arc<Changes>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What the pipeline is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded broker listens without TLS; port 0 takes a free one.
    pub mqtt: Option<SocketAddr>,
    /// Where it listens with TLS: address, certificate chain and key (PEM files).
    pub mqtts: Option<(SocketAddr, PathBuf, PathBuf)>,
    /// Where Teltonika trackers connect.
    pub teltonika: Option<SocketAddr>,
    /// Where trackers connect that speak Wialon IPS.
    pub wialon: Option<SocketAddr>,
    /// Proxies in front of HTTP that are believed when they say whom they speak for.
    pub trusted_proxies: Vec<IpAddr>,
    /// External brokers.
    pub sources: Vec<SourceConfig>,
    /// Where the vehicles of a community can be; without one they can be anywhere.
    pub service_areas: HashMap<CommunityId, Area>,
}

/// Why the pipeline could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on, or its certificate not be read.
    #[error("cannot listen on `{address}`: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        reason: String,
    },
    /// The embedded broker failed.
    #[error("embedded broker: {0}")]
    Broker(String),
    /// The registry could not be read.
    #[error("registry: {0}")]
    Registry(#[source] RegistryError),
    /// No thread could be started.
    #[error("thread: {0}")]
    Thread(#[source] io::Error),
}

/// The running pipeline.
pub struct Ingest {
    arrivals: mpsc::Sender<Arrival>,
    broker: Option<Broker>,
    sources: Vec<Source>,
    pipeline: Pipeline,
    metrics: Arc<Metrics>,
    condition: Arc<Condition>,
    registry: Registry,
    replayer: Replayer,
    entrance: Arc<Entrance>,
    trusted_proxies: Vec<IpAddr>,
    trackers: Option<Trackers>,
    commanding: Option<JoinHandle<()>>,
}

impl Ingest {
    /// Starts everything; when this returns, clients are let in.
    pub async fn start(parts: Parts, config: Config) -> Result<Self, StartError> {
        let metrics = Arc::new(Metrics::default());
        let condition = Arc::new(Condition::new());
        let turns = Arc::new(Turns::new(Arc::clone(&metrics)));
        let refusals = Arc::new(Refusals::new(
            Arc::clone(&turns),
            Arc::clone(&metrics),
            Arc::clone(&parts.clock),
        ));
        let ledger = Arc::new(Ledger::new(parts.intake.clone(), Arc::clone(&refusals)));
        let (arrivals, taken) = mpsc::channel(QUEUE_ARRIVALS_MAX);
        let (commands, asked_for) = mpsc::channel(COMMANDS_MAX);
        let credentials = parts.registry.credentials().map_err(StartError::Registry)?;
        let positions = Positions::new(config.service_areas);
        let pipeline =
            Pipeline::start(&parts, positions, commands, taken, &ledger, &metrics, &condition)?;
        let addresses = Addresses { mqtt: config.mqtt, mqtts: config.mqtts };
        let entrance = Arc::new(Entrance::new(
            Arc::clone(&parts.directory),
            &arrivals,
            pipeline.handover(),
            Arc::clone(&refusals),
            turns,
            Arc::clone(&metrics),
            Arc::clone(&parts.clock),
        ));
        let mut ingest = Self {
            entrance,
            trusted_proxies: config.trusted_proxies,
            arrivals: arrivals.clone(),
            broker: None,
            trackers: None,
            commanding: None,
            sources: Vec::new(),
            pipeline,
            metrics: Arc::clone(&metrics),
            condition: Arc::clone(&condition),
            registry: parts.registry.clone(),
            replayer: Replayer::new(parts.intake.clone(), &arrivals),
        };
        if addresses.mqtt.is_some() || addresses.mqtts.is_some() {
            let surroundings = Surroundings {
                directory: Arc::clone(&parts.directory),
                credentials,
                intake: parts.intake.clone(),
                ledger,
                arrivals: arrivals.clone(),
                refusals,
                metrics,
                clock: Arc::clone(&parts.clock),
            };
            match Broker::start(addresses, surroundings).await {
                Ok(broker) => ingest.broker = Some(broker),
                Err(error) => {
                    drop(arrivals);
                    ingest.stop().await;
                    return Err(error);
                }
            }
        }
        let asked = tracker::Addresses { teltonika: config.teltonika, wialon: config.wialon };
        match Trackers::start(asked, &ingest.entrance).await {
            Ok(trackers) => ingest.trackers = Some(trackers),
            Err(error) => {
                drop(arrivals);
                ingest.stop().await;
                return Err(error);
            }
        }
        for mistake in config.sources.iter().filter_map(|s| s.mistake(&parts.directory.load())) {
            tracing::warn!("{mistake}");
        }
        ingest.start_sources(config.sources, &arrivals, &parts.clock, asked_for);
        Ok(ingest)
    }

    /// Connects to the external brokers, and begins to publish commands wherever there is one.
    fn start_sources(
        &mut self,
        sources: Vec<SourceConfig>,
        arrivals: &mpsc::Sender<Arrival>,
        clock: &Arc<dyn Clock>,
        commands: mpsc::Receiver<Command>,
    ) {
        let broker = self.broker.as_ref().map(Broker::publisher);
        let mut publishers = Publishers { broker, sources: HashMap::new() };
        for config in sources {
            let name = config.name.clone();
            let is_connected = self.condition.source(&name);
            let source = Source::start(config, arrivals.clone(), Arc::clone(clock), is_connected);
            publishers.sources.insert(name, source.client());
            self.sources.push(source);
        }
        self.commanding = Some(publishers.start(commands));
    }

    /// The entrance, for tests that do not come by HTTP.
    #[cfg(test)]
    pub(crate) fn entrance(&self) -> Arc<Entrance> {
        Arc::clone(&self.entrance)
    }

    /// Where gateways hand over.
    #[cfg(test)]
    pub(crate) fn arrivals(&self) -> &mpsc::Sender<Arrival> {
        &self.arrivals
    }

    /// Where the embedded broker listens without TLS.
    pub fn mqtt_addr(&self) -> Option<SocketAddr> {
        self.broker.as_ref().and_then(|broker| broker.mqtt)
    }

    /// Where the embedded broker listens with TLS.
    pub fn mqtts_addr(&self) -> Option<SocketAddr> {
        self.broker.as_ref().and_then(|broker| broker.mqtts)
    }

    /// Where Teltonika trackers connect.
    pub fn teltonika_addr(&self) -> Option<SocketAddr> {
        self.trackers.as_ref().and_then(|trackers| trackers.addresses.teltonika)
    }

    /// Where trackers connect that speak Wialon IPS.
    pub fn wialon_addr(&self) -> Option<SocketAddr> {
        self.trackers.as_ref().and_then(|trackers| trackers.addresses.wialon)
    }

    /// The routes by which readings come by HTTP, `/ingest/v1/…`, for a server that stops before
    /// the pipeline does.
    pub fn http_router(&self) -> axum::Router {
        http::router(Arc::clone(&self.entrance), self.trusted_proxies.clone())
    }

    /// The way by which what was kept aside comes again.
    pub fn replayer(&self) -> Replayer {
        self.replayer.clone()
    }

    /// Whether it can do its work.
    pub fn health(&self) -> Health {
        self.condition.health()
    }

    /// A way to ask for the health that outlives a borrow.
    pub fn health_reader(&self) -> impl Fn() -> Health + Send + Sync + 'static {
        let condition = Arc::clone(&self.condition);
        move || condition.health()
    }

    /// What was counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Ends the sessions of a device.
    pub fn kick(&self, device: &DeviceId) {
        if let Some(broker) = &self.broker {
            broker.kick(device.to_string());
        }
    }

    /// The snapshot was swapped: sessions of devices whose token was rotated, or that were taken
    /// out of operation, end, and so do those of read-only credentials that do not hold any more.
    /// When those cannot be read, nothing is lost by telling it again with `new` as the old one.
    pub fn directory_changed(&self, old: &Directory, new: &Directory) -> Result<(), RegistryError> {
        let Some(broker) = &self.broker else { return Ok(()) };
        for before in old.devices() {
            let id = &before.device.id;
            let still_holds = new.device(id.as_str()).is_some_and(|now| {
                now.token_sha256 == before.token_sha256 && !now.is_decommissioned()
            });
            if !still_holds && !before.is_decommissioned() {
                broker.kick(id.to_string());
            }
        }
        broker.set_credentials(self.registry.credentials()?);
        Ok(())
    }

    /// Drains: takes no more, commits and acknowledges what was taken, closes.
    pub async fn stop(self) {
        self.condition.stop_taking();
        self.entrance.stop_taking();
        if let Some(trackers) = &self.trackers {
            trackers.stop_taking();
        }
        if let Some(broker) = &self.broker {
            broker.stop_taking();
        }
        for source in &self.sources {
            source.stop_taking();
        }
        let drained = async {
            while self.arrivals.capacity() < self.arrivals.max_capacity() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let wait = Duration::from_millis(COMMIT_WAIT_MS_MAX);
        if tokio::time::timeout(wait, drained).await.is_err() {
            tracing::warn!("arrivals were left in the queue; their senders keep them");
        }
        if let Some(broker) = self.broker {
            broker.stop().await;
        }
        if let Some(trackers) = self.trackers {
            trackers.stop().await;
        }
        drop(self.arrivals);
        for source in self.sources {
            source.stop().await;
        }
        // The last sender is gone with its gateway, and so the decoding thread ends.
        let ended = tokio::task::spawn_blocking(move || self.pipeline.join());
        if !ended.await.unwrap_or(false) {
            tracing::error!("a thread of the pipeline panicked");
        }
        // With the decoding thread the last who commands is gone.
        if let Some(commanding) = self.commanding
            && commanding.await.is_err()
        {
            tracing::error!("the task that publishes commands panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Write;
    use std::path::Path;

    use super::*;
    use crate::testing::City;

    /// Writes over a file in place: whoever has it open reads the new bytes.
    fn overwrite(file: &Path, bytes: &[u8]) {
        let opened: io::Result<File> = OpenOptions::new().write(true).open(file);
        opened.and_then(|mut file| file.write_all(bytes)).expect("writable");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn credentials_that_cannot_be_read_are_told_and_read_the_next_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("registry.db");
        let mut city = City::new();
        city.parts.registry = Registry::open(&file).expect("a registry");
        let running = city.start().await;
        let files = [file.clone(), file.with_extension("db-wal")];
        let bytes = files.each_ref().map(|file| std::fs::read(file).expect("readable"));
        let directory = running.city.parts.directory.load_full();
        let tell = || running.ingest.directory_changed(&directory, &directory);
        for (file, bytes) in files.iter().zip(&bytes) {
            overwrite(file, &vec![0; bytes.len()]);
        }
        assert!(tell().is_err(), "a registry of zeros is none");
        for (file, bytes) in files.iter().zip(&bytes) {
            overwrite(file, bytes);
        }
        tell().expect("readable again");
        running.stop().await;
    }
}
