//! The command line: what can be asked for, and who answers. `--help` is the reference; every flag
//! may stand as `OBRII_…` in the environment or in `obrii.toml`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::exit::Exit;
use crate::{bench, commands, file, up};

/// What is logged when nobody says otherwise: libraries only tell what is wrong, and the broker not
/// each client that went away; refusals are counted and kept.
const QUIET_LIBRARIES: &str =
    "info,fjall=warn,lsm_tree=warn,rmqtt=error,rmqtt_net=error,refinery_core=warn";

/// The telemetry platform for Ukrainian cities and communities.
#[derive(Debug, Parser)]
#[command(name = "obrii", version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Folder of the registry and the series.
    #[arg(
        long,
        global = true,
        env = "OBRII_DATA",
        default_value = "obrii-data",
        value_name = "DIR"
    )]
    pub(crate) data: PathBuf,
    /// File with the same keys as the flags; read when it exists.
    #[arg(
        long,
        global = true,
        env = "OBRII_CONFIG",
        default_value = "obrii.toml",
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,
    /// Print machine-readable output.
    #[arg(long, global = true, env = "OBRII_JSON")]
    pub(crate) json: bool,
    /// What is logged: error, warn, info, debug, or by module.
    #[arg(
        long,
        global = true,
        env = "OBRII_LOG",
        default_value = QUIET_LIBRARIES,
        value_name = "FILTER"
    )]
    pub(crate) log: String,
    /// Log one JSON object a line.
    #[arg(long, global = true, env = "OBRII_LOG_JSON")]
    pub(crate) log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform: broker, ingest, store, API and dashboard in one process.
    Up(up::Args),
    /// Budget programmes: import, check the documents' own arithmetic, list.
    #[command(subcommand)]
    Programme(commands::programme::Command),
    /// Profiles of devices: list, show, check a file, make an edition.
    #[command(subcommand)]
    Profile(commands::profile::Command),
    /// Devices: import and export CSV, list, rotate tokens, decommission, replace.
    #[command(subcommand)]
    Device(commands::device::Command),
    /// Read-only MQTT credentials of programs and people.
    #[command(subcommand)]
    Credential(commands::credential::Command),
    /// Messages that could not be used: list, show, replay, discard.
    #[command(subcommand)]
    Quarantine(commands::quarantine::Command),
    /// The series store: check what lies on the disk.
    #[command(subcommand)]
    Store(commands::store::Command),
    /// Publish the simulated city to a broker.
    Sim(commands::sim::Args),
    /// Publish real recordings to a broker.
    Replay(commands::replay::Args),
    /// Measure this machine.
    #[command(subcommand)]
    Bench(bench::Command),
}

/// Reads arguments, environment and the configuration file, in this order of precedence.
pub(crate) fn parse() -> anyhow::Result<(Cli, file::Blocks)> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let path = file::path_of(&arguments);
    let read = file::read(&path)?;
    let command = read.as_defaults(Cli::command())?;
    let matches = command.try_get_matches_from(arguments).map_err(|error| {
        // Help and version are what was asked for, and no error.
        if !error.use_stderr() {
            error.exit();
        }
        Exit::usage(error.render().to_string())
    })?;
    let cli = Cli::from_arg_matches(&matches).map_err(|e| Exit::usage(e.to_string()))?;
    Ok((cli, read.blocks))
}

/// Runs what was asked for.
pub(crate) fn run((cli, blocks): (Cli, file::Blocks)) -> anyhow::Result<()> {
    log_to_stderr(&cli)?;
    let mut out = std::io::stdout().lock();
    let (data, json) = (cli.data.as_path(), cli.json);
    match cli.command {
        Command::Up(args) => {
            drop(out);
            let config = up::Config::checked(args, data, blocks)?;
            runtime()?.block_on(up::run(config, up::interrupted()))
        }
        Command::Programme(command) => commands::programme::run(command, data, json, &mut out),
        Command::Profile(command) => commands::profile::run(command, data, json, &mut out),
        Command::Device(command) => commands::device::run(command, data, json, &mut out),
        Command::Credential(command) => commands::credential::run(command, data, json, &mut out),
        Command::Quarantine(command) => {
            let asked = commands::quarantine::run(command, data, &blocks, json, &mut out);
            runtime()?.block_on(asked)
        }
        Command::Store(command) => commands::store::run(command, data, json, &mut out),
        Command::Sim(args) => runtime()?.block_on(commands::sim::run(args)),
        Command::Replay(args) => runtime()?.block_on(commands::replay::run(args)),
        Command::Bench(command) => runtime()?.block_on(bench::run(command, data, &mut out)),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn log_to_stderr(cli: &Cli) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&cli.log)
        .map_err(|e| Exit::usage(format!("log filter `{}`: {e}", cli.log)))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if cli.log_json {
        builder.json().try_init()
    } else {
        builder.with_ansi(false).with_target(false).try_init()
    };
    installed.map_err(|e| anyhow::anyhow!("logging: {e}"))
}
