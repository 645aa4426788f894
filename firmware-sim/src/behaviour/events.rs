//! What befalls the city: feeders without supply, leaks, spells of GPS spoofing. Each kind comes
//! back at intervals counted from the start, the first within minutes, so that whoever looks at
//! the demo meets all of them.

use domain::Timestamp;
use domain::place::Place;

use crate::civil::MINUTE_MS;
use crate::noise::Key;
use crate::plan::LEAK_SENSORS_PER_DMA;

/// Where spoofed receivers believe to be: the airport, and a point of the open sea.
const SPOOFED_TO: [Place; 2] =
    [Place { lat: 46.4268, lon: 30.6765 }, Place { lat: 46.4105, lon: 30.9042 }];
/// Share of the vehicles that a spell catches.
const SPOOFED_SHARE: f64 = 0.12;

/// Episodes of one kind.
#[derive(Debug)]
struct Episodes {
    key: Key,
    start: Timestamp,
    first_ms: i64,
    period_ms: i64,
    lasts_min: (f64, f64),
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Episode {
    n: i64,
    from: Timestamp,
    until: Timestamp,
}

impl Episodes {
    /// The episode number `n`; each ends before the next begins.
    fn nth(&self, n: i64) -> Episode {
        let spread = if n == 0 { 0.0 } else { self.key.part("begin").between(n, 0.0, 0.25) };
        let begin_ms = self.first_ms + n * self.period_ms + (spread * self.period_ms as f64) as i64;
        let from = self.start.plus_ms(begin_ms);
        let minutes = self.key.part("length").between(n, self.lasts_min.0, self.lasts_min.1);
        Episode { n, from, until: from.plus_ms((minutes * MINUTE_MS as f64) as i64) }
    }

    /// Those that have begun, newest first.
    fn begun(&self, at: Timestamp) -> impl Iterator<Item = Episode> {
        let newest = (at.since_ms(self.start) - self.first_ms).div_euclid(self.period_ms);
        (0..=newest).rev().map(|n| self.nth(n)).filter(move |e| e.from <= at)
    }

    /// The newest begun one and the one after it.
    fn around(&self, at: Timestamp) -> [Episode; 2] {
        let newest = self.begun(at).next().map_or(-1, |e| e.n);
        [self.nth(newest.max(0)), self.nth(newest + 1)]
    }

    fn now(&self, at: Timestamp) -> Option<Episode> {
        self.begun(at).next().filter(|e| at < e.until)
    }
}

/// All kinds.
#[derive(Debug)]
pub(super) struct Events {
    troubled: bool,
    feeders: usize,
    dmas: usize,
    dark: Episodes,
    leaks: Episodes,
    spoofing: Episodes,
}

impl Events {
    pub(super) fn new(
        seed: u64,
        start: Timestamp,
        feeders: usize,
        dmas: usize,
        troubled: bool,
    ) -> Self {
        let episodes =
            |what: &str, first_min: i64, period_min: i64, lasts_min: (f64, f64)| Episodes {
                key: Key::new(seed, "city", what),
                start,
                first_ms: first_min * MINUTE_MS,
                period_ms: period_min * MINUTE_MS,
                lasts_min,
            };
        Self {
            troubled,
            feeders,
            dmas,
            spoofing: episodes("spoofing", 2, 60, (6.0, 10.0)),
            dark: episodes("dark", 4, 90, (20.0, 40.0)),
            leaks: episodes("leaks", 6, 180, (60.0, 120.0)),
        }
    }

    fn hits_feeder(&self, episode: Episode, feeder: u16) -> bool {
        self.troubled
            && self.dark.key.part("which").index(episode.n, self.feeders) == usize::from(feeder)
    }

    /// Is the feeder without supply?
    pub(super) fn is_dark(&self, feeder: u16, at: Timestamp) -> bool {
        self.dark.now(at).is_some_and(|episode| self.hits_feeder(episode, feeder))
    }

    /// The losses of the feeder's supply since the start: from, and until the end or `at`.
    pub(super) fn dark_spans(
        &self,
        feeder: u16,
        at: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let hits = self.dark.begun(at).filter(move |episode| self.hits_feeder(*episode, feeder));
        hits.map(move |episode| (episode.from, episode.until.min(at)))
    }

    /// When the supply of the feeder came back last.
    pub(super) fn restored(&self, feeder: u16, at: Timestamp) -> Option<Timestamp> {
        let ended = |e: &Episode| e.until <= at && self.hits_feeder(*e, feeder);
        self.dark.begun(at).find(ended).map(|episode| episode.until)
    }

    /// Begin and end of the supply's losses around a moment.
    pub(super) fn dark_edges(&self, feeder: u16, at: Timestamp) -> Vec<Timestamp> {
        edges(self.dark.around(at), |episode| self.hits_feeder(episode, feeder))
    }

    fn hits_valve(&self, episode: Episode, dma: u16, valve: Option<u8>) -> bool {
        let which = self.leaks.key.part("which");
        self.troubled
            && which.index(2 * episode.n, self.dmas) == usize::from(dma)
            && valve.is_none_or(|valve| {
                which.index(2 * episode.n + 1, LEAK_SENSORS_PER_DMA) == usize::from(valve)
            })
    }

    /// Does water leak in the DMA, near the valve if one is named?
    pub(super) fn leaks(&self, dma: u16, valve: Option<u8>, at: Timestamp) -> bool {
        self.leaks.now(at).is_some_and(|episode| self.hits_valve(episode, dma, valve))
    }

    /// For how long water has leaked in the DMA since the start, and whether it still does.
    pub(super) fn leaked(&self, dma: u16, at: Timestamp) -> Leaked {
        let hits = self.leaks.begun(at).filter(|episode| self.hits_valve(*episode, dma, None));
        let ms = hits.map(|e| e.until.min(at).since_ms(e.from)).sum();
        Leaked { ms, now: self.leaks(dma, None, at) }
    }

    /// Begin and end of the leaks near a valve, around a moment.
    pub(super) fn leak_edges(&self, dma: u16, valve: u8, at: Timestamp) -> Vec<Timestamp> {
        edges(self.leaks.around(at), |episode| self.hits_valve(episode, dma, Some(valve)))
    }

    /// Where the receiver believes to be while a spell has caught it.
    pub(super) fn spoofed(&self, receiver: Key, at: Timestamp) -> Option<Place> {
        let spell = self.spoofing.now(at).filter(|_| self.troubled)?;
        let caught = receiver.unit(spell.n) < SPOOFED_SHARE;
        caught.then(|| SPOOFED_TO[spell.n as usize % SPOOFED_TO.len()])
    }
}

/// Water lost in a DMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaked {
    /// For so long since the start, milliseconds.
    pub(super) ms: i64,
    /// And still.
    pub(super) now: bool,
}

fn edges(around: [Episode; 2], hit: impl Fn(Episode) -> bool) -> Vec<Timestamp> {
    around.into_iter().filter(|e| hit(*e)).flat_map(|e| [e.from, e.until]).collect()
}
