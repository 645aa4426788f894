//! The committing thread: writes batches, answers who waits, keeps the state of the city and tells
//! what changed. A batch that fails is tried again; when the store takes everything but one
//! message, that message is put aside as poisoned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::change::Changes;
use domain::city::{City, Reading};
use domain::intake::{Reason, Tally};
use domain::limits::COMMIT_WAIT_MS_MAX;
use domain::{Outcome, PropertyId, Quality};
use store::clock::Clock;
use store::intake::{Intake, Settled};
use store::series::{Appended, Series};
use tokio::sync::broadcast;

use crate::arrival::{Arrival, Verdict};
use crate::aside;
use crate::backoff::Backoff;
use crate::handover::Handover;
use crate::health::Condition;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::prepared::{Part, Prepared};

/// Failures of a whole batch before it is taken apart.
const WHOLE_FAILURES_MAX: u32 = 2;
/// Failures in a row, without one success, after which the store itself is held for away. Halving
/// the largest batch down to one message takes fewer.
const PART_FAILURES_MAX: u32 = 24;

const _: () = assert!(1 << (PART_FAILURES_MAX / 2) >= domain::limits::BATCH_ARRIVALS_MAX);

/// Everything a commit touches.
pub(crate) struct Committer {
    series: Arc<dyn Series>,
    intake: Intake,
    clock: Arc<dyn Clock>,
    changes: broadcast::Sender<Arc<Changes>>,
    metrics: Arc<Metrics>,
    condition: Arc<Condition>,
    ledger: Arc<Ledger>,
    city: City,
    number: u64,
}

/// What the search for a poisoned message has seen so far.
#[derive(Default)]
struct Search {
    successes: u32,
    failures_in_a_row: u32,
    culprits: Vec<Prepared>,
}

impl Committer {
    pub(crate) fn new(
        parts: &crate::Parts,
        metrics: Arc<Metrics>,
        condition: Arc<Condition>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Self {
            series: Arc::clone(&parts.series),
            intake: parts.intake.clone(),
            clock: Arc::clone(&parts.clock),
            changes: parts.changes.clone(),
            metrics,
            condition,
            ledger,
            city: City::default(),
            number: 0,
        }
    }

    /// Commits what is handed over until nothing comes any more. A mistake of ours in one batch
    /// does not end the thread: its tokens are dropped, and the senders keep what they have sent.
    pub(crate) fn run(mut self, handover: &Handover) {
        while let Some(prepared) = handover.take() {
            let committed = catch_unwind(AssertUnwindSafe(|| self.commit(*prepared)));
            if committed.is_err() {
                self.condition.set_store_ok(false);
                tracing::error!("a batch could not be committed, this is a mistake in Obrii");
            }
        }
    }

