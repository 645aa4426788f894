//! `obrii bench start`: how long a platform on a folder needs until it is ready, after an orderly
//! stop and after a kill, and how much memory it then takes.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::median;
use super::platform::Platform;
use crate::commands::registry;
use crate::exit::Exit;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Starts, of which the median is told.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long memory is looked at after each start: housekeeping begins with it.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// The figures.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    rounds: usize,
    /// The first start: files may not be in memory yet.
    first_start_ms: f64,
    start_ms: f64,
    start_after_kill_ms: f64,
    /// Memory when it was ready, and at most.
    rss_ready_mb: f64,
    rss_mb: f64,
}

/// Starts a platform on the folder, stops it, starts it, kills it, and so on.
pub(super) async fn run(args: &Args, data: &Path) -> anyhow::Result<Report> {
    if !registry::file(data).exists() {
        let message = format!("`{}` holds no registry, expected what `fill` made", data.display());
        return Err(Exit::usage(message).into());
    }
    let (mut starts, mut after_kill) = (Vec::new(), Vec::new());
    let (mut ready_mb, mut rss_mb) = (Vec::new(), 0.0_f64);
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    for _ in 0..args.rounds.max(1) {
        let mut platform = Platform::start(data, &[]).await?;
        starts.push(ms(platform.start));
        ready_mb.push(platform.rss_mb());
        let until = Instant::now() + Duration::from_secs(args.seconds);
        while Instant::now() < until {
            platform.rss_mb();
            tokio::time::sleep(LOOK).await;
        }
        rss_mb = rss_mb.max(platform.rss_mb_max());
        platform.kill_and_restart().await?;
        after_kill.push(ms(platform.start));
        platform.stop().await?;
    }
    Ok(Report {
        rounds: starts.len(),
        first_start_ms: starts[0],
        start_ms: median(starts),
        start_after_kill_ms: median(after_kill),
        rss_ready_mb: median(ready_mb),
        rss_mb,
    })
}
