//! The rig: a platform of its own in a folder, the load on one of the roads to it, and the audit
//! that everything acknowledged is in the store.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use tempfile::TempDir;

use super::ledger::{Audit, percentile_ms, sorted_ack_us};
use super::load::{End, Load, Login, Publishing, Road};
use super::mosquitto::Mosquitto;
use super::platform::Platform;
use super::{free_address, process};

/// How often the platform is asked whether it has taken in what an external broker acknowledged.
const ASK: Duration = Duration::from_millis(10);
/// How long nothing new may come from there before the rest is missing.
const QUIET: Duration = Duration::from_secs(10);

/// What any measurement of a load says.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    road: Road,
    connections: usize,
    values_per_reading: u64,
    readings_per_message: u64,
    window: usize,
    /// From the first message until the last is acknowledged; on the road through an external
    /// broker until it is in the store.
    seconds: f64,
    messages_per_s: f64,
    readings_per_s: f64,
    observations_per_s: f64,
    /// From publish to acknowledgement; an external broker acknowledges before it hands on.
    ack_p50_ms: f64,
    ack_p99_ms: f64,
    /// Mean time of a commit, milliseconds: one connection waits for one each message.
    commit_ms: f64,
    /// Memory of the platform at most.
    rss_mb: f64,
    /// Processor time for each message, microseconds: of the platform, of Mosquitto (0 where there
    /// is none) and of this generator.
    platform_cpu_us: f64,
    mosquitto_cpu_us: f64,
    generator_cpu_us: f64,
    bytes_per_observation: f64,
    /// Readings of acknowledged messages.
    acked: u64,
    /// Readings found in the store.
    stored: u64,
    /// Readings acknowledged that are not in the store: must be 0.
    pub(super) missing: u64,
    /// Duration of the last start until ready, milliseconds.
    start_ms: u64,
}

/// A platform that waits for its load.
pub(super) struct Rig {
    load: Load,
    road: Road,
    data: PathBuf,
    devices: Vec<Login>,
    platform: Platform,
    mosquitto: Option<Mosquitto>,
    /// Where the devices connect.
    address: SocketAddr,
    _scratch: TempDir,
}

impl Rig {
    /// Registers the devices and starts everything, in `work` or in a folder that goes afterwards.
    pub(super) async fn set_up(
        load: &Load,
        road: Road,
        work: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let scratch = tempfile::tempdir()?;
        let data = work.map_or_else(|| scratch.path().join("data"), Path::to_owned);
        let devices = load.register(&data, road)?;
        let mut mosquitto = None;
        let (flags, address) = match road {
            Road::Broker => (Vec::new(), None),
            Road::Source => {
                let broker = mosquitto.insert(Mosquitto::start(scratch.path()).await?);
                let url = format!("mqtt://{}", broker.address);
                (vec!["--source".to_owned(), url], Some(broker.address))
            }
            Road::Teltonika => {
                let address = free_address()?;
                (vec!["--teltonika".to_owned(), address.to_string()], Some(address))
            }
        };
        let platform = Platform::start(&data, &flags).await?;
        let address = address.unwrap_or(platform.mqtt);
        let load = load.clone();
        Ok(Self { load, road, data, devices, platform, mosquitto, address, _scratch: scratch })
    }

    /// Publishes for `how_long` while `watch` looks on, and audits what was stored.
    pub(super) async fn measure<T>(
        mut self,
        how_long: Duration,
        watch: impl AsyncFnOnce(&mut Platform, &Publishing, Instant) -> anyhow::Result<T>,
    ) -> anyhow::Result<(Report, T)> {
        let cpu = |rig: &Self| {
            let mosquitto = rig.mosquitto.as_ref().map_or(0.0, Mosquitto::cpu_s);
            [rig.platform.cpu_s(), mosquitto, process::own_cpu_s()]
        };
        let cpu_before = cpu(&self);
        let until = Instant::now() + how_long;
        let end = End { until, messages_max: u64::MAX };
        let publishing = self.load.publish(self.road, self.address, &self.devices, end)?;
        let seen = watch(&mut self.platform, &publishing, until).await?;
        let began = publishing.began;
        let ledgers = publishing.ledgers().await?;
        let messages: u64 = ledgers.iter().map(|l| l.acked).sum();
        let ended = match self.mosquitto {
            Some(_) => self.taken_in(messages * self.values_per_message()).await?,
            None => Instant::now(),
        };
        let seconds = ended.duration_since(began).as_secs_f64();
        let cpu_us =
            std::array::from_fn(|i| (cpu(&self)[i] - cpu_before[i]) * 1e6 / messages.max(1) as f64);
        let commit_s = self.platform.metric("obrii_commit_seconds_sum").await?;
        let commits = self.platform.metric("obrii_commit_seconds_count").await?;
        self.platform.rss_mb();
        let rss_mb = self.platform.rss_mb_max();
        let start_ms = self.platform.start.as_millis() as u64;
        self.platform.stop().await?;

        let audit = Audit::of(&self.data, &ledgers, self.load.readings())?;
        let times = sorted_ack_us(&ledgers);
        let values_per_reading = self.load.values(self.road);
        let [platform_cpu_us, mosquitto_cpu_us, generator_cpu_us] = cpu_us;
        let report = Report {
            road: self.road,
            connections: self.load.connections,
            values_per_reading,
            readings_per_message: self.load.readings(),
            window: self.load.window(),
            seconds,
            messages_per_s: messages as f64 / seconds,
            readings_per_s: audit.acked as f64 / seconds,
            observations_per_s: (audit.acked * values_per_reading) as f64 / seconds,
            ack_p50_ms: percentile_ms(&times, 0.5),
            ack_p99_ms: percentile_ms(&times, 0.99),
            commit_ms: commit_s * 1e3 / commits.max(1.0),
            rss_mb,
            platform_cpu_us,
            mosquitto_cpu_us,
            generator_cpu_us,
            bytes_per_observation: audit.bytes_per_observation,
            acked: audit.acked,
            stored: audit.stored,
            missing: audit.missing,
            start_ms,
        };
        Ok((report, seen))
    }

    fn values_per_message(&self) -> u64 {
        self.load.readings() * self.load.values(self.road)
    }

    /// Waits until the platform has committed so many values, or nothing new comes any more: after
    /// a kill it counts from 0 again. When the last new ones were seen.
    async fn taken_in(&mut self, values: u64) -> anyhow::Result<Instant> {
        let (mut known, mut seen) = (0, Instant::now());
        while known < values && seen.elapsed() < QUIET {
            let stored = self.platform.metric("obrii_readings_stored_total").await?;
            let again = self.platform.metric("obrii_readings_duplicate_total").await?;
            let counted = (stored + again) as u64;
            if counted > known {
                (known, seen) = (counted, Instant::now());
            }
            self.platform.rss_mb();
            tokio::time::sleep(ASK).await;
        }
        Ok(seen)
    }
}
