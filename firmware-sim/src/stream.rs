//! What a device sends, message by message: its readings through its faults. A stream is a pure
//! function of plan, device and start; the same seed and start give the same bytes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use domain::topic::Channel;
use domain::{DeviceId, Timestamp};

use crate::behaviour::Scene;
use crate::faults::{Episode, Faults, Mishap, Trouble, mangled};
use crate::plan::{Device, Plan, Role};
use crate::wire::{self, Clock, Record};

/// Records that a device keeps while it has no network; the oldest go first.
const BACKLOG_RECORDS_MAX: usize = 500;
/// Luminaires are mains-fed and speak through their cabinet: fewer things happen to them.
const LUMINAIRE_PRONENESS: f64 = 0.15;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// When it leaves the device, simulated time.
    pub at: Timestamp,
    /// Its topic.
    pub topic: Arc<str>,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Which faults a stream has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Everything that the seed draws.
    AsDrawn,
    /// None: every reading arrives once, in order.
    None,
}

/// The endless messages of one device, in the order of `at`.
#[derive(Debug)]
pub struct Stream {
    scene: Arc<Scene>,
    device: Arc<Device>,
    topic: Arc<str>,
    faults: Option<Faults>,
    clock: Clock,
    next_at: Timestamp,
    seq: u32,
    last_reading: Option<Timestamp>,
    backlog: VecDeque<Record>,
    overtaken: Option<Vec<u8>>,
    ready: VecDeque<Publication>,
}

impl Stream {
    /// The messages of a device from the scene's start on; the first are what it kept of the day
    /// before.
    pub fn new(scene: &Arc<Scene>, device: &Device, misbehaviour: Misbehaviour) -> Self {
        let luminaire = matches!(device.role, Role::Luminaire(_));
        let proneness = if luminaire { LUMINAIRE_PRONENESS } else { 1.0 };
        let faults = Faults::new(scene.key(device, "faults"), scene.start(), proneness);
        let tracker = matches!(device.role, Role::Tracker(_));
        let mut stream = Self {
            topic: Arc::from(device.topic(Channel::Telemetry)),
            faults: (misbehaviour == Misbehaviour::AsDrawn).then_some(faults),
            clock: if tracker { Clock::Millis } else { Clock::Text },
            next_at: scene.first_at(device),
            seq: 0,
            last_reading: None,
            backlog: VecDeque::new(),
            overtaken: None,
            ready: VecDeque::new(),
            scene: Arc::clone(scene),
            device: Arc::new(device.clone()),
        };
        stream.send_what_was_kept();
        stream
    }

    fn send_what_was_kept(&mut self) {
        let kept = self.scene.kept(&self.device);
        let records: Vec<Record> =
            kept.into_iter().filter_map(|at| self.record(at, None)).collect();
        if !records.is_empty() {
            self.ready.push_back(self.publication(self.next_at, wire::several(&records)));
        }
    }

    /// The record of a moment; `None` when there is nothing new to say.
    fn record(&mut self, at: Timestamp, episode: Option<Episode>) -> Option<Record> {
        let reading = self.scene.reading(&self.device, at)?;
        if self.last_reading.is_some_and(|last| reading.at <= last) {
            return None;
        }
        self.last_reading = Some(reading.at);
        let (mut stamp, mut values) = (reading.at, reading.values);
        match episode.map(|e| (e.trouble, e.from)) {
            Some((Trouble::WrongClock(error_ms), _)) => stamp = stamp.plus_ms(error_ms),
            Some((Trouble::Stuck, from)) => {
                if let Some(stuck) = self.scene.reading(&self.device, from) {
                    values = stuck.values;
                }
            }
            Some((Trouble::Outage | Trouble::Reboot, _)) | None => {}
        }
        let record = Record { at: stamp, clock: self.clock, seq: Some(self.seq), values };
        self.seq = self.seq.wrapping_add(1);
        Some(record)
    }

    fn publication(&self, at: Timestamp, payload: Vec<u8>) -> Publication {
        Publication { at, topic: Arc::clone(&self.topic), payload }
    }

