//! Puts aside what cannot be used: rows of quarantine with the raw bytes, and their count. A row
//! stands for one message and one reason; a message of which something could not be used for two
//! reasons makes two rows. An element of a message stands in one row only, under the first reason
//! that was found: what is replayed of a row concerns no other.

use std::collections::HashMap;

use domain::elements::Elements;
use domain::intake::{Reason, Tally};
use domain::limits::{QUARANTINE_BYTES_MAX, QUARANTINE_TOO_LARGE_BYTES_MAX};
use store::intake::Quarantined;

use crate::arrival::Arrival;
use codec::Unusable;

/// Details that a row tells; how many more there were is told as a number.
const DETAILS_MAX: usize = 3;

/// Values of an element that could be used, and were counted; the element's place.
pub(crate) type Sound = (Option<u32>, u64);

/// What of a message could not be used, row by row.
#[derive(Default)]
pub(crate) struct Aside {
    rows: Vec<Row>,
    /// In which row an element stands.
    row_of: HashMap<Option<u32>, usize>,
}

struct Row {
    reason: Reason,
    details: Vec<String>,
    /// The places of its elements; empty when it concerns the message as a whole.
    places: Vec<u32>,
    readings: u64,
}

impl Aside {
    /// Puts one reading, or one unreadable element or message, aside.
    pub(crate) fn put(&mut self, unusable: Unusable) {
        let Unusable { element, reason, detail } = unusable;
        let index = match self.row_of.get(&element) {
            Some(index) => *index,
            None => self.row_for(element, reason),
        };
        let row = &mut self.rows[index];
        row.readings += 1;
        if row.details.len() < DETAILS_MAX {
            row.details.push(detail);
        }
    }

    /// The row for an element that was not met before.
    fn row_for(&mut self, element: Option<u32>, reason: Reason) -> usize {
        let fits = |row: &Row| row.reason == reason && row.places.is_empty() == element.is_none();
        let index = self.rows.iter().position(fits).unwrap_or_else(|| {
            let (details, places) = (Vec::new(), Vec::new());
            self.rows.push(Row { reason, details, places, readings: 0 });
            self.rows.len() - 1
        });
        self.rows[index].places.extend(element);
        self.row_of.insert(element, index);
        index
    }

    /// Adds the rows and counts what they stand for. `device` is that which the arrival claims to
    /// be of; `sound` tells what else was counted of its elements.
    pub(crate) fn finish(
        self,
        arrival: &Arrival,
        device: &str,
        sound: &[Sound],
        tally: &mut Tally,
        out: &mut Vec<Quarantined>,
    ) {
        let mut sound_of = vec![0; self.rows.len()];
        for (element, values) in sound {
            if let Some(index) = self.row_of.get(element) {
                sound_of[*index] += values;
            }
        }
        for (row, sound) in self.rows.into_iter().zip(sound_of) {
            tally.received += row.readings;
            tally.quarantined += row.readings;
            let kept = arrival.payload.len().min(match row.reason {
                Reason::TooLarge => QUARANTINE_TOO_LARGE_BYTES_MAX,
                _ => QUARANTINE_BYTES_MAX,
            });
            out.push(Quarantined {
                device: device.to_owned(),
                topic: arrival.topic.clone(),
                payload: arrival.payload[..kept].to_vec(),
                payload_bytes: arrival.payload.len() as u64,
                reason: row.reason,
                detail: row.detail(),
                elements: Elements::of(row.places),
                readings: row.readings,
                sound,
                arrived_at: arrival.received_at,
                gateway: arrival.gateway.to_string(),
                speaker: arrival.speaker.as_ref().map(ToString::to_string),
            });
        }
    }
}

impl Row {
    fn detail(&self) -> String {
        let told = self.details.join("; ");
        match self.readings - self.details.len() as u64 {
            0 => told,
            more => format!("{told}; and {more} more of this message"),
        }
    }
}

/// Puts a whole message aside.
pub(crate) fn put_whole(
    arrival: &Arrival,
    device: &str,
    (reason, detail): (Reason, &str),
    tally: &mut Tally,
    out: &mut Vec<Quarantined>,
) {
    let mut aside = Aside::default();
    aside.put(Unusable { element: None, reason, detail: detail.to_owned() });
    aside.finish(arrival, device, &[], tally, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrival::Token;
    use domain::Timestamp;

    /// The rows of a message of which these elements could not be used.
    fn rows(unusable: &[(Option<u32>, Reason)], sound: &[Sound]) -> Vec<Quarantined> {
        let arrival = Arrival {
            topic: "senml/air-01".to_owned(),
            payload: "\u{82}\u{a1}".into(),
            received_at: Timestamp(0),
            gateway: "test".into(),
            speaker: None,
            token: Token::Answered,
            replay: None,
        };
        let (mut rows, mut tally) = (Vec::new(), Tally::default());
        let mut aside = Aside::default();
        for (element, reason) in unusable {
            aside.put(Unusable { element: *element, reason: *reason, detail: "no".to_owned() });
        }
        aside.finish(&arrival, "air-01", sound, &mut tally, &mut rows);
        let count = unusable.len() as u64;
        assert_eq!((tally.received, tally.quarantined), (count, count));
        assert_eq!(rows.iter().map(|row| row.readings).sum::<u64>(), count);
        assert!(rows.iter().all(|row| row.payload == *arrival.payload && row.payload_bytes == 4));
        rows
    }

    fn told(rows: &[Quarantined]) -> Vec<(Reason, Option<String>, u64)> {
        let elements = |row: &Quarantined| row.elements.as_ref().map(Elements::to_string);
        rows.iter().map(|row| (row.reason, elements(row), row.sound)).collect()
    }

    #[test]
    fn a_message_makes_one_row_for_each_reason_with_its_elements_and_bytes() {
        let bad = |place| (Some(place), Reason::BadTime);
        let rows = rows(&[bad(0), (Some(1), Reason::BadValue), bad(2), bad(3), bad(4)], &[]);
        let expected = [
            (Reason::BadTime, Some("0,2-4".to_owned()), 0),
            (Reason::BadValue, Some("1".to_owned()), 0),
        ];
        assert_eq!(told(&rows), expected);
        assert_eq!(rows[0].detail, "no; no; no; and 1 more of this message");
    }

    #[test]
    fn an_element_stands_in_one_row_with_the_values_that_were_counted_of_it() {
        let sound = [(Some(0), 5), (Some(1), 3), (Some(7), 9)];
        let twice = [(Some(1), Reason::BadValue), (Some(1), Reason::NotInstalled)];
        assert_eq!(told(&rows(&twice, &sound)), [(Reason::BadValue, Some("1".to_owned()), 3)]);
        let whole = [(None, Reason::BadValue), (None, Reason::NoKnownField)];
        assert_eq!(told(&rows(&whole, &[(None, 2), (None, 4)])), [(Reason::BadValue, None, 6)]);
    }
}
