//! The threads of the pipeline: one decodes, one commits, one keeps the ledger.

use std::sync::Arc;
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use domain::directory::Directory;
use domain::limits::BATCH_ARRIVALS_MAX;
use domain::position::Positions;
use tokio::sync::mpsc;

use crate::arrival::Arrival;
use crate::command::Command;
use crate::commit::Committer;
use crate::handover::Handover;
use crate::health::Condition;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::prepared::Prepared;
use crate::resolve::Resolver;
use crate::start::{Parts, StartError};

/// The running threads.
pub(crate) struct Pipeline {
    decoding: JoinHandle<()>,
    committing: JoinHandle<()>,
    writing: JoinHandle<()>,
    handover: Arc<Handover>,
    ledger: Arc<Ledger>,
}

impl Pipeline {
    /// Takes what arrives until the last sender is gone.
    pub(crate) fn start(
        parts: &Parts,
        positions: Positions,
        commands: mpsc::Sender<Command>,
        arrivals: mpsc::Receiver<Arrival>,
        ledger: &Arc<Ledger>,
        metrics: &Arc<Metrics>,
        condition: &Arc<Condition>,
    ) -> Result<Self, StartError> {
        let ledger = Arc::clone(ledger);
        let handover = Arc::new(Handover::default());
        let (of_metrics, of_ledger) = (Arc::clone(metrics), Arc::clone(&ledger));
        let committer = Committer::new(parts, of_metrics, Arc::clone(condition), of_ledger);
        let resolver = Resolver::new(Some(Arc::clone(&parts.series)), positions, commands);
        let writing = {
            let ledger = Arc::clone(&ledger);
            spawn("obrii-ledger", move || ledger.run())?
        };
        let committing = {
            let handover = Arc::clone(&handover);
            spawn("obrii-commit", move || committer.run(&handover))?
        };
        let decoding = {
            let (handover, metrics) = (Arc::clone(&handover), Arc::clone(metrics));
            let directory = Arc::clone(&parts.directory);
            spawn("obrii-decode", move || {
                decode(arrivals, resolver, &directory, &handover, &metrics);
            })?
        };
        Ok(Self { decoding, committing, writing, handover, ledger })
    }

    /// Where what needs no decoding is handed over.
    pub(crate) fn handover(&self) -> Arc<Handover> {
        Arc::clone(&self.handover)
    }

    /// Waits until all that arrived is committed and written down; blocks. The senders must be
    /// gone. `false`: a thread panicked.
    pub(crate) fn join(self) -> bool {
        let decoded = self.decoding.join();
        self.handover.close();
        let committed = self.committing.join();
        self.ledger.close();
        decoded.is_ok() & committed.is_ok() & self.writing.join().is_ok()
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    std::thread::Builder::new().name(name.into()).spawn(body).map_err(StartError::Thread)
}

/// The decoding thread: everything that waits becomes a batch.
fn decode(
    mut taken: mpsc::Receiver<Arrival>,
    mut resolver: Resolver,
    directory: &ArcSwap<Directory>,
    handover: &Handover,
    metrics: &Metrics,
) {
    let mut arrivals = Vec::with_capacity(BATCH_ARRIVALS_MAX);
    while taken.blocking_recv_many(&mut arrivals, BATCH_ARRIVALS_MAX) > 0 {
        metrics.set_queue(taken.len());
        let directory = directory.load();
        let mut prepared = Prepared::new();
        for arrival in arrivals.drain(..) {
            resolver.resolve(&directory, arrival, &mut prepared);
        }
        handover.put(prepared);
    }
}
