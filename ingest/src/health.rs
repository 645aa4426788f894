//! Whether the pipeline can do its work: readiness follows from it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the pipeline says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The last commit succeeded.
    pub store_ok: bool,
    /// Taking arrivals; `false` once it was told to stop.
    pub taking: bool,
    /// Each external broker by the name of its source: is it connected and subscribed?
    pub sources: Vec<(String, bool)>,
}

impl Health {
    /// Everything works.
    pub fn is_ready(&self) -> bool {
        self.store_ok && self.taking && self.sources.iter().all(|(_, connected)| *connected)
    }
}

/// The state behind [`Health`], changed by those who know.
#[derive(Debug)]
pub(crate) struct Condition {
    store_ok: AtomicBool,
    taking: AtomicBool,
    sources: Mutex<Vec<(String, Arc<AtomicBool>)>>,
}

impl Condition {
    pub(crate) fn new() -> Self {
        Self {
            store_ok: AtomicBool::new(true),
            taking: AtomicBool::new(true),
            sources: Mutex::default(),
        }
    }

    /// Notes whether the store works; says so once when that changes.
    pub(crate) fn set_store_ok(&self, is_ok: bool) {
        let was_ok = self.store_ok.swap(is_ok, Ordering::Relaxed);
        if !was_ok && is_ok {
            tracing::info!("the store works again");
        }
    }

    pub(crate) fn stop_taking(&self) {
        self.taking.store(false, Ordering::Relaxed);
    }

    /// A switch for the state of a source.
    pub(crate) fn source(&self, name: &str) -> Arc<AtomicBool> {
        let connected = Arc::new(AtomicBool::new(false));
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.push((name.to_owned(), Arc::clone(&connected)));
        connected
    }

    pub(crate) fn health(&self) -> Health {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        Health {
            store_ok: self.store_ok.load(Ordering::Relaxed),
            taking: self.taking.load(Ordering::Relaxed),
            sources: sources
                .iter()
                .map(|(name, connected)| (name.clone(), connected.load(Ordering::Relaxed)))
                .collect(),
        }
    }
}
