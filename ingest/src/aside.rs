//! Puts aside what cannot be used: rows of quarantine with the raw bytes, and their count.

use domain::intake::{Reason, Tally};
use domain::limits::{QUARANTINE_BYTES_MAX, QUARANTINE_ROWS_PER_MESSAGE_MAX};
use store::intake::Quarantined;

use crate::arrival::Arrival;
use crate::codec::native;

/// Puts parts of one arrival aside.
pub(crate) struct Aside<'a> {
    arrival: &'a Arrival,
    device: &'a str,
    rows: &'a mut Vec<Quarantined>,
    made: usize,
    /// Put aside beyond the rows that one message may make.
    uncounted: u64,
    /// The raw elements of the message, once one of them was needed.
    elements: Option<Vec<&'a [u8]>>,
}

impl<'a> Aside<'a> {
    /// For an arrival of the device that it claims to be of.
    pub(crate) fn new(
        arrival: &'a Arrival,
        device: &'a str,
        rows: &'a mut Vec<Quarantined>,
    ) -> Self {
        Self { arrival, device, rows, made: 0, uncounted: 0, elements: None }
    }

    /// Puts one reading, or one unreadable element or message, aside.
    pub(crate) fn put(
        &mut self,
        tally: &mut Tally,
        element: Option<u32>,
        reason: Reason,
        detail: impl Into<String>,
    ) {
        tally.received += 1;
        tally.quarantined += 1;
        if self.made == QUARANTINE_ROWS_PER_MESSAGE_MAX {
            self.uncounted += 1;
            return;
        }
        self.made += 1;
        let payload = self.raw(element);
        self.rows.push(Quarantined {
            device: self.device.to_owned(),
            topic: self.arrival.topic.clone(),
            payload: payload[..payload.len().min(QUARANTINE_BYTES_MAX)].to_vec(),
            payload_bytes: payload.len() as u64,
            reason,
            detail: detail.into(),
            element,
            arrived_at: self.arrival.received_at,
            gateway: self.arrival.gateway.to_string(),
        });
    }

    /// The bytes of an element, or of the whole message.
    fn raw(&mut self, element: Option<u32>) -> &'a [u8] {
        let arrival = self.arrival;
        let whole = &arrival.payload[..];
        let Some(index) = element else { return whole };
        let elements = self.elements.get_or_insert_with(|| native::elements(whole));
        elements.get(index as usize).copied().unwrap_or(whole)
    }
}

impl Drop for Aside<'_> {
    /// Says in the last row how many more there were.
    fn drop(&mut self) {
        if self.uncounted > 0
            && let Some(last) = self.rows.last_mut()
        {
            last.detail = format!("{}; and {} more of this message", last.detail, self.uncounted);
        }
    }
}
