//! Puts what was kept aside through the pipeline again, after whatever was wrong with it was put
//! right: the same topic, gateway and arrival time, so that a replay never wins over what came
//! later. What it gives is stored by the key of every reading, so a second replay changes nothing.
//!
//! A row of quarantine stands for some elements of a message, or for all of it. What else the
//! message gave was counted when it came, and is neither stored nor counted twice: of an array only
//! the row's own elements are taken, and the sound values beside a bad one count no more when they
//! are met again. Whatever can be used now is stored; the row stays for the rest.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::elements::Elements;
use domain::intake::{Reason, Tally};
use domain::limits::COMMIT_WAIT_MS_MAX;
use futures_util::future::join_all;
use store::intake::{Choice, Intake, Quarantined, Refiled, Replayed, Settled};
use store::registry::RegistryError;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::arrival::{Arrival, Token, Verdict};
use crate::prepared::{Mark, Prepared};
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
        let count = taken.len();
        let open = self.ask(move |intake| intake.open_of(&taken)).await?;
        done.replayed += (count - open.len()) as u64;
        done.unusable.extend(open);
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
    let is_whole = row.elements.is_none();
    if is_whole && row.reason == Reason::NotBound && row.speaker.is_none() {
        return Some("the gateway that spoke for the device was not kept".to_owned());
    }
    None
}

fn arrival(id: i64, row: Quarantined, token: Token) -> Arrival {
    let replay = Replay {
        id,
        tallied_under: tallied_under(&row).to_owned(),
        readings: row.readings,
        elements: row.elements,
        sound: row.sound,
        left: None,
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
            if row.elements.is_none() =>
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
    /// As how many readings.
    pub(crate) readings: u64,
    /// The elements that it stands for; `None`: the whole message.
    elements: Option<Elements>,
    /// Values of the same elements that were counted when they came.
    sound: u64,
    /// What of it still cannot be used.
    left: Option<Refiled>,
}

impl Replay {
    /// Of a message, only these elements; nothing is known of a row.
    pub(crate) fn of_elements(elements: Elements) -> Self {
        Self {
            id: 0,
            tallied_under: String::new(),
            readings: 1,
            elements: Some(elements),
            sound: 0,
            left: None,
        }
    }

    /// Leaves of a decoded message only the row's own elements.
    pub(crate) fn narrow(&self, decoded: &mut Decoded<'_>) {
        let Some(own) = &self.elements else { return };
        let is_own = |element: Option<u32>| element.is_some_and(|place| own.contains(place));
        decoded.readings.retain(|reading| is_own(reading.element));
        decoded.unusable.retain(|unusable| is_own(unusable.element));
        if decoded.readings.is_empty() && decoded.unusable.is_empty() {
            let detail = format!("nothing of it is element {own}, expected a reading");
            decoded.unusable.push(Unusable { element: None, reason: Reason::BadElement, detail });
        }
    }

    /// Judges what the replay gave since the mark. The row stays for what still cannot be used for
    /// the first reason; what cannot for another one gets a row of its own. When nothing more can be
    /// used than before, it leaves nothing else behind.
    pub(crate) fn judge(&mut self, mark: Mark, tally: &mut Tally, out: &mut Prepared) {
        let left = out.quarantined_since(mark);
        let Some(first) = left.first().cloned() else { return };
        let readings: u64 = left.iter().map(|row| row.readings).sum();
        let usable = tally.received - readings;
        if readings >= self.readings && usable <= self.sound {
            out.drop_readings(mark);
            *tally = Tally { received: readings, quarantined: readings, ..Tally::default() };
            self.sound = 0;
        }
        out.drop_first_quarantined(mark);
        let Quarantined { device, reason, detail, elements, readings, sound, .. } = first;
        self.left = Some(Refiled { device, reason, detail, elements, readings, sound });
    }

    /// Nothing of it can be used; what it counts.
    pub(crate) fn refuse(&mut self, device: String, reason: Reason, detail: String) -> Tally {
        let (elements, readings, sound) = (self.elements.clone(), self.readings, self.sound);
        self.left = Some(Refiled { device, reason, detail, elements, readings, sound });
        // Not even what was counted when it came was met again.
        self.sound = 0;
        Tally { received: readings, quarantined: readings, ..Tally::default() }
    }

    /// Takes out of the count what was counted when the message came: it was met again, as an
    /// unknown field or a duplicate, or as one that was corrected since.
    pub(crate) fn discount(&self, tally: &mut Tally) {
        let Tally { received, stored, corrected, duplicate, unknown_field, .. } = tally;
        let mut rest = self.sound;
        for part in [unknown_field, duplicate, corrected, stored] {
            let taken = rest.min(*part);
            *part -= taken;
            *received -= taken;
            rest -= taken;
        }
    }

    pub(crate) fn settled(&self) -> Settled {
        Settled { id: self.id, refiled: self.left.clone() }
    }
}

#[cfg(test)]
mod tests;
