//! What goes wrong with one device: episodes that last (an outage with a backlog, a reboot, a
//! stuck sensor, a wrong clock) and mishaps of single messages (lost, repeated, overtaken,
//! mangled). All drawn from the device's own key, so no fault touches another device.

use domain::Timestamp;

use crate::civil::{HOUR_MS, MINUTE_MS};
use crate::noise::Key;

/// At most one episode begins in each window of this length.
const WINDOW_MS: i64 = 6 * HOUR_MS;

/// What lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// No network: readings are kept and sent as one array afterwards.
    Outage,
    /// No readings at all, and `seq` begins again afterwards.
    Reboot,
    /// The values of its begin go on.
    Stuck,
    /// The clock is off by so many milliseconds.
    WrongClock(i64),
}

/// An episode of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Episode {
    pub(crate) trouble: Trouble,
    pub(crate) from: Timestamp,
    until: Timestamp,
}

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It never arrives.
    Lost,
    /// It arrives twice.
    Repeated,
    /// The next one arrives before it.
    Overtaken,
    /// Its end is cut off.
    Cut,
    /// A byte in it is no text.
    Garbled,
}

/// The faults of one device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    key: Key,
    start: Timestamp,
    /// How prone the device is, 0 (never) to 1.
    proneness: f64,
}

impl Faults {
    pub(crate) fn new(key: Key, start: Timestamp, proneness: f64) -> Self {
        Self { key, start, proneness }
    }

    /// The episode that holds the device at a moment.
    pub(crate) fn episode(&self, at: Timestamp) -> Option<Episode> {
        let window = at.since_ms(self.start).div_euclid(WINDOW_MS);
        let draw = |what: &str, low: f64, high: f64| self.key.part(what).between(window, low, high);
        let minutes = |low: f64, high: f64| draw("length", low, high);
        let scaled = draw("kind", 0.0, 1.0) / self.proneness;
        let (trouble, minutes) = match scaled {
            x if x < 0.06 => (Trouble::Outage, minutes(4.0, 20.0)),
            x if x < 0.09 => (Trouble::Reboot, minutes(1.0, 2.5)),
            x if x < 0.12 => (Trouble::Stuck, minutes(30.0, 90.0)),
            x if x < 0.15 => (Trouble::WrongClock(self.clock_error(window)), minutes(20.0, 60.0)),
            _ => return None,
        };
        let into_window = draw("begin", 0.02, 0.7) * WINDOW_MS as f64;
        let from = self.start.plus_ms(window * WINDOW_MS + into_window as i64);
        let until = from.plus_ms((minutes * MINUTE_MS as f64) as i64);
        (from <= at && at < until).then_some(Episode { trouble, from, until })
    }

    /// An hour behind (summer time forgotten), too far in the future, or the battery of the clock
    /// is dead and it counts from 2000.
    fn clock_error(&self, window: i64) -> i64 {
        let since_2000 = self.start.millis() - 946_684_800_000;
        [-HOUR_MS, 17 * MINUTE_MS, -since_2000][self.key.part("clock").index(window, 3)]
    }

    /// What happens to the message sent at a moment.
    pub(crate) fn mishap(&self, at: Timestamp) -> Option<Mishap> {
        match self.key.part("message").unit(at.millis()) / self.proneness {
            x if x < 0.004 => Some(Mishap::Lost),
            x if x < 0.008 => Some(Mishap::Repeated),
            x if x < 0.012 => Some(Mishap::Overtaken),
            x if x < 0.0125 => Some(Mishap::Cut),
            x if x < 0.013 => Some(Mishap::Garbled),
            _ => None,
        }
    }
}

/// What is left of a payload after the mishap.
pub(crate) fn mangled(mut payload: Vec<u8>, mishap: Mishap) -> Vec<u8> {
    let middle = payload.len() / 2;
    match mishap {
        Mishap::Cut => payload.truncate(middle),
        Mishap::Garbled => {
            // A lone byte of 0x80…0xBF begins no character of UTF-8.
            if let Some(byte) = payload.get_mut(middle) {
                *byte = 0x9d;
            }
        }
        Mishap::Lost | Mishap::Repeated | Mishap::Overtaken => {}
    }
    payload
}
