//! Bulk exports: which objects, when and how, kept in memory until they are fetched, and how far
//! the fetching is. Nothing of a file is kept: each fetch reads the store anew.

mod choice;
mod download;
mod line;
mod read;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use tokio::sync::Semaphore;

pub(crate) use choice::{Choice, Named};
pub(crate) use download::{Download, Sources};

use crate::config::{EXPORT_KEPT_MS, EXPORTS_KEPT_MAX, EXPORTS_RUNNING_MAX};
use crate::problem::{Code, Problem};
use crate::view::{ExportFailureWord, ExportStateWord, ExportView};

/// An export.
#[derive(Debug)]
pub(crate) struct Export {
    /// Its id.
    pub(crate) id: String,
    /// What it exports.
    pub(crate) choice: Choice,
    created_at: Timestamp,
    /// Std's: held to copy a few numbers, never over an await.
    progress: Mutex<Progress>,
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
struct Progress {
    state: ExportStateWord,
    reason: Option<ExportFailureWord>,
    datastreams: u64,
    datastreams_done: u64,
    share: f64,
    rows: u64,
    bytes: u64,
    begun_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Progress {
    const fn none(datastreams: u64) -> Self {
        Self {
            state: ExportStateWord::Waiting,
            reason: None,
            datastreams,
            datastreams_done: 0,
            share: 0.0,
            rows: 0,
            bytes: 0,
            begun_at: None,
            ended_at: None,
        }
    }
}

impl Export {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_running(&self) -> bool {
        self.progress().state == ExportStateWord::Running
    }

    /// Begins at zero; false when somebody is fetching it.
    fn begin(&self, now: Timestamp) -> bool {
        let mut progress = self.progress();
        if progress.state == ExportStateWord::Running {
            return false;
        }
        let state = ExportStateWord::Running;
        let begun_at = Some(now);
        *progress = Progress { state, begun_at, ..Progress::none(self.choice.datastreams) };
        true
    }

    fn go_on(&self, further: impl FnOnce(Progress) -> Progress) {
        let mut progress = self.progress();
        *progress = further(*progress);
    }

    fn end(&self, state: ExportStateWord, reason: Option<ExportFailureWord>, now: Timestamp) {
        self.go_on(|before| Progress { state, reason, ended_at: Some(now), ..before });
    }

    /// As the API shows it.
    pub(crate) fn view(&self) -> ExportView {
        let (progress, choice) = (*self.progress(), &self.choice);
        ExportView {
            id: self.id.clone(),
            state: progress.state,
            reason: progress.reason,
            format: choice.format,
            from: choice.span.from.into(),
            to: choice.span.to.into(),
            objects: choice.objects.len() as u64,
            datastreams: progress.datastreams,
            datastreams_done: progress.datastreams_done,
            share: progress.share,
            rows: progress.rows,
            bytes: progress.bytes,
            simulated: choice.simulated,
            name: choice.name.clone(),
            file: format!("/api/v1/exports/{}/file", self.id),
            created_at: self.created_at.into(),
            begun_at: progress.begun_at.map(Into::into),
            ended_at: progress.ended_at.map(Into::into),
        }
    }
}

/// The exports that are kept, and the turns of those that run.
#[derive(Debug)]
pub(crate) struct Exports {
    /// Oldest first. Std's lock: held for short sections.
    kept: Mutex<Kept>,
    turns: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Kept {
    exports: VecDeque<Arc<Export>>,
    made: u64,
}

impl Exports {
    /// None.
    pub(crate) fn new() -> Self {
        let turns = Arc::new(Semaphore::new(EXPORTS_RUNNING_MAX));
        Self { kept: Mutex::default(), turns }
    }

    fn kept(&self, now: Timestamp) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |export: &Export| now.since_ms(export.created_at) < EXPORT_KEPT_MS;
        kept.exports.retain(|export| is_young(export) || export.is_running());
        kept
    }

    /// Keeps a new one; the oldest that does not run goes when there are too many. `boot` makes ids
    /// of one start differ from those of another.
    pub(crate) fn add(&self, choice: Choice, boot: &str, now: Timestamp) -> Arc<Export> {
        let mut kept = self.kept(now);
        kept.made += 1;
        let id = format!("{boot}-{}", kept.made);
        let progress = Mutex::new(Progress::none(choice.datastreams));
        let export = Arc::new(Export { id, choice, created_at: now, progress });
        if kept.exports.len() >= EXPORTS_KEPT_MAX
            && let Some(oldest) = kept.exports.iter().position(|export| !export.is_running())
        {
            kept.exports.remove(oldest);
        }
        kept.exports.push_back(Arc::clone(&export));
        export
    }

    /// One.
    pub(crate) fn find(&self, id: &str, now: Timestamp) -> Result<Arc<Export>, Problem> {
        let found = self.kept(now).exports.iter().find(|export| export.id == id).cloned();
        found.ok_or_else(|| {
            let hours = EXPORT_KEPT_MS / 3_600_000;
            let detail = format!(
                "export `{id}` is not kept, expected one of the newest {EXPORTS_KEPT_MAX} of the \
                 last {hours} h and of this start of the platform"
            );
            Problem::unknown(Code::NotFound, detail, id)
        })
    }

    /// All of them, newest first.
    pub(crate) fn all(&self, now: Timestamp) -> Vec<Arc<Export>> {
        self.kept(now).exports.iter().rev().cloned().collect()
    }

    /// A refusal while no other may begin.
    pub(crate) fn check_turn(&self) -> Result<(), Problem> {
        if self.turns.available_permits() > 0 { Ok(()) } else { Err(no_turn()) }
    }
}

fn no_turn() -> Problem {
    let detail = format!(
        "{EXPORTS_RUNNING_MAX} exports run, expected at most {EXPORTS_RUNNING_MAX} at one time: \
         try again when one of them has ended"
    );
    Problem::new(Code::Busy, detail)
}
