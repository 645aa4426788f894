//! `obrii bench soak`: a steady load for long. It fails when the platform falls behind, when its
//! memory grows, or when something acknowledged is missing.
//!
//! The time is cut into thirds. In the first one buffers and caches fill: memtables up to 32 MiB
//! each and a block cache of 64 MiB belong to a platform that is well. What then still grows has
//! no end, so medians of the last third are held against those of the second.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::load::{Load, Publishing, Road};
use super::platform::Platform;
use super::rig::{self, Rig};
use crate::exit::Exit;

/// How often backlog and memory are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// The last third may need so much more memory than the second: allocators give pages back late,
/// and a memtable may be full in one and empty in the other.
const MEMORY_GROWTH_MAX: f64 = 1.15;
/// The backlog of the last third may be larger than that of the second by what is due in so many
/// seconds: a pause of the disk is no growth, but a platform that is a tenth too slow falls behind
/// by more than this within half a minute.
const BACKLOG_GROWTH_S_MAX: f64 = 1.0;

/// How to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    load: Load,
    /// How long.
    #[arg(long, default_value_t = 10, conflicts_with = "seconds")]
    minutes: u64,
    /// How long, for a look that does not take minutes.
    #[arg(long)]
    seconds: Option<u64>,
}

/// Messages per second when no rate is given: what a city of 60 000 devices sends that report every
/// six seconds.
const RATE_DEFAULT: f64 = 10_000.0;

/// The figures.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    load: rig::Report,
    /// Messages a second that were due.
    rate: f64,
    /// Messages that were due and not acknowledged, medians of the second and the last third.
    backlog_middle: f64,
    backlog_end: f64,
    /// Memory of the platform, MB: at the begin, and medians of the second and the last third.
    rss_begin_mb: f64,
    rss_middle_mb: f64,
    rss_end_mb: f64,
}

/// One look.
#[derive(Clone, Copy, Debug)]
struct Look {
    backlog: f64,
    rss_mb: f64,
}

/// Measures.
pub(super) async fn run(mut args: Args) -> anyhow::Result<Report> {
    if args.load.rate <= 0.0 {
        args.load.rate = RATE_DEFAULT;
    }
    let how_long = args.seconds.map_or(Duration::from_mins(args.minutes), Duration::from_secs);
    let rig = Rig::set_up(&args.load, Road::Broker, None).await?;
    let rate = args.load.rate;
    let (load, looks) = rig
        .measure(how_long, async |platform, publishing, until| {
            Ok(watch(platform, publishing, rate, until).await)
        })
        .await?;
    let (middle, end) = (third(&looks, 1), third(&looks, 2));
    Ok(Report {
        load,
        rate,
        backlog_middle: middle.backlog,
        backlog_end: end.backlog,
        rss_begin_mb: looks.first().map_or(0.0, |look| look.rss_mb),
        rss_middle_mb: middle.rss_mb,
        rss_end_mb: end.rss_mb,
    })
}

impl Report {
    /// Is this how a platform behaves that can go on for ever?
    pub(super) fn verdict(&self) -> Result<(), Exit> {
        let mut mistakes = Vec::new();
        if self.load.missing > 0 {
            mistakes.push(format!("{} acknowledged readings are missing", self.load.missing));
        }
        if self.backlog_end > self.backlog_middle + self.rate * BACKLOG_GROWTH_S_MAX {
            mistakes.push(format!(
                "the backlog grew from {:.0} to {:.0} messages",
                self.backlog_middle, self.backlog_end
            ));
        }
        if self.rss_end_mb > self.rss_middle_mb * MEMORY_GROWTH_MAX {
            mistakes.push(format!(
                "memory grew from {:.0} to {:.0} MB",
                self.rss_middle_mb, self.rss_end_mb
            ));
        }
        if mistakes.is_empty() { Ok(()) } else { Err(Exit::data(mistakes.join("\n"))) }
    }
}

async fn watch(
    platform: &mut Platform,
    publishing: &Publishing,
    rate: f64,
    until: Instant,
) -> Vec<Look> {
    let mut looks = Vec::new();
    while Instant::now() < until {
        let due = publishing.began.elapsed().as_secs_f64() * rate;
        let backlog = (due - publishing.acked() as f64).max(0.0);
        looks.push(Look { backlog, rss_mb: platform.rss_mb() });
        tokio::time::sleep(LOOK).await;
    }
    looks
}

/// Medians of one of the thirds.
fn third(looks: &[Look], number: usize) -> Look {
    let (from, to) = (looks.len() * number / 3, looks.len() * (number + 1) / 3);
    let median = |field: fn(&Look) -> f64| {
        super::median(looks[from..to].iter().map(field).collect::<Vec<_>>())
    };
    Look { backlog: median(|look| look.backlog), rss_mb: median(|look| look.rss_mb) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(of: impl Fn(usize) -> Look) -> Vec<Look> {
        (0..90).map(of).collect()
    }

    fn report(looks: &[Look]) -> Report {
        let (middle, end) = (third(looks, 1), third(looks, 2));
        Report {
            load: rig::Report::default(),
            rate: 100.0,
            backlog_middle: middle.backlog,
            backlog_end: end.backlog,
            rss_begin_mb: 0.0,
            rss_middle_mb: middle.rss_mb,
            rss_end_mb: end.rss_mb,
        }
    }

    #[test]
    fn a_platform_that_fills_its_buffers_first_passes() {
        let steady = looks(|i| Look { backlog: 3.0, rss_mb: if i < 30 { 50.0 } else { 200.0 } });
        assert!(report(&steady).verdict().is_ok());
        let pause = looks(|i| Look { backlog: if i == 70 { 5_000.0 } else { 3.0 }, rss_mb: 50.0 });
        assert!(report(&pause).verdict().is_ok(), "one pause of the disk is no growth");
    }

    #[test]
    fn a_platform_that_falls_behind_grows_or_loses_fails() {
        let behind = looks(|i| Look { backlog: i as f64 * 10.0, rss_mb: 50.0 });
        let told = report(&behind).verdict().expect_err("behind").to_string();
        assert_eq!(told, "the backlog grew from 450 to 750 messages");
        let leak = looks(|i| Look { backlog: 0.0, rss_mb: 100.0 + i as f64 });
        let told = report(&leak).verdict().expect_err("a leak").to_string();
        assert_eq!(told, "memory grew from 145 to 175 MB");
        let mut lossy = report(&looks(|_| Look { backlog: 0.0, rss_mb: 50.0 }));
        lossy.load.missing = 1;
        assert!(lossy.verdict().is_err());
    }
}
