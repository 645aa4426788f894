//! Waiting times between attempts: doubled each time up to a ceiling, with jitter, so that many who
//! were cut off at once do not come back at once.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A series of waiting times.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    ceiling: Duration,
    attempts: u32,
    /// The standard library's randomly seeded hasher is the source of the jitter.
    seed: RandomState,
}

impl Backoff {
    pub(crate) fn new(first: Duration, ceiling: Duration) -> Self {
        Self { first, ceiling, attempts: 0, seed: RandomState::new() }
    }

    /// The next waiting time: between a half and the whole of what the doubling gives.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.first.saturating_mul(1 << self.attempts.min(20)).min(self.ceiling);
        self.attempts += 1;
        let share = self.seed.hash_one(self.attempts) % 1000;
        whole / 2 + whole / 2 * share as u32 / 1000
    }

    /// It worked; the next wait is a short one again.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_ceiling_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let waits: Vec<_> = (0..40).map(|_| backoff.next()).collect();
        assert!(waits[0] >= Duration::from_millis(50) && waits[0] <= Duration::from_millis(100));
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(5)));
        assert!(waits[39] >= Duration::from_millis(2500));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(100));
    }
}
