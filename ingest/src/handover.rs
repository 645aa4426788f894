//! Between the decoding and the committing thread: while one batch is being written, the next one
//! grows here, so that its size follows from how long a commit takes, with no timer in between.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use domain::limits::BATCH_ARRIVALS_MAX;

use crate::prepared::Prepared;

#[derive(Default)]
struct State {
    pending: Option<Box<Prepared>>,
    closed: bool,
}

impl State {
    fn is_full(&self) -> bool {
        self.pending.as_ref().is_some_and(|p| p.parts.len() >= BATCH_ARRIVALS_MAX)
    }

    fn add(&mut self, prepared: Prepared) {
        match &mut self.pending {
            Some(pending) => pending.join(prepared),
            None => self.pending = Some(Box::new(prepared)),
        }
    }
}

/// The place where batches are handed over. A std mutex: it is held for a few moves only.
#[derive(Default)]
pub(crate) struct Handover {
    state: Mutex<State>,
    changed: Condvar,
}

impl Handover {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the pending batch; waits while that is full.
    pub(crate) fn put(&self, prepared: Prepared) {
        let is_full = |state: &mut State| state.is_full();
        let mut state =
            self.changed.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        state.add(prepared);
        self.changed.notify_all();
    }

    /// Adds to the pending batch at once; `Err`: it is full, and nothing was added.
    pub(crate) fn try_put(&self, prepared: Prepared) -> Result<(), Box<Prepared>> {
        let mut state = self.lock();
        if state.is_full() || state.closed {
            return Err(Box::new(prepared));
        }
        state.add(prepared);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes all that was prepared since; waits for it. `None`: nothing will come any more.
    pub(crate) fn take(&self) -> Option<Box<Prepared>> {
        let is_idle = |state: &mut State| state.pending.is_none() && !state.closed;
        let mut state =
            self.changed.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        self.changed.notify_all();
        state.pending.take()
    }

    /// Nothing will be put any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}
