//! Puts aside what cannot be used: rows of quarantine with the raw bytes, and their count.

use domain::intake::{Reason, Tally};
use domain::limits::{QUARANTINE_BYTES_MAX, QUARANTINE_ROWS_PER_MESSAGE_MAX};
use store::intake::Quarantined;

use crate::arrival::Arrival;
use crate::route::{Format, Route};
use codec::native;

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
    /// Is the whole message in one of the rows already?
    is_whole_kept: bool,
}

impl<'a> Aside<'a> {
    /// For an arrival of the device that it claims to be of.
    pub(crate) fn new(
        arrival: &'a Arrival,
        device: &'a str,
        rows: &'a mut Vec<Quarantined>,
    ) -> Self {
        Self { arrival, device, rows, made: 0, uncounted: 0, elements: None, is_whole_kept: false }
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
        let (payload, kept) = self.raw(element);
        self.rows.push(Quarantined {
            device: self.device.to_owned(),
            topic: self.arrival.topic.clone(),
            payload: payload[..kept].to_vec(),
            payload_bytes: payload.len() as u64,
            reason,
            detail: detail.into(),
            element,
            arrived_at: self.arrival.received_at,
            gateway: self.arrival.gateway.to_string(),
            speaker: self.arrival.speaker.as_ref().map(ToString::to_string),
        });
    }

    /// The bytes of an element, or of the whole message when it cannot be cut out, and how many of
    /// them are kept. The whole message is kept in the first row that needs it: of one whose
    /// elements cannot be cut out every bad element would keep it again. A record of a SenML pack
    /// is not cut out: it needs what stands before it.
    fn raw(&mut self, element: Option<u32>) -> (&'a [u8], usize) {
        let arrival = self.arrival;
        let whole = &arrival.payload[..];
        let is_pack = Route::of(&arrival.topic).is_ok_and(|r| r.format == Format::Senml);
        let cut_out = element.filter(|_| !is_pack).and_then(|index| {
            let elements = self.elements.get_or_insert_with(|| native::elements(whole));
            elements.get(index as usize).copied()
        });
        if let Some(element) = cut_out {
            return (element, element.len().min(QUARANTINE_BYTES_MAX));
        }
        let is_kept = std::mem::replace(&mut self.is_whole_kept, true);
        (whole, if is_kept { 0 } else { whole.len().min(QUARANTINE_BYTES_MAX) })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrival::Token;
    use domain::Timestamp;

    /// Puts two elements and then the message aside; what is kept of each, and its length.
    fn kept(payload: &'static [u8]) -> Vec<(Vec<u8>, u64)> {
        let arrival = Arrival {
            topic: "senml/air-01".to_owned(),
            payload: payload.into(),
            received_at: Timestamp(0),
            gateway: "test".into(),
            speaker: None,
            token: Token::Answered,
            replay: None,
        };
        let (mut rows, mut tally) = (Vec::new(), Tally::default());
        let mut aside = Aside::new(&arrival, "air-01", &mut rows);
        for element in [Some(0), Some(1), None] {
            aside.put(&mut tally, element, Reason::BadValue, "no number");
        }
        drop(aside);
        assert_eq!(tally.quarantined, 3);
        rows.into_iter().map(|row| (row.payload, row.payload_bytes)).collect()
    }

    #[test]
    fn a_message_that_cannot_be_cut_is_kept_once_and_its_length_always() {
        let binary = b"\x82\xa1\x02\x01";
        let expected = [(binary.to_vec(), 4), (Vec::new(), 4), (Vec::new(), 4)];
        assert_eq!(kept(binary), expected);
    }

    #[test]
    fn elements_that_can_be_cut_are_kept_each_and_the_message_beside_them() {
        let expected = [(b"1".to_vec(), 1), (b"22".to_vec(), 2), (b"[1,22]".to_vec(), 6)];
        assert_eq!(kept(b"[1,22]"), expected);
    }
}
