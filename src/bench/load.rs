//! The load: which devices there are, what they send and on which road, and how fast. Every mode
//! that needs one has the same generator.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::DeviceId;
use serde::Serialize;
use store::clock::{Clock as _, SystemClock};
use store::registry::{Registry, Token};
use tokio::task::JoinSet;

use super::ledger::Ledger;
use super::publisher::{Pace, Plan, publish};
use super::wire::{Mqtt, TELTONIKA_VALUES, Teltonika, Wire};
use crate::commands::registry;

/// Devices' own backlog before the run: their times stay below the bound of the future in long
/// runs, and above those that are late or sealed.
const BEGIN_BEFORE_NOW_MS: i64 = 24 * 3_600_000;
const FIELDS: [&str; 8] =
    ["pm25", "pm10", "temperature", "humidity", "no2", "o3", "so2", "pressure"];
/// Funding, owner, zone and the day of commissioning of each device.
pub(super) const REST: &str = "own:bench,bench,,2026-01-01";
/// South-west corner of the grid on which the trackers stand, 10⁻⁷ degrees, and its step: 10 m.
const GRID_CORNER: (i32, i32) = (463_500_000, 305_000_000);
const GRID_STEP: i32 = 1_000;
/// Trackers of a row of the grid.
const GRID_COLUMNS: usize = 4_000;

/// What to publish.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Load {
    /// Connections, each a device of its own.
    #[arg(long, default_value_t = 1000)]
    pub(super) connections: usize,
    /// Values of each reading.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    values: u8,
    /// Readings of each message: an array, or the records of a tracker's frame.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    array: u8,
    /// Messages in flight on each connection; devices wait for one PUBACK before the next message.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    window: u16,
    /// Messages per second of all connections together; 0: as fast as they are acknowledged.
    #[arg(long, default_value_t = 0.0)]
    pub(super) rate: f64,
}

/// How readings come to the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Road {
    /// Through the embedded broker.
    #[default]
    Broker,
    /// Through a Mosquitto from which the platform reads.
    Source,
    /// Through the trackers' gateway, Codec 8.
    Teltonika,
}

/// A device as it logs in.
pub(super) struct Login {
    id: String,
    secret: String,
}

/// When to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// No message is sent from here on.
    pub(super) until: Instant,
    /// Messages of each connection at most.
    pub(super) messages_max: u64,
}

/// Publishers at work.
pub(super) struct Publishing {
    tasks: JoinSet<anyhow::Result<Ledger>>,
    /// Messages acknowledged so far.
    acked: Arc<AtomicU64>,
    /// When they began.
    pub(super) began: Instant,
}

impl Load {
    /// Readings of one message.
    pub(super) fn readings(&self) -> u64 {
        self.array.into()
    }

    /// Values of one reading.
    pub(super) fn values(&self, road: Road) -> u64 {
        if road == Road::Teltonika { TELTONIKA_VALUES.into() } else { self.values.into() }
    }

    /// Messages in flight on each connection.
    pub(super) fn window(&self) -> usize {
        self.window.into()
    }

    /// Registers the devices; those that are there already, as on a filled folder, get new tokens.
    pub(super) fn register(&self, data: &Path, road: Road) -> anyhow::Result<Vec<Login>> {
        let rows = (0..self.connections).map(|i| {
            let (kind, place, imei) = match road {
                Road::Teltonika => ("vehicle,gps-tracker", ",", imei(i)),
                Road::Broker | Road::Source => ("air,air-post", "46.48,30.72", String::new()),
            };
            format!("{},odesa,{kind},Прилад {i},{place},{REST},{imei},true", device_id(i))
        });
        let mut made: HashMap<DeviceId, Token> = register(data, rows)?.into_iter().collect();
        let registry = Registry::open(&registry::file(data))?;
        let login = |i| {
            let id: DeviceId = device_id(i).parse()?;
            let token = match made.remove(&id) {
                Some(token) => token,
                None => registry.rotate_token(&id, SystemClock.now())?,
            };
            Ok(Login { id: id.to_string(), secret: token.reveal().to_owned() })
        };
        (0..self.connections).map(login).collect()
    }

    /// The same devices, for who lets everybody in.
    pub(super) fn strangers(&self) -> Vec<Login> {
        let login = |i| Login { id: device_id(i), secret: device_id(i) };
        (0..self.connections).map(login).collect()
    }

    /// Sets the publishers to work.
    pub(super) fn publish(
        &self,
        road: Road,
        address: SocketAddr,
        devices: &[Login],
        end: End,
    ) -> anyhow::Result<Publishing> {
        let begin = SystemClock.now().plus_ms(-BEGIN_BEFORE_NOW_MS);
        let (acked, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let mut tasks = JoinSet::new();
        for (i, login) in devices.iter().enumerate() {
            tasks.spawn(publish(Plan {
                device: login.id.clone(),
                address,
                wire: self.wire(road, i, login)?,
                begin,
                window: self.window(),
                pace: self.pace(i, began),
                messages_max: end.messages_max,
                until: end.until,
                acked: Arc::clone(&acked),
            }));
        }
        Ok(Publishing { tasks, acked, began })
    }

    fn wire(&self, road: Road, i: usize, login: &Login) -> anyhow::Result<Box<dyn Wire>> {
        if road == Road::Teltonika {
            let (north, east) = ((i / GRID_COLUMNS) as i32, (i % GRID_COLUMNS) as i32);
            let (latitude, longitude) = GRID_CORNER;
            let place = (latitude + north * GRID_STEP, longitude + east * GRID_STEP);
            return Ok(Box::new(Teltonika::new(&imei(i), place, self.array)));
        }
        let fields = &FIELDS[..self.values.into()];
        let Login { id, secret } = login;
        let topic = format!("obrii/v1/odesa/air/{id}/telemetry");
        Ok(Box::new(Mqtt::new(id, secret, &topic, fields, self.array.into())?))
    }

    /// Each connection has its own place in the interval, so that they do not send at once.
    fn pace(&self, i: usize, began: Instant) -> Option<Pace> {
        let connections = self.connections as f64;
        (self.rate > 0.0).then(|| Pace {
            first: began + Duration::from_secs_f64(i as f64 / self.rate),
            every: Duration::from_secs_f64(connections / self.rate),
        })
    }
}

impl Publishing {
    /// Messages acknowledged so far.
    pub(super) fn acked(&self) -> u64 {
        self.acked.load(Ordering::Relaxed)
    }

    /// Waits until all have ended, and everything they sent is acknowledged.
    pub(super) async fn ledgers(mut self) -> anyhow::Result<Vec<Ledger>> {
        let mut ledgers = Vec::with_capacity(self.tasks.len());
        while let Some(ended) = self.tasks.join_next().await {
            ledgers.push(ended??);
        }
        Ok(ledgers)
    }
}

fn device_id(i: usize) -> String {
    format!("bench-{i}")
}

fn imei(i: usize) -> String {
    format!("3563{i:011}")
}

/// Registers simulated devices in the registry of a folder, by lines of the device file.
pub(super) fn register(
    data: &Path,
    lines: impl Iterator<Item = String>,
) -> anyhow::Result<Vec<(DeviceId, Token)>> {
    std::fs::create_dir_all(data)?;
    let head = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                external_id,simulated";
    let mut csv = String::from(head);
    for line in lines {
        csv.push('\n');
        csv.push_str(&line);
    }
    let rows = store::device_file::read(csv.as_bytes(), "bench")
        .map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
    let registry = Registry::open(&registry::file(data))?;
    Ok(registry.import_devices(&rows, SystemClock.now())?)
}
