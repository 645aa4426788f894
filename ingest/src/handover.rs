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
        let is_full = |state: &mut State| {
            state.pending.as_ref().is_some_and(|p| p.parts.len() >= BATCH_ARRIVALS_MAX)
        };
        let mut state =
            self.changed.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        match &mut state.pending {
            Some(pending) => pending.join(prepared),
            None => state.pending = Some(Box::new(prepared)),
        }
        self.changed.notify_all();
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
