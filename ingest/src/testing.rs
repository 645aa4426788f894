//! A small city for the tests of this crate: a registry with a few devices, a store that can be
//! made to wait or to fail, and a client that writes MQTT packets by hand.

mod client;
mod faulty;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use bytes::Bytes;
use domain::change::Changes;
use domain::intake::{Reason, Tally};
use domain::{DatastreamId, DeviceId, Timestamp};
use store::clock::{Clock, ManualClock};
use store::intake::{Intake, QuarantineFilter, Quarantined};
use store::registry::Registry;
use store::series::{Embedded, Observation, Series};
use tempfile::TempDir;
use tokio::sync::{broadcast, oneshot};

pub(crate) use client::{Client, Login, MQTT_3, MQTT_5};
pub(crate) use faulty::{Fault, Faulty};

use crate::arrival::{Arrival, Token, Verdict};
use crate::{Config, Ingest, Parts};

/// When the tests begin: 2026-11-22T10:15:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_795_342_500_000);

/// The longest any test waits; a loaded machine may need much of it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const DEVICES: &str = "\
id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,object,gateway
air-01,odesa,air,air-post,Пост 1,46.48,30.72,own:test,Власник,center,,,
air-02,odesa,air,air-post,Пост 2,46.49,30.73,own:test,Власник,center,,,
tram-1,odesa,vehicle,gps-tracker,Трамвай 1,,,own:test,Власник,depot-1,,,
cabinet-1,odesa,light,lighting-cabinet,Шафа 1,46.47,30.71,own:test,Власник,feeder-1,,,
lamp-1,odesa,light,luminaire,Світильник 1,46.47,30.71,own:test,Власник,feeder-1,,,cabinet-1
";

/// The stores of a test and the devices in them.
pub(crate) struct City {
    /// Removed with the city.
    _folder: TempDir,
    pub(crate) parts: Parts,
    pub(crate) series: Arc<Faulty>,
    pub(crate) clock: ManualClock,
    pub(crate) tokens: HashMap<String, String>,
}

/// A city whose pipeline runs.
pub(crate) struct Running {
    pub(crate) city: City,
    pub(crate) ingest: Ingest,
}

impl City {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = ManualClock::new(NOW);
        let registry = Registry::open(&folder.path().join("registry.db")).expect("a registry");
        let rows = store::device_file::read(DEVICES.as_bytes(), "devices.csv").expect("rows");
        let made = registry.import_devices(&rows, NOW).expect("devices");
        let tokens =
            made.iter().map(|(id, token)| (id.to_string(), token.reveal().to_owned())).collect();
        let embedded = Embedded::open(&folder.path().join("series")).expect("a series store");
        let series = Arc::new(Faulty::new(embedded));
        let directory = registry.directory().expect("a directory");
        let parts = Parts {
            series: Arc::<Faulty>::clone(&series),
            intake: Intake::open(&folder.path().join("intake.db")).expect("an intake"),
            registry,
            directory: Arc::new(ArcSwap::from_pointee(directory)),
            changes: broadcast::channel::<Arc<Changes>>(1024).0,
            clock: Arc::new(clock.clone()),
        };
        Self { _folder: folder, parts, series, clock, tokens }
    }

    /// Registers more devices: rows of the given columns beyond the first eleven.
    pub(crate) fn import(&mut self, columns: &str, lines: &[&str]) {
        let heading = DEVICES.lines().next().expect("a heading").split(',').take(11);
        let heading = heading.collect::<Vec<_>>().join(",");
        let text = format!("{heading},{columns}\n{}\n", lines.join("\n"));
        let rows = store::device_file::read(text.as_bytes(), "more.csv").expect("rows");
        let made = self.parts.registry.import_devices(&rows, NOW).expect("devices");
        self.tokens
            .extend(made.iter().map(|(id, token)| (id.to_string(), token.reveal().to_owned())));
        self.parts.directory.store(Arc::new(self.parts.registry.directory().expect("reads")));
    }

    /// Starts the pipeline with the embedded broker on a free port.
    pub(crate) async fn start(self) -> Running {
        let config = Config {
            mqtt: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            mqtts: None,
            sources: Vec::new(),
            teltonika: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            wialon: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            trusted_proxies: Vec::new(),
            service_areas: HashMap::new(),
        };
        self.start_with(config).await
    }

    pub(crate) async fn start_with(self, config: Config) -> Running {
        let ingest = Ingest::start(self.parts.clone(), config).await.expect("started");
        Running { city: self, ingest }
    }

    /// What is stored of a property of a device's object.
    pub(crate) fn stored(&self, device: &str, property: &str) -> Vec<Observation> {
        let directory = self.parts.directory.load();
        let object = directory.object_by_id(device).expect("an object").no;
        let slot = directory.slot(object, property).expect("a slot");
        let (from, to) = (Timestamp(i64::MIN / 2), Timestamp(i64::MAX / 2));
        self.series.range(DatastreamId { object, slot }, from, to, 100_000).expect("readable")
    }

    pub(crate) fn values(&self, device: &str, property: &str) -> Vec<f64> {
        self.stored(device, property).iter().map(|observation| observation.value).collect()
    }

    pub(crate) fn quarantine(&self) -> Vec<Quarantined> {
        let mut rows =
            self.parts.intake.list(&QuarantineFilter::default(), None, 1000).expect("readable");
        rows.reverse();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    pub(crate) fn reasons(&self) -> Vec<Reason> {
        self.quarantine().iter().map(|row| row.reason).collect()
    }

    /// The balance of a device as it was written.
    pub(crate) fn tally(&self, device: &str) -> Tally {
        self.parts.intake.tally_of(device).expect("readable")
    }

    /// The balance over all devices.
    pub(crate) fn tallies(&self) -> Tally {
        self.parts.intake.tally_total().expect("readable")
    }
}

