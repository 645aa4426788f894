//! `obrii bench ingest`: messages per second that are durable, counted at the publishers'
//! acknowledgements, with a ledger that every acknowledged reading must be found in after the end,
//! and after kills.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;

use super::load::{Load, Road};
use super::platform::Platform;
use super::rig::{self, Rig};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// How to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    load: Load,
    /// How long to publish.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Publish to a Mosquitto of its own, from which the platform reads. Its PUBACK is not the
    /// platform's: it is measured until everything it acknowledged is in the store.
    #[arg(long)]
    source: bool,
    /// Send frames of Teltonika trackers (Codec 8, six values a record) instead of MQTT messages.
    #[arg(long, conflicts_with_all = ["source", "values"])]
    teltonika: bool,
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

/// The figures.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    load: rig::Report,
    kills: usize,
}

/// Measures.
pub(super) async fn run(args: Args) -> anyhow::Result<Report> {
    let road = match (args.source, args.teltonika) {
        (true, _) => Road::Source,
        (_, true) => Road::Teltonika,
        _ => Road::Broker,
    };
    let rig = Rig::set_up(&args.load, road, args.work.as_deref()).await?;
    let how_long = Duration::from_secs(args.seconds);
    let watched =
        rig.measure(how_long, async |platform, _, until| watch(platform, &args, until).await);
    let (load, ()) = watched.await?;
    Ok(Report { load, kills: args.kills })
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
        platform.rss_mb();
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
