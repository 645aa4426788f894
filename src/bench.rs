//! `obrii bench`: what this machine can do, measured from outside the platform. The load generator
//! is this process; the platform is a child of the same binary, so that its memory and its death
//! are its own.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

mod fill;
mod filling;
mod ingest;
mod ledger;
mod load;
mod mosquitto;
mod platform;
mod process;
mod publish;
mod publisher;
mod read;
mod rig;
mod soak;
mod start;
mod wire;

/// What can be measured. Each prints its figures as one JSON object on the last line.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Messages from many connections, through a gateway to the disk and back as acknowledgement.
    Ingest(ingest::Args),
    /// A steady load for long; fails when backlog or memory grow, or something is missing.
    Soak(soak::Args),
    /// The same messages to any other broker.
    Publish(publish::Args),
    /// A new data folder as after years, filled straight through the store and sealed.
    Fill(fill::Args),
    /// The time until a platform on the data folder is ready, and its memory.
    Start(start::Args),
    /// What pages ask of the store, and the bytes of sealed observations.
    Read(read::Args),
}

/// Runs a measurement.
pub(crate) async fn run(command: Command, data: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Ingest(args) => print(&ingest::run(args).await?, out),
        Command::Soak(args) => {
            let report = soak::run(args).await?;
            print(&report, out)?;
            Ok(report.verdict()?)
        }
        Command::Publish(args) => print(&publish::run(args).await?, out),
        Command::Fill(args) => print(&fill::run(&args, data)?, out),
        Command::Start(args) => print(&start::run(&args, data).await?, out),
        Command::Read(args) => print(&read::run(&args)?, out),
    }
}

fn print(report: &impl Serialize, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string(report)?)?;
    Ok(())
}

/// An address of this machine that nobody listens on.
fn free_address() -> std::io::Result<SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// The middle one of some figures; 0 when there are none.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
