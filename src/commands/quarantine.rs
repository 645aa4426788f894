//! `obrii quarantine`: the work list of messages that could not be used, whether or not a platform
//! runs on the folder.

mod print;
mod replay;

use std::io::Write;
use std::path::Path;

use domain::intake::{Reason, SettledAs};
use domain::limits::{PAGE_ROWS_MAX, QUARANTINE_ROWS_PER_CALL_MAX, REMARK_CHARS_MAX};
use serde_json::{Value, json};
use store::clock::{Clock as _, SystemClock};
use store::intake::{Choice, Intake, QuarantineFilter};

use super::registry;
use crate::exit::Exit;
use crate::file::Blocks;
use crate::up::INTAKE_FILE;

/// Rows of a list when nobody says otherwise.
const ROWS: usize = 100;

/// What can be done with quarantine.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List messages, the newest first.
    List {
        /// Only of this device, as claimed.
        #[arg(long, value_name = "NAME")]
        device: Option<String>,
        /// Only with this reason's code.
        #[arg(long, value_parser = reason)]
        reason: Option<Reason>,
        /// Only messages in this state: open, replayed or discarded.
        #[arg(long, value_name = "STATE", default_value = OPEN, value_parser = state)]
        state: State,
        /// Only rows older than this number.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        /// How many at most, 1 to 1000.
        #[arg(long, value_name = "N", default_value_t = ROWS, value_parser = rows)]
        limit: usize,
    },
    /// Show one message with all its kept bytes, as text and in hexadecimal, and what became of it.
    Show {
        /// Its number.
        id: i64,
    },
    /// Put messages through the pipeline again, after what was wrong with them was put right. A
    /// platform that runs on the folder does it.
    Replay {
        #[command(flatten)]
        which: Which,
    },
    /// Take messages off the list that are of no use.
    Discard {
        #[command(flatten)]
        which: Which,
        /// Why they are of no use, 1 to 500 characters.
        #[arg(long, value_name = "TEXT", value_parser = remark)]
        remark: String,
    },
}

/// Which messages: those that fit all that is said, and something has to be.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Which {
    /// Messages of these numbers.
    ids: Vec<i64>,
    /// Messages of this device, as claimed.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Messages with this reason's code.
    #[arg(long, value_parser = reason)]
    reason: Option<Reason>,
    /// All messages.
    #[arg(long, conflicts_with_all = ["ids", "device", "reason"])]
    all: bool,
}

impl Which {
    fn choice(self) -> Choice {
        let Self { ids, device, reason, all: _ } = self;
        Choice { ids: (!ids.is_empty()).then_some(ids), device, reason, after: 0 }
    }
}

fn reason(code: &str) -> Result<Reason, String> {
    Reason::parse(code).ok_or_else(|| {
        let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        format!("expected one of {}", known.join(", "))
    })
}

/// The word for messages that wait for somebody's work.
const OPEN: &str = "open";

/// Where messages stand on the work list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    /// `None`: they are open.
    settled: Option<SettledAs>,
}

fn state(word: &str) -> Result<State, String> {
    if word == OPEN {
        return Ok(State { settled: None });
    }
    SettledAs::parse(word).map(|how| State { settled: Some(how) }).ok_or_else(|| {
        let known: Vec<&str> = SettledAs::ALL.iter().map(|settled| settled.as_str()).collect();
        format!("expected {OPEN}, {}", known.join(" or "))
    })
}

fn rows(text: &str) -> Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| (1..=PAGE_ROWS_MAX).contains(rows));
    rows.ok_or_else(|| format!("expected 1 to {PAGE_ROWS_MAX}"))
}

fn remark(text: &str) -> Result<String, String> {
    let remark = text.trim();
    let is_fit = (1..=REMARK_CHARS_MAX).contains(&remark.chars().count());
    let expected = || format!("expected 1 to {REMARK_CHARS_MAX} characters");
    is_fit.then(|| remark.to_owned()).ok_or_else(expected)
}

/// Opens the intake of a folder that must be there: a mistyped folder is no new city.
fn open(data: &Path) -> anyhow::Result<Intake> {
    let file = data.join(INTAKE_FILE);
    if !file.exists() {
        let message = format!("`{}` holds no intake, expected the folder of one", data.display());
        return Err(Exit::usage(message).into());
    }
    Intake::open(&file).map_err(registry::refused)
}

/// Runs the command.
pub(crate) async fn run(
    command: Command,
    data: &Path,
    blocks: &Blocks,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let intake = open(data)?;
    match command {
        Command::List { device, reason, state, before, limit } => {
            let filter = QuarantineFilter { device, reason };
            let rows = intake.list_filed(state.settled, &filter, before, limit);
            let rows = rows.map_err(registry::refused)?;
            if json {
                writeln!(out, "{}", rows.iter().map(print::row).collect::<Value>())?;
                return Ok(());
            }
            for filed in &rows {
                writeln!(out, "{}", print::line(filed))?;
            }
            Ok(())
        }
        Command::Show { id } => {
            let Some(filed) = intake.find(id).map_err(registry::refused)? else {
                let message = format!("nothing in quarantine has the number {id}");
                return Err(Exit::data(message).into());
            };
            if json {
                writeln!(out, "{}", print::whole(&filed))?;
            } else {
                print::page(&filed, out)?;
            }
            Ok(())
        }
        Command::Replay { which } => {
            let done = replay::all(data, blocks, which.choice()).await?;
            print::replayed(&done, json, out)
        }
        Command::Discard { which, remark } => {
            let (choice, now) = (which.choice(), SystemClock.now());
            let mut discarded = 0;
            loop {
                let done = intake.discard(&choice, &remark, now, QUARANTINE_ROWS_PER_CALL_MAX);
                let done = done.map_err(registry::refused)?;
                discarded += done.discarded;
                if done.left == 0 || done.discarded == 0 {
                    break;
                }
            }
            if json {
                writeln!(out, "{}", json!({ "discarded": discarded }))?;
            } else {
                writeln!(out, "{discarded} messages are discarded")?;
            }
            Ok(())
        }
    }
}