    fn commit(&mut self, mut prepared: Prepared) {
        for (object, known) in std::mem::take(&mut prepared.recalled) {
            self.city.recall(object, known);
        }
        let deadline = prepared.begun_at + Duration::from_millis(COMMIT_WAIT_MS_MAX);
        let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(800));
        let mut failures = 0;
        while !self.write(&mut prepared) {
            failures += 1;
            let is_written = prepared.appended.is_some();
            if failures == WHOLE_FAILURES_MAX && prepared.parts.len() > 1 && !is_written {
                return self.take_apart(prepared);
            }
            let wait = backoff.next();
            if Instant::now() + wait >= deadline {
                return self.give_back(prepared);
            }
            std::thread::sleep(wait);
        }
        self.finish(prepared);
    }

    /// Writes the batch, and then its quarantine; is all of it on disk?
    fn write(&mut self, prepared: &mut Prepared) -> bool {
        let begun_at = Instant::now();
        let written = self.try_write(prepared);
        match &written {
            Ok(()) => self.metrics.count_commit(begun_at.elapsed()),
            Err(reason) => {
                self.metrics.commit_failures.increment();
                if self.condition.health().store_ok {
                    tracing::error!(%reason, "a commit failed, senders keep what they have sent");
                }
            }
        }
        self.condition.set_store_ok(written.is_ok());
        written.is_ok()
    }

    fn try_write(&self, prepared: &mut Prepared) -> Result<(), String> {
        if prepared.appended.is_none() {
            let batch = &prepared.batch;
            let is_empty = batch.rows.is_empty() && batch.texts.is_empty();
            let appended = if is_empty {
                Appended::default()
            } else {
                catch_unwind(AssertUnwindSafe(|| self.series.append(batch)))
                    .map_err(|_| "the series store panicked".to_owned())?
                    .map_err(|error| error.to_string())?
            };
            prepared.appended = Some(appended);
        }
        let replays = prepared.parts.iter().filter_map(|part| part.arrival.replay.as_ref());
        let settled: Vec<Settled> = replays.map(|replay| replay.settled()).collect();
        if !prepared.quarantined.is_empty() || !settled.is_empty() {
            let dropped = self
                .intake
                .quarantine_and_settle(&prepared.quarantined, &settled, self.clock.now())
                .map_err(|error| error.to_string())?;
            self.metrics.quarantine_dropped.add(dropped.of_device + dropped.in_all);
        }
        Ok(())
    }

    /// Answers, counts and tells a batch that is on disk.
    fn finish(&mut self, mut prepared: Prepared) {
        let Some(appended) = prepared.appended.take() else { return self.give_back(prepared) };
        for part in &mut prepared.parts {
            std::mem::take(&mut part.arrival.token).answer(Verdict::Stored);
        }
        self.count(&prepared, &appended);
        self.tell(&prepared);
        for row in &prepared.quarantined {
            self.metrics.count_reason(row.reason);
        }
    }

    /// Nothing of it is acknowledged: the senders send it again.
    fn give_back(&mut self, prepared: Prepared) {
        self.metrics.retries.add(prepared.parts.len() as u64);
        for part in prepared.parts {
            part.arrival.token.answer(Verdict::Retry);
        }
    }

    /// Halves the batch until what the store does not take stands alone.
    fn take_apart(&mut self, prepared: Prepared) {
        let mut search = Search::default();
        self.search(prepared, &mut search);
        self.settle(search);
    }

    /// Puts the culprits aside, when there is a store that takes the rest. What is in the series
    /// and only could not be put into quarantine is no poison: it is sent again.
    fn settle(&mut self, search: Search) {
        for culprit in search.culprits {
            if search.successes == 0 || culprit.appended.is_some() {
                self.give_back(culprit);
            } else {
                self.put_aside(culprit);
            }
        }
    }

    fn search(&mut self, mut prepared: Prepared, search: &mut Search) {
        if search.failures_in_a_row >= PART_FAILURES_MAX {
            return self.give_back(prepared);
        }
        if self.write(&mut prepared) {
            search.successes += 1;
            search.failures_in_a_row = 0;
            return self.finish(prepared);
        }
        search.failures_in_a_row += 1;
        if prepared.parts.len() <= 1 {
            search.culprits.push(prepared);
            return;
        }
        let later = prepared.split_off_half();
        self.search(prepared, search);
        self.search(later, search);
    }

    /// Puts whole messages aside that the store does not take.
    fn put_aside(&mut self, poisoned: Prepared) {
        let mut aside = Prepared::new();
        for part in poisoned.parts {
            let Part { mut arrival, device, .. } = part;
            tracing::warn!(topic = %arrival.topic, "the store takes all but this message");
            let mark = aside.mark();
            let id = device.as_ref().map_or("", |entry| entry.device.id.as_str());
            let tally = put_poisoned(&mut arrival, id, &mut aside);
            aside.close(mark, arrival, device, tally);
        }
        if self.write(&mut aside) { self.finish(aside) } else { self.give_back(aside) }
    }

    fn count(&self, prepared: &Prepared, appended: &Appended) {
        let mut cells = appended.cells.iter();
        let mut outcomes_of_texts = appended.texts.iter();
        let (mut all, mut messages) = (Tally::default(), 0);
        let tallies = prepared.shares().map(|(part, rows, texts)| {
            let mut tally = part.tally;
            let replay = part.arrival.replay.as_deref();
            for row in &prepared.batch.rows[rows] {
                for (cell, outcome) in row.cells.iter().zip(cells.by_ref()) {
                    add(&mut tally, *outcome);
                    tally.late += u64::from(cell.quality.has(Quality::LATE));
                }
            }
            for (_, outcome) in prepared.batch.texts[texts].iter().zip(outcomes_of_texts.by_ref()) {
                add(&mut tally, *outcome);
            }
            if let Some(replay) = replay {
                replay.discount(&mut tally);
            }
            // What is replayed has arrived before.
            if replay.is_none() {
                all += tally;
                messages += 1;
            }
            (part.device_id(), tally)
        });
        self.ledger.count(tallies);
        for replay in prepared.parts.iter().filter_map(|part| part.arrival.replay.as_deref()) {
            self.ledger.release(&replay.tallied_under, replay.readings);
        }
        debug_assert!(all.is_balanced(), "{all:?}");
        self.metrics.count(all);
        self.metrics.messages.add(messages);
    }

    /// Applies the batch to the city and broadcasts what is newer than before.
    fn tell(&mut self, prepared: &Prepared) {
        self.number += 1;
        let committed_at = self.clock.now();
        let batch = &prepared.batch;
        let texts: Vec<[(PropertyId, Arc<str>); 1]> = batch
            .texts
            .iter()
            .map(|text| [(text.property.clone(), Arc::from(text.text.as_str()))])
            .collect();
        let readings = prepared.shares().filter_map(|(part, rows, of_texts)| {
            let device = &part.device.as_ref()?.device.id;
            let of_rows = rows.map(move |index| {
                let row = &batch.rows[index];
                Reading {
                    cells: &row.cells,
                    place_slots: prepared.place_slots[index],
                    ..Reading::of(row.object, device, row.time, row.arrival)
                }
            });
            let texts = &texts;
            let of_texts = of_texts.map(move |index| {
                let text = &batch.texts[index];
                let texts = &texts[index];
                Reading { texts, ..Reading::of(text.object, device, text.time, text.arrival) }
            });
            let at = part.arrival.received_at;
            let signs = part.signs.iter().map(move |sign| {
                let presence = Some(sign.presence);
                Reading { presence, ..Reading::of(sign.object, &sign.device, at, at) }
            });
            Some(of_rows.chain(of_texts).chain(signs))
        });
        let objects = self.city.apply(readings.flatten(), committed_at);
        if objects.is_empty() {
            return;
        }
        let changes = Changes { number: self.number, committed_at, objects };
        // Nobody may be listening; that is no fault.
        drop(self.changes.send(Arc::new(changes)));
    }
}

