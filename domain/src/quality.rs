//! What speaks against a value: outside of its range, changed too fast, unchanged for too long,
//! measured while the device was not measuring. A flag is set, the value is kept.

use std::collections::HashMap;

use crate::observation::Quality;
use crate::profile::Field;
use crate::time::Timestamp;

/// What is remembered of one datastream to judge its next value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Trail {
    time: Timestamp,
    value: f64,
    /// Since when the value is what it is.
    unchanged_since: Timestamp,
}

/// What is remembered of one object to judge its next reading.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    trails: HashMap<u16, Trail>,
    status: Option<(Timestamp, bool)>,
}

/// Does this measuring status (`measuring`, `zero`, `span`, `maintenance`, `fault`) mean that the
/// device measures the city? A status that is not known is believed to.
pub fn is_measuring(status: &str) -> bool {
    !matches!(status, "zero" | "span" | "maintenance" | "fault")
}

impl Memory {
    /// Takes over what the store knows of a datastream, unless it is known already.
    pub fn recall(&mut self, slot: u16, time: Timestamp, value: f64) {
        self.trails.entry(slot).or_insert(Trail { time, value, unchanged_since: time });
    }

    /// Notes the measuring status that holds from `time` on.
    pub fn note_status(&mut self, time: Timestamp, status: &str) {
        if self.status.is_none_or(|(known, _)| known <= time) {
            self.status = Some((time, is_measuring(status)));
        }
    }

    /// The flag of all values measured at `time`: was the device measuring?
    pub fn measuring(&self, time: Timestamp) -> Quality {
        match self.status {
            Some((since, false)) if since <= time => Quality::NOT_MEASURING,
            _ => Quality::GOOD,
        }
    }

    /// Judges a value (canonical unit) of a field and remembers it. Values older than the newest
    /// one known are judged by their range only.
    pub fn judge(&mut self, field: &Field, slot: u16, time: Timestamp, value: f64) -> Quality {
        let mut quality = Quality::GOOD;
        if field.range.is_some_and(|(low, high)| !(low..=high).contains(&value)) {
            quality = quality.with(Quality::RANGE);
        }
        if field.rate_per_s_max.is_none() && field.flat_s_max.is_none() {
            return quality;
        }
        let mut unchanged_since = time;
        if let Some(before) = self.trails.get(&slot) {
            if time <= before.time {
                return quality;
            }
            let seconds = time.since_ms(before.time) as f64 / 1000.0;
            let change = change(field, before.value, value);
            if field.rate_per_s_max.is_some_and(|most| change > most * seconds) {
                quality = quality.with(Quality::RATE);
            }
            // What happened in a gap longer than the bound is not known.
            let known = field.flat_s_max.is_some_and(|most| seconds <= f64::from(most));
            if change == 0.0 && known {
                unchanged_since = before.unchanged_since;
            }
        }
        let unchanged_ms = time.since_ms(unchanged_since);
        if field.flat_s_max.is_some_and(|most| unchanged_ms > i64::from(most) * 1000) {
            quality = quality.with(Quality::FLAT);
        }
        self.trails.insert(slot, Trail { time, value, unchanged_since });
        quality
    }
}

/// How far a value is from the one before; directions turn the short way round.
fn change(field: &Field, before: f64, value: f64) -> f64 {
    let difference = (value - before).abs();
    if matches!(field.property.as_str(), "wind_direction" | "bearing") {
        let turned = difference % 360.0;
        return turned.min(360.0 - turned);
    }
    difference
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::unit::{Conversion, Unit};

    fn field(name: &str) -> Field {
        Field {
            name: name.into(),
            pointer: None,
            property: name.parse().expect("valid"),
            unit: Unit::One,
            conversion: Conversion::NONE,
            range: Some((0.0, 1000.0)),
            rate_per_s_max: Some(1.0),
            flat_s_max: Some(60),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_795_342_500_000 + seconds * 1000)
    }

    #[test]
    fn a_value_outside_of_its_range_is_flagged_and_its_bounds_are_inside() {
        let mut memory = Memory::default();
        assert_eq!(memory.judge(&field("pm25"), 0, at(0), 1000.0), Quality::GOOD);
        assert!(memory.judge(&field("pm25"), 1, at(0), -0.1).has(Quality::RANGE));
    }

    #[test]
    fn a_value_that_changes_faster_than_the_profile_allows_is_flagged() {
        let mut memory = Memory::default();
        memory.judge(&field("pm25"), 0, at(0), 10.0);
        assert_eq!(memory.judge(&field("pm25"), 0, at(10), 20.0), Quality::GOOD);
        assert_eq!(memory.judge(&field("pm25"), 0, at(20), 31.0), Quality::RATE);
    }

    #[test]
    fn a_direction_turns_the_short_way_round() {
        let mut memory = Memory::default();
        memory.judge(&field("wind_direction"), 0, at(0), 359.0);
        assert_eq!(memory.judge(&field("wind_direction"), 0, at(3), 1.0), Quality::GOOD);
    }

    #[test]
    fn a_value_that_does_not_move_is_flagged_until_it_does() {
        let mut memory = Memory::default();
        memory.judge(&field("pm25"), 0, at(0), 10.0);
        assert_eq!(memory.judge(&field("pm25"), 0, at(60), 10.0), Quality::GOOD);
        assert_eq!(memory.judge(&field("pm25"), 0, at(61), 10.0), Quality::FLAT);
        assert_eq!(memory.judge(&field("pm25"), 0, at(62), 10.5), Quality::GOOD);
        assert_eq!(memory.judge(&field("pm25"), 0, at(9000), 10.5), Quality::GOOD);
    }

    #[test]
    fn what_the_store_knows_counts_after_a_restart() {
        let mut memory = Memory::default();
        memory.recall(0, at(0), 10.0);
        assert_eq!(memory.judge(&field("pm25"), 0, at(1), 100.0), Quality::RATE);
    }

    #[test]
    fn nothing_is_measured_in_zero_span_maintenance_and_fault() {
        let mut memory = Memory::default();
        assert_eq!(memory.measuring(at(0)), Quality::GOOD);
        memory.note_status(at(10), "zero");
        assert_eq!(memory.measuring(at(5)), Quality::GOOD);
        assert_eq!(memory.measuring(at(11)), Quality::NOT_MEASURING);
        memory.note_status(at(20), "measuring");
        memory.note_status(at(15), "fault");
        assert_eq!(memory.measuring(at(21)), Quality::GOOD);
    }

    proptest! {
        #[test]
        fn a_late_value_never_disturbs_the_judgement_of_the_newest(
            late_s in -1000i64..0, late in 0.0..1000.0f64, next in 0.0..20.0f64,
        ) {
            let (mut with, mut without) = (Memory::default(), Memory::default());
            for memory in [&mut with, &mut without] {
                memory.judge(&field("pm25"), 0, at(0), 10.0);
            }
            with.judge(&field("pm25"), 0, at(late_s), late);
            prop_assert_eq!(
                with.judge(&field("pm25"), 0, at(5), next),
                without.judge(&field("pm25"), 0, at(5), next)
            );
        }
    }
}
