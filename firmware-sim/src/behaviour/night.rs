//! When the street lamps burn: from a quarter of an hour after sunset to a quarter before sunrise
//! of the city's centre, dimmed from 23:00 to 05:00 of standard time (the astronomical clocks of
//! the cabinets know no summer time).

use domain::Timestamp;
use domain::place::Place;

use super::sun::{self, Event, HORIZON};
use crate::civil::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Centre of Odesa, whose sun all cabinets follow.
const CITY: Place = Place { lat: 46.4825, lon: 30.7233 };
/// Between sunset and switching on, and between switching off and sunrise.
const OFFSET_MS: i64 = 15 * MINUTE_MS;
/// Dimmed from 23:00 to 05:00 at UTC+2, in UTC hours of the evening's day.
const DIM_FROM_MS: i64 = 21 * HOUR_MS;
const DIM_UNTIL_MS: i64 = 27 * HOUR_MS;
/// 2026-01-01, the first night of the energy counters.
const FIRST_NIGHT: i64 = 20_454;
const NIGHTS: i64 = 365;

/// Burning hours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Hours {
    /// At full light.
    pub(crate) full: f64,
    /// Dimmed.
    pub(crate) dimmed: f64,
}

impl std::ops::Sub for Hours {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { full: self.full - other.full, dimmed: self.dimmed - other.dimmed }
    }
}

/// The nights of a year, taken for every year: sunset shifts by less than a minute from one to
/// the next.
#[derive(Debug)]
pub(crate) struct Nights {
    /// On and off, milliseconds from the midnight (UTC) of the evening's day, and the hours
    /// burned in the nights before.
    nights: Vec<(i64, i64, Hours)>,
    year: Hours,
}

/// Overlap of two intervals, hours.
fn overlap_h(from: i64, until: i64, low: i64, high: i64) -> f64 {
    (until.min(high) - from.max(low)).max(0) as f64 / HOUR_MS as f64
}

fn burned(on: i64, until: i64) -> Hours {
    let dimmed = overlap_h(on, until, DIM_FROM_MS, DIM_UNTIL_MS);
    Hours { full: overlap_h(on, until, on, until) - dimmed, dimmed }
}

impl Nights {
    pub(crate) fn new() -> Self {
        let mut sum = Hours::default();
        let mut nights = Vec::with_capacity(NIGHTS as usize);
        for day in FIRST_NIGHT..FIRST_NIGHT + NIGHTS {
            // At 46° the sun sets and rises every day; the fall-back only keeps the code total.
            let since_midnight = |event: Option<Timestamp>, otherwise: i64| {
                event.map_or(otherwise, |e| e.since_ms(Timestamp(day * DAY_MS)))
            };
            let set = since_midnight(sun::event(CITY, day, HORIZON, Event::Set), 16 * HOUR_MS);
            let rise =
                since_midnight(sun::event(CITY, day + 1, HORIZON, Event::Rise), 29 * HOUR_MS);
            let (on, off) = (set + OFFSET_MS, rise - OFFSET_MS);
            nights.push((on, off, sum));
            let night = burned(on, off);
            sum = Hours { full: sum.full + night.full, dimmed: sum.dimmed + night.dimmed };
        }
        Self { nights, year: sum }
    }

    /// Switching on and off of the night to which `at` belongs, noon to noon (UTC).
    pub(crate) fn night(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let (midnight, (on, off, _)) = self.entry(at);
        (midnight.plus_ms(on), midnight.plus_ms(off))
    }

    fn entry(&self, at: Timestamp) -> (Timestamp, (i64, i64, Hours)) {
        let day = at.plus_ms(-DAY_MS / 2).millis().div_euclid(DAY_MS);
        let night = (day - FIRST_NIGHT).rem_euclid(NIGHTS) as usize;
        (Timestamp(day * DAY_MS), self.nights[night])
    }

    /// Level that the programme asks for, %.
    pub(crate) fn level(&self, at: Timestamp) -> f64 {
        let (midnight, (on, off, _)) = self.entry(at);
        let now = at.since_ms(midnight);
        if !(on..off).contains(&now) {
            0.0
        } else if (DIM_FROM_MS..DIM_UNTIL_MS).contains(&now) {
            60.0
        } else {
            100.0
        }
    }

    /// Burning hours since the counters began.
    pub(crate) fn hours(&self, at: Timestamp) -> Hours {
        let (midnight, (on, off, before)) = self.entry(at);
        let night = midnight.millis().div_euclid(DAY_MS) - FIRST_NIGHT;
        let years = night.div_euclid(NIGHTS) as f64;
        let tonight = burned(on, at.since_ms(midnight).clamp(on, off));
        Hours {
            full: years * self.year.full + before.full + tonight.full,
            dimmed: years * self.year.dimmed + before.dimmed + tonight.dimmed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_has_the_burning_hours_of_the_reference() {
        let year = Nights::new().year;
        assert!((year.full + year.dimmed - 4_111.0).abs() < 5.0, "{year:?}");
        // Six hours of each night, fewer in summer, when the sun rises before the end of them.
        assert!((2_050.0..2_190.0).contains(&year.dimmed), "{year:?}");
    }

    #[test]
    fn counters_never_run_backwards() {
        let nights = Nights::new();
        let begin: Timestamp = "2026-12-28T00:00:00Z".parse().expect("a time");
        let mut before = nights.hours(begin);
        for step in 1..2_000 {
            let at = begin.plus_ms(step * 10 * MINUTE_MS);
            let now = nights.hours(at);
            let burned = now.full + now.dimmed - before.full - before.dimmed;
            assert!((-1e-9..=0.168).contains(&burned), "{at}: {burned}");
            before = now;
        }
    }

    #[test]
    fn lamps_burn_by_night_and_are_dimmed_in_its_middle() {
        let nights = Nights::new();
        let level = |text: &str| nights.level(text.parse().expect("a time"));
        for (text, expected) in [
            ("2026-11-22T12:00:00Z", 0.0),
            ("2026-11-22T17:00:00Z", 100.0),
            ("2026-11-23T01:00:00Z", 60.0),
            ("2026-11-23T04:00:00Z", 100.0),
            ("2026-06-21T19:30:00Z", 100.0),
            ("2026-06-22T02:30:00Z", 0.0),
        ] {
            assert!((level(text) - expected).abs() < 1e-9, "{text}: {}", level(text));
        }
    }
}
