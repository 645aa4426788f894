//! The body of an export's file: what the reading thread has ready, no more than a few parts of it,
//! and the progress of what was taken. A body that is whole ends; one that is not breaks off.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use domain::directory::Directory;
use futures_util::{StreamExt, stream};
use store::clock::Clock;
use store::series::Series;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::read::{Part, read};
use super::{Export, Exports, Progress, no_turn};
use crate::config::EXPORT_PARTS_AHEAD_MAX;
use crate::problem::{Code, Problem};
use crate::view::{ExportFailureWord, ExportStateWord};

/// What a fetch needs of the platform.
pub(crate) struct Sources {
    /// Readings.
    pub(crate) series: Arc<dyn Series>,
    /// The registry's newest state.
    pub(crate) directory: Arc<Directory>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// The server stops.
    pub(crate) ended: CancellationToken,
}

/// A fetch that runs. Dropped before its end, it is abandoned: the reading thread finds its parts
/// wanted by nobody and ends with the page that it is at.
pub(crate) struct Download {
    export: Arc<Export>,
    parts: mpsc::Receiver<Part>,
    reading: JoinHandle<()>,
    clock: Arc<dyn Clock>,
    ended: CancellationToken,
    is_over: bool,
    /// Held by the reading thread, too: the next begins when both are gone.
    _turn: Arc<OwnedSemaphorePermit>,
}

impl Download {
    /// Begins to read, unless as many run as may or this one does.
    pub(crate) fn begin(
        exports: &Exports,
        export: Arc<Export>,
        sources: Sources,
    ) -> Result<Self, Problem> {
        let turn = Arc::clone(&exports.turns).try_acquire_owned().map_err(|_| no_turn())?;
        if !export.begin(sources.clock.now()) {
            let detail =
                format!("export `{}` is being fetched, expected to wait for its end", export.id);
            return Err(Problem::new(Code::Busy, detail));
        }
        let turn = Arc::new(turn);
        let (ready, parts) = mpsc::channel(EXPORT_PARTS_AHEAD_MAX);
        let Sources { series, directory, clock, ended } = sources;
        let (of_thread, read_of) = (Arc::clone(&turn), Arc::clone(&export));
        let reading = tokio::task::spawn_blocking(move || {
            read(&read_of.choice, &*series, &directory, &ready);
            drop(of_thread);
        });
        Ok(Self { export, parts, reading, clock, ended, is_over: false, _turn: turn })
    }

    /// As the body of an answer.
    pub(crate) fn body(self) -> Body {
        let parts = stream::unfold(self, async |mut download| {
            let part = download.next().await?;
            Some((part, download))
        });
        // A layer that compresses asks once more after the end.
        Body::from_stream(parts.fuse())
    }

    /// The next bytes; `None` at the end of a whole file, an error where it breaks off.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        while !self.is_over {
            let part = tokio::select! {
                part = self.parts.recv() => part,
                () = self.ended.cancelled() => Some(Part::Broken(ExportFailureWord::Stopped)),
            };
            match part {
                Some(Part::Read { bytes, rows, datastreams, datastreams_done, share }) => {
                    self.export.go_on(|before| Progress {
                        datastreams,
                        datastreams_done,
                        share,
                        rows: before.rows + rows,
                        bytes: before.bytes + bytes.len() as u64,
                        ..before
                    });
                    if !bytes.is_empty() {
                        return Some(Ok(bytes.into()));
                    }
                }
                Some(Part::End) => {
                    self.reading_ended().await;
                    self.end(ExportStateWord::Complete, None);
                }
                Some(Part::Broken(reason)) => return Some(Err(self.fail(reason))),
                None => {
                    // The thread said nothing of an end.
                    self.reading_ended().await;
                    return Some(Err(self.fail(ExportFailureWord::Internal)));
                }
            }
        }
        None
    }

    /// Waits until the thread has given its turn back: the next may begin when this one has ended.
    async fn reading_ended(&mut self) {
        if let Err(error) = (&mut self.reading).await {
            tracing::error!(%error, "the reading for an export panicked");
        }
    }

    fn fail(&mut self, reason: ExportFailureWord) -> io::Error {
        self.end(ExportStateWord::Failed, Some(reason));
        io::Error::other("the export broke off")
    }

    fn end(&mut self, state: ExportStateWord, reason: Option<ExportFailureWord>) {
        self.is_over = true;
        self.export.end(state, reason, self.clock.now());
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(ExportStateWord::Abandoned, None);
        }
    }
}