impl Running {
    pub(crate) fn address(&self) -> SocketAddr {
        self.ingest.mqtt_addr().expect("a broker")
    }

    /// Logs a device in with its token.
    pub(crate) async fn client(&self, version: u8, device: &str) -> Client {
        let login = Login::new(version, device, &self.city.tokens[device]);
        let (client, answer) = Client::connect(self.address(), &login).await;
        assert_eq!(answer.reason(), 0, "{device} was refused");
        client
    }

    /// Lets a message arrive past all gateways; the verdict, `None` when the token was dropped.
    pub(crate) async fn arrive(&self, topic: &str, payload: impl Into<Bytes>) -> Option<Verdict> {
        self.send(topic, payload).await.await.ok()
    }

    /// The same without waiting for the verdict.
    pub(crate) async fn send(
        &self,
        topic: &str,
        payload: impl Into<Bytes>,
    ) -> oneshot::Receiver<Verdict> {
        let (waiter, verdict) = oneshot::channel();
        let arrival = Arrival {
            topic: topic.to_owned(),
            payload: payload.into(),
            received_at: self.city.clock.now(),
            gateway: "test".into(),
            speaker: None,
            token: Token::Waiter(waiter),
            replay: None,
        };
        self.ingest.arrivals().send(arrival).await.expect("the pipeline runs");
        verdict
    }

    /// Reads the registry again, as the binary does when it changed.
    pub(crate) fn refresh(&self) {
        let new = Arc::new(self.city.parts.registry.directory().expect("a directory"));
        let old = self.city.parts.directory.swap(Arc::clone(&new));
        self.ingest.directory_changed(&old, &new).expect("credentials");
    }

    /// Drains; everything that was counted is written then.
    pub(crate) async fn stop(self) -> City {
        self.ingest.stop().await;
        for (device, tally) in self.city.parts.intake.tallies().expect("readable") {
            assert!(tally.is_balanced(), "{device}: {tally:?}");
        }
        self.city
    }
}

/// A native topic of a device of the test city.
pub(crate) fn topic(kind: &str, device: &str, channel: &str) -> String {
    format!("obrii/v1/odesa/{kind}/{device}/{channel}")
}

/// A payload of one reading, `seconds` after the begin.
pub(crate) fn payload(seconds: i64, values: &[(&str, f64)]) -> String {
    let mut fields = String::new();
    for (name, value) in values {
        let comma = if fields.is_empty() { "" } else { "," };
        write!(fields, "{comma}\"{name}\":{value}").expect("a string");
    }
    format!("{{\"ts\":{},\"values\":{{{fields}}}}}", NOW.millis() + seconds * 1000)
}

/// Waits until something holds; fails when it does not within the patience of tests.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun_at = Instant::now();
    while !holds() {
        assert!(begun_at.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A device's id.
pub(crate) fn device(id: &str) -> DeviceId {
    id.parse().expect("a device id")
}
