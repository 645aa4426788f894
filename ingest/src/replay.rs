//! Puts what was kept aside through the pipeline again, after whatever was wrong with it was put
//! right: the same topic, gateway and arrival time, so that a replay never wins over what came
//! later. What it gives is stored by the key of every reading, so a second replay changes nothing.
//!
//! A row of quarantine stands for one reading, or for one element or message that could not be
//! read. What else its message gave was counted then, and is neither stored nor counted twice: of
//! an array only the row's own element is taken, and the sound fields beside a bad value count no
//! more when they are met again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::intake::{Reason, Tally};
use domain::limits::COMMIT_WAIT_MS_MAX;
use futures_util::future::join_all;
use store::intake::{Choice, Intake, Quarantined, Refiled, Replayed, Settled};
use store::registry::RegistryError;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::arrival::{Arrival, Token, Verdict};
use crate::prepared::{Mark, Prepared};
use crate::route::{Format, Route};
use codec::{Decoded, Unusable};

/// Rows that are in memory at one time.
const ROWS_AT_ONCE: usize = 100;

/// Puts kept rows through the running pipeline; clones share it.
#[derive(Clone)]
pub struct Replayer {
    intake: Intake,
    /// Weak: it does not hold the pipeline open.
    arrivals: mpsc::WeakSender<Arrival>,
    /// One call at a time: two of them never take the same row.
    turn: Arc<Mutex<()>>,
}

impl Replayer {
    pub(crate) fn new(intake: Intake, arrivals: &mpsc::Sender<Arrival>) -> Self {
        Self { intake, arrivals: arrivals.downgrade(), turn: Arc::default() }
    }

    /// Takes the first open rows of a choice, at most `limit`, in the order of their arrival.
    pub async fn replay(&self, choice: Choice, limit: usize) -> Result<Replayed, RegistryError> {
        let _turn = self.turn.lock().await;
        let mut done = Replayed::default();
        let mut rest = choice;
        let mut to_take = limit;
        while to_take > 0 {
            let at_once = to_take.min(ROWS_AT_ONCE);
            let chosen = rest.clone();
            let rows = self.ask(move |intake| intake.chosen(&chosen, at_once)).await?;
            let Some((last, _)) = rows.last() else { break };
            rest.after = *last;
            done.last = Some(*last);
            to_take -= rows.len();
            self.take(rows, &mut done).await?;
            if done.put_off > 0 {
                break;
            }
        }
        done.left = self.ask(move |intake| intake.count_chosen(&rest)).await?;
        Ok(done)
    }

    async fn take(
        &self,
        rows: Vec<(i64, Quarantined)>,
        done: &mut Replayed,
    ) -> Result<(), RegistryError> {
        let mut sent = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            match refusal(&row) {
                Some(detail) => done.unusable.push((id, row.reason, detail)),
                None => sent.push(self.send(id, row)),
            }
        }
        let verdicts = join_all(sent).await;
        let taken: Vec<i64> =
            verdicts.iter().filter(|(_, v)| *v == Verdict::Stored).map(|(id, _)| *id).collect();
        done.put_off += (verdicts.len() - taken.len()) as u64;
        // What stands on disk says what became of them.
        let asked = Choice { ids: Some(taken.clone()), ..Choice::default() };
        let open = self.ask(move |intake| intake.chosen(&asked, ROWS_AT_ONCE)).await?;
        done.replayed += (taken.len() - open.len()) as u64;
        done.unusable.extend(open.into_iter().map(|(id, row)| (id, row.reason, row.detail)));
        Ok(())
    }

    async fn send(&self, id: i64, row: Quarantined) -> (i64, Verdict) {
        let (waiter, verdict) = oneshot::channel();
        let answer = async {
            let arrival = arrival(id, row, Token::Waiter(waiter));
            // The sender is given back at once: a pipeline that ends does not wait for it.
            self.arrivals.upgrade()?.send(arrival).await.ok()?;
            verdict.await.ok()
        };
        let wait = Duration::from_millis(COMMIT_WAIT_MS_MAX);
        let answer = tokio::time::timeout(wait, answer).await;
        (id, answer.ok().flatten().unwrap_or(Verdict::Retry))
    }

    /// Asks the intake on a thread that may block.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Intake) -> Result<T, RegistryError> + Send + 'static,
    ) -> Result<T, RegistryError> {
        let intake = self.intake.clone();
        let answer = tokio::task::spawn_blocking(move || question(&intake)).await;
        answer.unwrap_or_else(|error| Err(RegistryError::Database(error.to_string())))
    }
}

