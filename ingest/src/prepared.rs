//! A batch on its way to the store: what the arrivals of it became, and who waits for them.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use domain::change::Presence;
use domain::city::Known;
use domain::directory::DeviceEntry;
use domain::intake::Tally;
use domain::{DeviceId, ObjectNo};
use store::intake::Quarantined;
use store::series::{Appended, Batch};

use crate::arrival::Arrival;

/// One arrival and its share of the batch; the shares lie one behind the other.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) arrival: Arrival,
    /// Of which device, when it is one of ours.
    pub(crate) device: Option<Arc<DeviceEntry>>,
    /// Counted so far: all but what the store says of the cells and texts.
    pub(crate) tally: Tally,
    pub(crate) rows: usize,
    pub(crate) texts: usize,
    pub(crate) quarantined: usize,
    /// Devices that came or took leave with it.
    pub(crate) signs: Vec<Sign>,
}

/// A device on an object that came or took leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) object: ObjectNo,
    pub(crate) device: DeviceId,
    pub(crate) presence: Presence,
}

impl Part {
    /// The device's id; empty when it is none of ours.
    pub(crate) fn device_id(&self) -> &str {
        self.device.as_ref().map_or("", |entry| entry.device.id.as_str())
    }
}

/// A batch with its origins.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) batch: Batch,
    /// For each row the slots of latitude and longitude, when it has both.
    pub(crate) place_slots: Vec<Option<(u16, u16)>>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Of the share that is not closed yet.
    pub(crate) signs: Vec<Sign>,
    pub(crate) parts: Vec<Part>,
    /// What the store knew of objects that are met for the first time.
    pub(crate) recalled: Vec<(ObjectNo, Known)>,
    /// Set once the batch is in the series, when only the quarantine is still to be written.
    pub(crate) appended: Option<Appended>,
    /// When the first arrival was taken.
    pub(crate) begun_at: Instant,
}

/// Where the next share begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    rows: usize,
    texts: usize,
    quarantined: usize,
}

impl Prepared {
    pub(crate) fn new() -> Self {
        Self {
            batch: Batch::default(),
            place_slots: Vec::new(),
            quarantined: Vec::new(),
            signs: Vec::new(),
            parts: Vec::new(),
            recalled: Vec::new(),
            appended: None,
            begun_at: Instant::now(),
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            rows: self.batch.rows.len(),
            texts: self.batch.texts.len(),
            quarantined: self.quarantined.len(),
        }
    }

    /// Forgets the share that begins at the mark.
    pub(crate) fn truncate(&mut self, mark: Mark) {
        self.drop_readings(mark);
        self.quarantined.truncate(mark.quarantined);
    }

    /// Forgets the readings of the share that begins at the mark, not what it has put aside.
    pub(crate) fn drop_readings(&mut self, mark: Mark) {
        self.batch.rows.truncate(mark.rows);
        self.place_slots.truncate(mark.rows);
        self.batch.texts.truncate(mark.texts);
        self.signs.clear();
    }

    /// What the share that begins at the mark has put aside.
    pub(crate) fn quarantined_since(&self, mark: Mark) -> &[Quarantined] {
        &self.quarantined[mark.quarantined..]
    }

    /// Takes the first row out again that the share since the mark has put aside.
    pub(crate) fn drop_first_quarantined(&mut self, mark: Mark) {
        self.quarantined.remove(mark.quarantined);
    }

    /// Closes the share that begins at the mark.
    pub(crate) fn close(
        &mut self,
        mark: Mark,
        arrival: Arrival,
        device: Option<Arc<DeviceEntry>>,
        tally: Tally,
    ) {
        self.parts.push(Part {
            arrival,
            device,
            tally,
            rows: self.batch.rows.len() - mark.rows,
            texts: self.batch.texts.len() - mark.texts,
            quarantined: self.quarantined.len() - mark.quarantined,
            signs: std::mem::take(&mut self.signs),
        });
    }

