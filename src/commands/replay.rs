//! `obrii replay`: publishes real recordings to any broker, or writes their devices as a file for
//! `obrii device import`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use domain::{CommunityId, Timestamp};
use firmware_sim::replay::{Config, Recording, Source, Span, run as play};
use firmware_sim::run::now;
use tracing::info;

use super::device::read_tokens;
use super::sim::{stopped_by_signal, summary};
use crate::exit::Exit;

/// What can be said of a replay.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The recording's form: openair-mydata, cologne-uba or austin-capmetro.
    source: Source,
    /// Its file, or the folder that holds it.
    path: PathBuf,
    /// Write the recording's devices to this file and end; `obrii device import` reads it.
    #[arg(long, value_name = "FILE.csv", conflicts_with = "tokens")]
    devices: Option<PathBuf>,
    /// Community of the devices.
    #[arg(long, env = "OBRII_REPLAY_COMMUNITY", default_value = "replay")]
    community: CommunityId,
    /// The broker.
    #[arg(
        long,
        env = "OBRII_REPLAY_BROKER",
        default_value = "127.0.0.1:1883",
        value_name = "HOST:PORT"
    )]
    broker: String,
    /// Tokens of the devices, as `obrii device import --tokens` wrote them: id,token.
    #[arg(
        long,
        env = "OBRII_REPLAY_TOKENS",
        value_name = "FILE.csv",
        required_unless_present = "devices"
    )]
    tokens: Option<PathBuf>,
    /// Recorded seconds of one second; `inf`: as fast as the broker acknowledges.
    #[arg(long, env = "OBRII_REPLAY_SPEED", default_value_t = 1.0)]
    speed: f64,
    /// Only what was recorded from here on, RFC 3339 with an offset.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only what was recorded before, RFC 3339 with an offset.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Shift the time stamps so that the recording catches up with now when it ends; whole hours
    /// for hourly recordings.
    #[arg(long, env = "OBRII_REPLAY_NOW")]
    now: bool,
}

/// Runs `obrii replay`.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let span = Span {
        from: args.from.unwrap_or(Span::ALL.from),
        until: args.until.unwrap_or(Span::ALL.until),
    };
    let mut recording =
        Recording::read(args.source, &args.path, span).map_err(|e| Exit::data(e.to_string()))?;
    if let Some(file) = &args.devices {
        let rows = recording.device_csv(&args.community);
        std::fs::write(file, rows).with_context(|| file.display().to_string())?;
        println!("{} devices written to {}", recording.devices.len(), file.display());
        return Ok(());
    }
    if args.now {
        recording = recording.shifted_to(now(), args.speed);
    }
    let (first, last) = recording.ends();
    info!(messages = recording.messages(), %first, %last, speed = args.speed, "the replay begins");
    let tokens = args.tokens.as_deref().map(read_tokens).transpose()?.unwrap_or_default();
    let config = Config {
        broker: args.broker,
        tokens: tokens.into_iter().collect(),
        community: args.community,
        speed: args.speed,
        counters: Arc::default(),
    };
    let counters = Arc::clone(&config.counters);
    play(recording, config, stopped_by_signal()).await.map_err(|e| Exit::usage(e.to_string()))?;
    println!("{}", summary(&counters));
    Ok(())
}