/// Why a row cannot be tried again at all.
fn refusal(row: &Quarantined) -> Option<String> {
    let kept = row.payload.len() as u64;
    if kept < row.payload_bytes {
        let whole = row.payload_bytes;
        return Some(format!("only {kept} of its {whole} bytes were kept, expected all"));
    }
    let is_whole = row.element.is_none();
    if is_whole && row.reason == Reason::NotBound && row.speaker.is_none() {
        return Some("the gateway that spoke for the device was not kept".to_owned());
    }
    None
}

fn arrival(id: i64, row: Quarantined, token: Token) -> Arrival {
    let replay = Replay {
        id,
        tallied_under: tallied_under(&row).to_owned(),
        element: row.element,
        is_part_of_reading: row.reason == Reason::BadValue,
        unusable: None,
    };
    Arrival {
        topic: row.topic,
        payload: Bytes::from(row.payload),
        received_at: row.arrived_at,
        gateway: row.gateway.into(),
        speaker: row.speaker.and_then(|id| id.parse().ok()),
        token,
        replay: Some(Box::new(replay)),
    }
}

/// The device in whose balance a row was counted: none, when it was of no device of ours.
fn tallied_under(row: &Quarantined) -> &str {
    match row.reason {
        Reason::UnknownDevice
        | Reason::NotBound
        | Reason::Decommissioned
        | Reason::TopicMismatch
            if row.element.is_none() =>
        {
            ""
        }
        _ => &row.device,
    }
}

/// What the pipeline has to know of an arrival that is a replay.
#[derive(Debug)]
pub(crate) struct Replay {
    /// The row's number.
    id: i64,
    /// The device in whose balance it was counted.
    pub(crate) tallied_under: String,
    /// The element that it stands for.
    element: Option<u32>,
    /// It stands for one field; the others of its reading were counted when it came.
    pub(crate) is_part_of_reading: bool,
    /// Set when it still cannot be used.
    unusable: Option<Refiled>,
}

impl Replay {
    /// Of a message, only this element; nothing is known of a row.
    pub(crate) fn of_element(element: u32) -> Self {
        Self {
            id: 0,
            tallied_under: String::new(),
            element: Some(element),
            is_part_of_reading: false,
            unusable: None,
        }
    }

    /// Leaves of a decoded message only the row's own element.
    pub(crate) fn narrow(&self, route: &Route<'_>, decoded: &mut Decoded<'_>) {
        let Some(own) = self.element else { return };
        // Of native arrays the element itself was kept; an array in its place is still none.
        let kept = if route.format == Format::Native { None } else { Some(own) };
        decoded.readings.retain(|reading| reading.element == kept);
        decoded.unusable.retain(|unusable| unusable.element == kept);
        if decoded.readings.is_empty() && decoded.unusable.is_empty() {
            let detail = format!("nothing of it is element {own}, expected a reading");
            let (element, reason) = (Some(own), Reason::BadElement);
            decoded.unusable.push(Unusable { element, reason, detail });
        }
    }

    /// Judges what the replay gave since the mark. What still cannot be used leaves nothing behind
    /// but the new reason for its row.
    pub(crate) fn judge(&mut self, mark: Mark, tally: &mut Tally, out: &mut Prepared) {
        let gives_nothing = !out.has_readings_since(mark);
        let refused = out.quarantined_since(mark);
        if let Some(first) = refused.first()
            && (gives_nothing || self.is_part_of_reading)
        {
            let Quarantined { device, reason, detail, .. } = first.clone();
            out.truncate(mark);
            *tally = self.refuse(Refiled { device, reason, detail });
        } else if self.is_part_of_reading {
            tally.received -= tally.unknown_field + tally.duplicate;
            tally.unknown_field = 0;
            tally.duplicate = 0;
        }
    }

    /// It cannot be used: what it counts.
    pub(crate) fn refuse(&mut self, why: Refiled) -> Tally {
        self.unusable = Some(why);
        Tally { received: 1, quarantined: 1, ..Tally::default() }
    }

    pub(crate) fn settled(&self) -> Settled {
        Settled { id: self.id, refiled: self.unusable.clone() }
    }
}

#[cfg(test)]
mod tests;
