//! `obrii bench ingest`: messages per second that are durable, counted at the publishers' PUBACKs,
//! with a ledger that every acknowledged message must be found in after the end, and after kills.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::{DeviceId, Timestamp};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use store::clock::{Clock as _, SystemClock};
use store::registry::{Registry, Token};
use store::series::{Embedded, Series as _};

use super::Report;
use super::ledger::{Ledger, percentile_ms};
use super::platform::{Platform, own_cpu_s};
use super::publisher::{Plan, publish};

/// Devices' own backlog before the run: times stay below the bound of the future in long runs.
const BEGIN_BEFORE_NOW_MS: i64 = 120_000;
const FIELDS: [&str; 8] =
    ["pm25", "pm10", "temperature", "humidity", "no2", "o3", "so2", "pressure"];

/// How to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Connections, each a device of its own.
    #[arg(long, default_value_t = 1000)]
    connections: usize,
    /// How long to publish.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Values of each message.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    values: u8,
    /// Messages in flight on each connection; devices wait for one PUBACK before the next message.
    #[arg(long, default_value_t = 1)]
    window: usize,
    /// Messages per second of all connections together; 0: as fast as they are acknowledged.
    #[arg(long, default_value_t = 0.0)]
    rate: f64,
    /// kill -9 the platform so many times at random moments, and start it again.
    #[arg(long, default_value_t = 0)]
    kills: usize,
    /// Seed of the moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to work in; a new one below the temporary folder when not given.
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
}

/// Measures.
pub(super) async fn run(args: Args) -> anyhow::Result<Report> {
    let scratch = tempfile::tempdir()?;
    let data = args.work.clone().unwrap_or_else(|| scratch.path().join("data"));
    let devices = register(&data, args.connections)?;
    let mut platform = Platform::start(&data).await?;
    let begin = SystemClock.now().plus_ms(-BEGIN_BEFORE_NOW_MS);
    let began = Instant::now();
    let (cpu_s, own_s) = (platform.cpu_s(), own_cpu_s());
    let until = began + Duration::from_secs(args.seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for (device, token) in &devices {
        tasks.spawn(publish(plan(&args, &platform, device, token, until), begin));
    }
    watch(&mut platform, &args, until).await?;
    let mut ledgers: Vec<Ledger> = Vec::with_capacity(devices.len());
    while let Some(ended) = tasks.join_next().await {
        ledgers.push(ended??);
    }
    let seconds = began.elapsed().as_secs_f64();
    let rss_mb = platform.sample();
    let (cpu_s, own_s) = (platform.cpu_s() - cpu_s, own_cpu_s() - own_s);
    let start_ms = platform.start.as_millis() as u64;
    platform.stop().await?;

    let acked: u64 = ledgers.iter().map(|l| l.acked).sum();
    let (stored, missing, bytes_per_observation) = audit(&data, &ledgers)?;
    let mut ack_us: Vec<u32> = ledgers.iter().flat_map(|l| l.ack_us.iter().copied()).collect();
    ack_us.sort_unstable();
    let per_message = |s: f64| s * 1e6 / (acked.max(1) as f64);
    Ok(Report {
        connections: args.connections,
        values_per_message: usize::from(args.values),
        window: args.window,
        seconds,
        messages_per_s: acked as f64 / seconds,
        observations_per_s: acked as f64 * f64::from(args.values) / seconds,
        ack_p50_ms: percentile_ms(&ack_us, 0.5),
        ack_p99_ms: percentile_ms(&ack_us, 0.99),
        rss_mb,
        platform_cpu_us: per_message(cpu_s),
        generator_cpu_us: per_message(own_s),
        bytes_per_observation,
        kills: args.kills,
        acked,
        stored,
        missing,
        start_ms,
    })
}

fn plan(
    args: &Args,
    platform: &Platform,
    device: &DeviceId,
    token: &Token,
    until: Instant,
) -> Plan {
    let pause =
        (args.rate > 0.0).then(|| Duration::from_secs_f64(args.connections as f64 / args.rate));
    Plan {
        broker: platform.mqtt,
        device: device.to_string(),
        token: token.reveal().to_owned(),
        topic: format!("obrii/v1/odesa/air/{device}/telemetry"),
        fields: FIELDS[..usize::from(args.values)].to_vec(),
        window: args.window.max(1),
        pause,
        until,
    }
}

/// Looks at memory, and kills when it is time to.
async fn watch(platform: &mut Platform, args: &Args, until: Instant) -> anyhow::Result<()> {
    let mut random = SmallRng::seed_from_u64(args.seed);
    let span = Duration::from_secs(args.seconds).div_f64(args.kills.max(1) as f64);
    for _ in 0..args.kills {
        tokio::time::sleep(span.mul_f64(random.random_range(0.1..0.9))).await;
        platform.kill_and_restart().await?;
    }
    while Instant::now() < until {
        platform.sample();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

fn register(data: &Path, count: usize) -> anyhow::Result<Vec<(DeviceId, Token)>> {
    use std::fmt::Write as _;
    std::fs::create_dir_all(data)?;
    let registry = Registry::open(&crate::commands::registry::file(data))?;
    let mut csv = String::from(
        "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,simulated\n",
    );
    for i in 0..count {
        writeln!(
            csv,
            "bench-{i},odesa,air,air-post,Пост {i},46.48,30.72,own:bench,bench,,2026-01-01,true"
        )?;
    }
    let rows = store::device_file::read(csv.as_bytes(), "bench")
        .map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
    Ok(registry.import_devices(&rows, SystemClock.now())?)
}

/// Opens what the platform left and looks for every acknowledged message: how many rows there are,
/// how many of the acknowledged are missing, and the bytes of an observation.
fn audit(data: &Path, ledgers: &[Ledger]) -> anyhow::Result<(u64, u64, f64)> {
    let series = Embedded::open(&data.join("series"))?;
    let directory = Registry::open(&crate::commands::registry::file(data))?.directory()?;
    let (mut stored, mut missing) = (0, 0);
    for ledger in ledgers {
        let object = directory.object_by_id(&ledger.device).context("a device's object")?.no;
        let count = |to| -> anyhow::Result<u64> {
            let counts = series.count_rows(&[object], ledger.begin, to)?;
            counts.first().copied().context("a count for the object")
        };
        // Message `n` stands at `begin + n` ms: what was acknowledged is a span without a hole.
        let acked = ledger.acked.cast_signed();
        missing += ledger.acked.saturating_sub(count(ledger.begin.plus_ms(acked))?);
        stored += count(Timestamp(i64::MAX))?;
    }
    let size = series.size()?;
    Ok((stored, missing, size.bytes as f64 / size.observations.max(1) as f64))
}
