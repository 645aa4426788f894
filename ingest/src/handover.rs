//! Between the decoding and the committing thread: while one batch is being written, the next one
//! grows here, so that its size follows from how long a commit takes, with no timer in between.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::limits::BATCH_ARRIVALS_MAX;

use crate::prepared::Prepared;

/// What the committing thread gets.
pub(crate) enum Taken {
    /// All that was prepared since.
    Batch(Box<Prepared>),
    /// Nothing came in the time given.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

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

    /// Takes what is pending, after at most `wait`.
    pub(crate) fn take(&self, wait: Duration) -> Taken {
        let is_idle = |state: &mut State| state.pending.is_none() && !state.closed;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), wait, is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        match state.pending.take() {
            Some(prepared) => {
                self.changed.notify_all();
                Taken::Batch(prepared)
            }
            None if state.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }

    /// Nothing will be put any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}
