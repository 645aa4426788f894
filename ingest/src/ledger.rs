//! What is written down beside the readings, once a second and at the end, on a thread of its own
//! so that no commit waits for it: the balance by device, login refusals, and statuses of devices.
//! Ten thousand devices that come back after a blackout change all of these at once.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::intake::{Reason, Tally};
use domain::limits::PACKET_BYTES_MAX;
use store::intake::{Intake, Quarantined};

use crate::refusals::Refusals;

/// How often it is written.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Packets noted as too large between two writings; each closed its connection.
const OVERSIZED_MAX: usize = 1_000;
/// What such a packet counts.
pub(crate) const OVERSIZED: Tally = Tally {
    received: 1,
    stored: 0,
    corrected: 0,
    duplicate: 0,
    quarantined: 1,
    unknown_field: 0,
    late: 0,
    qos0: 0,
};

/// What waits to be written.
#[derive(Default)]
struct Pending {
    tallies: HashMap<String, Tally>,
    /// Readings that were in quarantine and were replayed, by the device they were counted under.
    released: HashMap<String, u64>,
    /// Retained payloads by topic; `None`: cleared.
    statuses: HashMap<String, Option<Vec<u8>>>,
    oversized: Vec<Quarantined>,
    is_closed: bool,
}

/// The ledger. A std mutex: it is held for additions only, never while writing.
pub(crate) struct Ledger {
    intake: Intake,
    refusals: Arc<Refusals>,
    pending: Mutex<Pending>,
    closing: Condvar,
}

impl Ledger {
    pub(crate) fn new(intake: Intake, refusals: Arc<Refusals>) -> Self {
        Self { intake, refusals, pending: Mutex::default(), closing: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what one commit counted, by device.
    pub(crate) fn count<'a>(&self, tallies: impl Iterator<Item = (&'a str, Tally)>) {
        let mut pending = self.lock();
        for (device, tally) in tallies {
            match pending.tallies.get_mut(device) {
                Some(sum) => *sum += tally,
                None => drop(pending.tallies.insert(device.to_owned(), tally)),
            }
        }
    }

    /// Readings that were counted as quarantined have been replayed, and counted as what they became.
    pub(crate) fn release(&self, device: &str, readings: u64) {
        *self.lock().released.entry(device.to_owned()).or_default() += readings;
    }

    /// Notes a packet that the broker did not take: of it only the size is known.
    pub(crate) fn note_oversized(&self, device: &str, bytes: u64, at: Timestamp) {
        let mut pending = self.lock();
        *pending.tallies.entry(device.to_owned()).or_default() += OVERSIZED;
        if pending.oversized.len() >= OVERSIZED_MAX {
            return;
        }
        pending.oversized.push(Quarantined {
            device: device.to_owned(),
            topic: String::new(),
            payload: Vec::new(),
            payload_bytes: bytes,
            reason: Reason::RefusedTooLarge,
            detail: format!("a packet of {bytes} bytes, expected at most {PACKET_BYTES_MAX}"),
            elements: None,
            readings: 1,
            sound: 0,
            arrived_at: at,
            gateway: "broker".to_owned(),
            speaker: None,
        });
    }

    /// Notes the status that is retained on a topic now.
    pub(crate) fn note_status(&self, topic: &str, payload: Option<Vec<u8>>) {
        self.lock().statuses.insert(topic.to_owned(), payload);
    }

    /// Writes until it is closed, and then once more.
    pub(crate) fn run(&self) {
        loop {
            let (pending, _) = self
                .closing
                .wait_timeout_while(self.lock(), WRITE_EVERY, |pending| !pending.is_closed)
                .unwrap_or_else(PoisonError::into_inner);
            let is_closed = pending.is_closed;
            drop(pending);
            self.write();
            if is_closed {
                return;
            }
        }
    }

    /// Nothing will be added any more.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.closing.notify_all();
    }

    /// Tallies that cannot be written are kept for the next time; a status only as long as no
    /// newer one came.
    fn write(&self) {
        let mut pending = self.lock();
        let tallies: Vec<_> = pending.tallies.drain().collect();
        let released: Vec<_> = pending.released.drain().collect();
        let statuses: Vec<_> = pending.statuses.drain().collect();
        let oversized = std::mem::take(&mut pending.oversized);
        drop(pending);
        if !tallies.is_empty()
            && let Err(error) = self.intake.add_tallies(&tallies)
        {
            tracing::warn!(%error, "the tallies could not be written");
            self.count(tallies.iter().map(|(device, tally)| (device.as_str(), *tally)));
        }
        // After the tallies: a reading is released after it was counted.
        if !released.is_empty()
            && let Err(error) = self.intake.release_tallies(&released)
        {
            tracing::warn!(%error, "what was replayed could not be taken out of the tallies");
            let mut pending = self.lock();
            for (device, readings) in released {
                *pending.released.entry(device).or_default() += readings;
            }
        }
        if !statuses.is_empty()
            && let Err(error) = self.intake.retain(&statuses)
        {
            tracing::warn!(%error, "the statuses could not be written");
            let mut pending = self.lock();
            for (topic, payload) in statuses {
                pending.statuses.entry(topic).or_insert(payload);
            }
        }
        if !oversized.is_empty()
            && let Err(error) = self.intake.quarantine(&oversized)
        {
            tracing::warn!(%error, "packets that were too large could not be noted");
        }
        self.refusals.flush(&self.intake);
    }
}