    /// One moment of the device's life; what it sends then, if anything, becomes ready.
    fn step(&mut self) {
        let at = self.next_at;
        self.next_at = self.scene.next_at(&self.device, at);
        let episode = self.faults.and_then(|faults| faults.episode(at));
        let trouble = episode.map(|e| e.trouble);
        if trouble == Some(Trouble::Reboot) {
            self.seq = 0;
            return;
        }
        let Some(record) = self.record(at, episode) else { return };
        if trouble == Some(Trouble::Outage) {
            if self.backlog.len() == BACKLOG_RECORDS_MAX {
                self.backlog.pop_front();
            }
            self.backlog.push_back(record);
            return;
        }
        let payload = if self.backlog.is_empty() {
            wire::one(&record)
        } else {
            self.backlog.push_back(record);
            wire::several(std::mem::take(&mut self.backlog).make_contiguous())
        };
        self.send(at, payload);
    }

    /// Sends a payload, unless something happens to it on the way.
    fn send(&mut self, at: Timestamp, payload: Vec<u8>) {
        let overtaken = self.overtaken.take();
        match self.faults.and_then(|faults| faults.mishap(at)) {
            Some(Mishap::Lost) => {}
            Some(Mishap::Overtaken) => self.overtaken = Some(payload),
            Some(Mishap::Repeated) => {
                let publication = self.publication(at, payload);
                self.ready.extend([publication.clone(), publication]);
            }
            Some(mishap @ (Mishap::Cut | Mishap::Garbled)) => {
                self.ready.push_back(self.publication(at, mangled(payload, mishap)));
            }
            None => self.ready.push_back(self.publication(at, payload)),
        }
        if let Some(late) = overtaken {
            self.ready.push_back(self.publication(at, late));
        }
    }
}

impl Iterator for Stream {
    type Item = Publication;

    /// Never `None`: a device has no last message.
    fn next(&mut self) -> Option<Publication> {
        while self.ready.is_empty() {
            self.step();
        }
        self.ready.pop_front()
    }
}

/// One connection to the broker and all devices that speak over it.
#[derive(Debug)]
pub struct Speaker {
    /// Whose name and token it uses.
    pub user: DeviceId,
    /// Where it says that it is there.
    pub status_topic: String,
    streams: Vec<Stream>,
    /// The next message of each stream, by time and then by the stream's place.
    due: BinaryHeap<Reverse<(Timestamp, usize)>>,
    waiting: Vec<Option<Publication>>,
}

impl Speaker {
    fn new(device: &Device, streams: Vec<Stream>) -> Self {
        let mut speaker = Self {
            user: device.id.clone(),
            status_topic: device.topic(Channel::Status),
            due: BinaryHeap::with_capacity(streams.len()),
            waiting: streams.iter().map(|_| None).collect(),
            streams,
        };
        for n in 0..speaker.streams.len() {
            speaker.refill(n);
        }
        speaker
    }

    fn refill(&mut self, n: usize) {
        self.waiting[n] = self.streams[n].next();
        if let Some(publication) = &self.waiting[n] {
            self.due.push(Reverse((publication.at, n)));
        }
    }
}

impl Iterator for Speaker {
    type Item = Publication;

    fn next(&mut self) -> Option<Publication> {
        let Reverse((_, n)) = self.due.pop()?;
        let publication = self.waiting[n].take();
        self.refill(n);
        publication
    }
}

/// The connections of a plan: one for each device that has no gateway.
pub fn speakers(plan: &Plan, scene: &Arc<Scene>, misbehaviour: Misbehaviour) -> Vec<Speaker> {
    let mut behind: HashMap<&DeviceId, Vec<&Device>> = HashMap::new();
    for device in &plan.devices {
        if let Some(gateway) = &device.gateway {
            behind.entry(gateway).or_default().push(device);
        }
    }
    let own = plan.devices.iter().filter(|d| d.gateway.is_none());
    own.map(|device| {
        let others = behind.remove(&device.id).unwrap_or_default();
        let all = std::iter::once(device).chain(others);
        Speaker::new(device, all.map(|d| Stream::new(scene, d, misbehaviour)).collect())
    })
    .collect()
}

#[cfg(test)]
mod tests;