    /// Joins a batch that was prepared later.
    pub(crate) fn join(&mut self, mut later: Self) {
        self.batch.rows.append(&mut later.batch.rows);
        self.batch.texts.append(&mut later.batch.texts);
        self.place_slots.append(&mut later.place_slots);
        self.quarantined.append(&mut later.quarantined);
        self.parts.append(&mut later.parts);
        self.recalled.append(&mut later.recalled);
    }

    /// Takes the later half of the parts off into a batch of their own, with what the store has
    /// said of them already.
    pub(crate) fn split_off_half(&mut self) -> Self {
        let parts = self.parts.split_off(self.parts.len() / 2);
        let sum = |of: fn(&Part) -> usize| self.parts.iter().map(of).sum::<usize>();
        let (rows, texts, quarantined) =
            (sum(|p| p.rows), sum(|p| p.texts), sum(|p| p.quarantined));
        let later = Batch {
            rows: self.batch.rows.split_off(rows),
            texts: self.batch.texts.split_off(texts),
        };
        let appended = self.appended.as_mut().map(|appended| Appended {
            cells: appended.cells.split_off(self.batch.rows.iter().map(|r| r.cells.len()).sum()),
            texts: appended.texts.split_off(texts),
        });
        Self {
            batch: later,
            place_slots: self.place_slots.split_off(rows),
            quarantined: self.quarantined.split_off(quarantined),
            signs: Vec::new(),
            parts,
            recalled: Vec::new(),
            appended,
            begun_at: self.begun_at,
        }
    }

    /// The parts with the places of their rows and texts in the batch.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (&Part, Range<usize>, Range<usize>)> {
        let (mut row, mut text) = (0, 0);
        self.parts.iter().map(move |part| {
            let (rows, texts) = (row..row + part.rows, text..text + part.texts);
            (row, text) = (rows.end, texts.end);
            (part, rows, texts)
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{Cell, Outcome, Quality, Row, Timestamp};
    use smallvec::smallvec;
    use store::series::Text;

    use super::*;
    use crate::arrival::Token;

    const NOW: Timestamp = Timestamp(0);

    /// A part of one row of as many cells, and as many texts.
    fn add(prepared: &mut Prepared, cells: u16, texts: usize) {
        let object = ObjectNo(1);
        let mark = prepared.mark();
        let cell = |slot| Cell { slot, value: 1.0, quality: Quality::GOOD };
        let mut row = Row { object, time: NOW, arrival: NOW, cells: smallvec![] };
        row.cells.extend((0..cells).map(cell));
        prepared.batch.rows.push(row);
        prepared.place_slots.push(None);
        let property: domain::PropertyId = "status".parse().expect("valid");
        prepared.batch.texts.extend((0..texts).map(|_| Text {
            object,
            property: property.clone(),
            time: NOW,
            arrival: NOW,
            text: "zero".to_owned(),
        }));
        let arrival = Arrival {
            topic: String::new(),
            payload: bytes::Bytes::new(),
            received_at: NOW,
            gateway: "test".into(),
            speaker: None,
            token: Token::Answered,
            replay: None,
        };
        prepared.close(mark, arrival, None, Tally::default());
    }

    #[test]
    fn each_half_keeps_what_the_store_said_of_its_own_cells_and_texts() {
        use Outcome::{Corrected, Duplicate, Stored};
        let mut prepared = Prepared::new();
        add(&mut prepared, 2, 0);
        add(&mut prepared, 1, 2);
        prepared.appended = Some(Appended {
            cells: vec![Stored, Duplicate, Corrected],
            texts: vec![Duplicate, Stored],
        });
        let later = prepared.split_off_half();
        let said = |half: Prepared| half.appended.map(|said| (said.cells, said.texts));
        assert_eq!(said(prepared), Some((vec![Stored, Duplicate], vec![])));
        assert_eq!(said(later), Some((vec![Corrected], vec![Duplicate, Stored])));
    }
}
