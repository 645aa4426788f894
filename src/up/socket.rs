//! The platform's door for commands on its own machine: a unix socket in the data folder. One
//! question is one line of JSON, and so is its answer. Only the user that runs the platform, and root,
//! may ask.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ingest::Replayer;
use serde::{Deserialize, Serialize};
use store::intake::{Choice, Replayed};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::follow::Follower;
use super::replay::{self, Asked, Done};
use super::{Ground, Snapshot};
use crate::exit::Exit;

const FILE: &str = "obrii.sock";
/// Bytes of a question: numbers of rows from a command line.
const QUESTION_BYTES_MAX: u64 = 256 * 1024;
/// How long a question may take to come.
const QUESTION_MAX: Duration = Duration::from_secs(5);
/// How long whoever asked may take to read the answer: others wait meanwhile, and so does a stop.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Pause after a failed `accept`: no file descriptor may be free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What can be asked of a running platform.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Question {
    /// A copy of the data folder into a new one, named from the root.
    Snapshot(PathBuf),
    /// Rows of quarantine through the pipeline again.
    Replay(Asked),
}

/// What it answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Snapshot(Snapshot),
    Replay(Done),
    /// It could not be done: the exit code for whoever asked, and why.
    Refused {
        code: Option<u8>,
        message: String,
    },
}

/// What questions are answered with.
pub(super) struct Desk {
    pub(super) ground: Ground,
    pub(super) replayer: Replayer,
    pub(super) follower: Arc<Follower>,
}

/// Answers questions, one after another, until `stop`.
pub(super) async fn run(data: PathBuf, desk: Desk, stop: CancellationToken) -> anyhow::Result<()> {
    let file = data.join(FILE);
    let listener = match listen(&file) {
        Ok(listener) => listener,
        // A path longer than 107 bytes, a file system without sockets: everything else works.
        Err(error) => {
            warn!("commands cannot ask the platform, `{}`: {error}", file.display());
            stop.cancelled().await;
            return Ok(());
        }
    };
    while let Some(caller) = stop.run_until_cancelled(listener.accept()).await {
        let answered = match caller {
            Ok((stream, _)) => serve(stream, &desk, &stop).await,
            Err(error) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                Err(error.into())
            }
        };
        if let Err(error) = answered {
            warn!("a question at `{}`: {error:#}", file.display());
        }
    }
    Ok(remove(&file)?)
}

/// Whoever has the series is the only platform here: what lies there was left by a kill.
fn listen(file: &Path) -> std::io::Result<UnixListener> {
    remove(file)?;
    let listener = UnixListener::bind(file)?;
    std::fs::set_permissions(file, Permissions::from_mode(0o600))?;
    Ok(listener)
}

fn remove(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn serve(
    mut stream: UnixStream,
    desk: &Desk,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut bounded = tokio::io::BufReader::new(read.take(QUESTION_BYTES_MAX));
    tokio::time::timeout(QUESTION_MAX, bounded.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        Ok(Question::Snapshot(folder)) => snapshot(&desk.ground, folder, stop).await?,
        Ok(Question::Replay(asked)) => {
            match replay::replay(&desk.replayer, &desk.follower, asked).await {
                Ok(done) => Answer::Replay(done),
                Err(error) => refused(&error),
            }
        }
        Err(error) => Answer::Refused { code: None, message: format!("no question: {error}") },
    };
    let line = line_of(&answer)?;
    tokio::time::timeout(ANSWER_MAX, write.write_all(&line))
        .await
        .context("whoever asked does not read the answer")??;
    Ok(())
}

async fn snapshot(
    ground: &Ground,
    folder: PathBuf,
    stop: &CancellationToken,
) -> anyhow::Result<Answer> {
    let (copying, series) = (ground.clone(), &ground.series);
    let mut copied = tokio::task::spawn_blocking(move || copying.snapshot(&folder));
    let copied = tokio::select! {
        copied = &mut copied => copied?,
        () = stop.cancelled() => {
            series.halt();
            copied.await?
        }
    };
    Ok(match copied {
        Ok(snapshot) => {
            info!(folder = %snapshot.folder.display(), "the data folder is copied");
            Answer::Snapshot(snapshot)
        }
        Err(error) => refused(&error),
    })
}

fn refused(error: &anyhow::Error) -> Answer {
    let code = error.downcast_ref::<Exit>().map(|exit| exit.code);
    Answer::Refused { code, message: format!("{error:#}") }
}

fn line_of(what: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    Ok(line)
}

/// Asks the platform that runs on a data folder for a copy of it; `None` when none runs. Blocks
/// until the copy is made.
pub(crate) fn ask_snapshot(data: &Path, folder: &Path) -> anyhow::Result<Option<Snapshot>> {
    match ask(data, &Question::Snapshot(folder.to_owned()))? {
        None => Ok(None),
        Some(Answer::Snapshot(snapshot)) => Ok(Some(snapshot)),
        Some(_) => Err(foreign_answer()),
    }
}

/// Asks the platform that runs on a data folder to replay the first rows of a choice, one call's
/// worth; `None` when none runs. Blocks until it did.
pub(crate) fn ask_replay(data: &Path, choice: &Choice) -> anyhow::Result<Option<Replayed>> {
    match ask(data, &Question::Replay(choice.into()))? {
        None => Ok(None),
        Some(Answer::Replay(done)) => Ok(Some(done.replayed()?)),
        Some(_) => Err(foreign_answer()),
    }
}

fn foreign_answer() -> anyhow::Error {
    anyhow::anyhow!("the platform answered another question")
}

/// Asks a question; `None` when no platform runs on the folder.
fn ask(data: &Path, question: &Question) -> anyhow::Result<Option<Answer>> {
    let file = data.join(FILE);
    let mut stream = match BlockingStream::connect(&file) {
        Ok(stream) => stream,
        Err(error)
            if [ErrorKind::NotFound, ErrorKind::ConnectionRefused].contains(&error.kind()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("`{}`", file.display())),
    };
    stream.write_all(&line_of(question)?)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    match serde_json::from_str(&line) {
        Ok(Answer::Refused { code: Some(code), message }) => Err(Exit { code, message }.into()),
        Ok(Answer::Refused { code: None, message }) => Err(anyhow::anyhow!(message)),
        Ok(answer) => Ok(Some(answer)),
        Err(_) => Err(anyhow::anyhow!("the platform ended before it answered")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_who_runs_the_platform_may_ask_and_what_a_kill_left_is_no_hindrance() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        drop(listen(&file).expect("listens"));
        assert!(file.exists(), "as after a kill");
        let _listener = listen(&file).expect("listens again");
        let mode = std::fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        remove(&file).expect("removed");
        remove(&file).expect("nothing to remove is no error");
    }
}
