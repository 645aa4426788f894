//! `obrii bench`: what this machine can do, measured from outside the platform. The load generator
//! is this process; the platform is a child of the same binary, so that its memory and its death
//! are its own.

use std::fmt;

use serde::Serialize;

mod ingest;
mod ledger;
mod platform;
mod publisher;

/// What can be measured.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// QoS 1 messages from many connections, through the broker to the disk and back as PUBACK.
    Ingest(ingest::Args),
}

/// The figures, printed as one JSON object on the last line.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    connections: usize,
    values_per_message: usize,
    window: usize,
    seconds: f64,
    messages_per_s: f64,
    observations_per_s: f64,
    ack_p50_ms: f64,
    ack_p99_ms: f64,
    rss_mb: f64,
    /// Processor time of the platform and of this generator for each message, microseconds.
    platform_cpu_us: f64,
    generator_cpu_us: f64,
    bytes_per_observation: f64,
    kills: usize,
    /// Messages with a PUBACK.
    acked: u64,
    /// Messages found in the store.
    stored: u64,
    /// Messages with a PUBACK that are not in the store: must be 0.
    missing: u64,
    /// Duration of the last start until ready, milliseconds.
    start_ms: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

/// Runs a measurement.
pub(crate) async fn run(command: Command) -> anyhow::Result<Report> {
    match command {
        Command::Ingest(args) => ingest::run(args).await,
    }
}
