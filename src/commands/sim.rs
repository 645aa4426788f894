//! `obrii sim`: publishes the simulated city to any broker, or writes its devices as a file for
//! `obrii device import`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use domain::Timestamp;
use firmware_sim::plan::{Plan, device_csv};
use firmware_sim::run::{self, Config, Counters};
use firmware_sim::stream::Misbehaviour;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::device::read_tokens;
use crate::exit::Exit;
use crate::up;

/// What can be said of a simulated city.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seed of the city: the same seed is the same city, and with the same start the same bytes.
    #[arg(long, env = "OBRII_SIM_SEED", default_value_t = 1)]
    seed: u64,
    /// Write the city's devices to this file and end; `obrii device import` reads it.
    #[arg(long, value_name = "FILE.csv", conflicts_with = "tokens")]
    devices: Option<PathBuf>,
    /// The broker.
    #[arg(
        long,
        env = "OBRII_SIM_BROKER",
        default_value = "127.0.0.1:1883",
        value_name = "HOST:PORT"
    )]
    broker: String,
    /// Tokens of the devices, as `obrii device import --tokens` wrote them: id,token.
    #[arg(
        long,
        env = "OBRII_SIM_TOKENS",
        value_name = "FILE.csv",
        required_unless_present = "devices"
    )]
    tokens: Option<PathBuf>,
    /// Simulated seconds of one second; faster than 1 needs a start in the past, or readings come
    /// from the future and are put into quarantine.
    #[arg(long, env = "OBRII_SIM_SPEED", default_value_t = 1.0)]
    speed: f64,
    /// Simulated time at the begin, RFC 3339 with an offset; otherwise now.
    #[arg(long, env = "OBRII_SIM_START", value_name = "TIME")]
    start: Option<Timestamp>,
    /// Nothing goes wrong: no lost or broken messages, no outages, leaks or spoofing.
    #[arg(long, env = "OBRII_SIM_NO_FAULTS")]
    no_faults: bool,
}

/// Runs `obrii sim`.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    if let Some(file) = &args.devices {
        let plan = Plan::new(args.seed);
        std::fs::write(file, device_csv(&plan)).with_context(|| file.display().to_string())?;
        println!("{} devices written to {}", plan.devices.len(), file.display());
        return Ok(());
    }
    let tokens = args.tokens.as_deref().map(read_tokens).transpose()?.unwrap_or_default();
    let tokens = tokens.into_iter().collect();
    let mut config = Config::new(args.broker, tokens, args.seed);
    config.speed = args.speed;
    config.start = args.start.unwrap_or(config.start);
    if args.no_faults {
        config.misbehaviour = Misbehaviour::None;
    }
    info!(broker = config.broker, start = %config.start, speed = config.speed, "the city begins");
    let counters = Arc::clone(&config.counters);
    run::run(config, stopped_by_signal()).await.map_err(|e| Exit::usage(e.to_string()))?;
    println!("{}", summary(&counters));
    Ok(())
}

/// Cancelled by Ctrl-C or SIGTERM.
pub(super) fn stopped_by_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        up::interrupted().await;
        cancelled.cancel();
    });
    stop
}

/// What was sent and what came of it.
pub(super) fn summary(counters: &Counters) -> String {
    let of = Counters::of;
    format!(
        "{} messages published, {} acknowledged, {} refused; {} connections refused or lost",
        of(&counters.published),
        of(&counters.acknowledged),
        of(&counters.refused),
        of(&counters.failures),
    )
}