fn put_poisoned(arrival: &mut Arrival, device: &str, out: &mut Prepared) -> Tally {
    let (reason, detail) = (Reason::Poisoned, "the store took the rest of its batch, but not this");
    if let Some(replay) = &mut arrival.replay {
        return replay.refuse(device.to_owned(), reason, detail.to_owned());
    }
    let mut tally = Tally::default();
    aside::put_whole(arrival, device, (reason, detail), &mut tally, &mut out.quarantined);
    tally
}

fn add(tally: &mut Tally, outcome: Outcome) {
    match outcome {
        Outcome::Stored => tally.stored += 1,
        Outcome::Duplicate => tally.duplicate += 1,
        Outcome::Corrected => tally.corrected += 1,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::arrival::Token;
    use crate::gateway::turns::Turns;
    use crate::refusals::Refusals;
    use crate::testing::{City, NOW};

    /// What becomes of a single culprit of a search that had one success.
    fn settled(appended: Option<Appended>) -> (Verdict, Vec<Reason>) {
        let city = City::new();
        let metrics = Arc::new(Metrics::default());
        let turns = Arc::new(Turns::new(Arc::clone(&metrics)));
        let refusals = Refusals::new(turns, Arc::clone(&metrics), Arc::clone(&city.parts.clock));
        let ledger = Arc::new(Ledger::new(city.parts.intake.clone(), Arc::new(refusals)));
        let condition = Arc::new(Condition::new());
        let mut committer = Committer::new(&city.parts, metrics, condition, ledger);
        let (waiter, mut verdict) = oneshot::channel();
        let arrival = Arrival {
            topic: "obrii/v1/odesa/air/air-01/telemetry".to_owned(),
            payload: "{}".into(),
            received_at: NOW,
            gateway: "test".into(),
            speaker: None,
            token: Token::Waiter(waiter),
            replay: None,
        };
        let mut culprit = Prepared { appended, ..Prepared::new() };
        culprit.close(culprit.mark(), arrival, None, Tally::default());
        let search = Search { successes: 1, failures_in_a_row: 1, culprits: vec![culprit] };
        committer.settle(search);
        (verdict.try_recv().expect("answered"), city.reasons())
    }

    #[test]
    fn only_what_the_series_does_not_take_is_poisoned() {
        assert_eq!(settled(None), (Verdict::Stored, vec![Reason::Poisoned]));
        assert_eq!(settled(Some(Appended::default())), (Verdict::Retry, vec![]));
    }
}
