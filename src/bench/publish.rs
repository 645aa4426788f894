//! `obrii bench publish`: the very same messages to any broker, for what is to be compared with
//! this platform.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::ledger::{percentile_ms, sorted_ack_us};
use super::load::{End, Load, Road};

/// Nobody publishes longer.
const HOW_LONG_MAX: Duration = Duration::from_hours(1);

/// What to publish, and where.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    load: Load,
    /// The broker; it must take any user.
    #[arg(long, value_name = "ADDR")]
    broker: SocketAddr,
    /// Messages in all, rounded up to a multiple of the connections.
    #[arg(long, default_value_t = 10_000)]
    messages: u64,
}

/// The figures.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    connections: usize,
    values_per_reading: u64,
    readings_per_message: u64,
    seconds: f64,
    messages_per_s: f64,
    ack_p50_ms: f64,
    ack_p99_ms: f64,
    /// Messages acknowledged by the broker.
    acked: u64,
}

/// Publishes.
pub(super) async fn run(args: Args) -> anyhow::Result<Report> {
    let Args { load, broker, messages } = args;
    let end = End {
        until: Instant::now() + HOW_LONG_MAX,
        messages_max: messages.div_ceil(load.connections.max(1) as u64),
    };
    let publishing = load.publish(Road::Broker, broker, &load.strangers(), end)?;
    let began = publishing.began;
    let ledgers = publishing.ledgers().await?;
    let seconds = began.elapsed().as_secs_f64();
    let acked: u64 = ledgers.iter().map(|l| l.acked).sum();
    let times = sorted_ack_us(&ledgers);
    Ok(Report {
        connections: load.connections,
        values_per_reading: load.values(Road::Broker),
        readings_per_message: load.readings(),
        seconds,
        messages_per_s: acked as f64 / seconds,
        ack_p50_ms: percentile_ms(&times, 0.5),
        ack_p99_ms: percentile_ms(&times, 0.99),
        acked,
    })
}
