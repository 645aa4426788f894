//! Time as people and their habits keep it: the hour of Kyiv's day, weekends.

use domain::Timestamp;
use domain::calendar::Calendar;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// A moment in Kyiv.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Civil {
    /// Days from 1970-01-01.
    pub(crate) day: i64,
    /// When that day began.
    pub(crate) begin: Timestamp,
    /// Hours since then, 0 ≤ h < 25.
    pub(crate) hour: f64,
    /// Saturday or Sunday.
    pub(crate) weekend: bool,
}

/// Looks at the clock of Kyiv.
pub(crate) fn civil(at: Timestamp) -> Civil {
    let begin = Calendar::Civil.begin_of_day(Calendar::Civil.date(at));
    // Noon is on the same day in UTC, whatever the offset of Kyiv is.
    let day = begin.plus_ms(DAY_MS / 2).millis().div_euclid(DAY_MS);
    let hour = at.since_ms(begin) as f64 / HOUR_MS as f64;
    // 1970-01-01 was a Thursday.
    Civil { day, begin, hour, weekend: weekday(day) >= 5 }
}

/// 0 Monday … 6 Sunday.
pub(crate) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// A daily curve given at 24 hours, read between them.
pub(crate) fn at_hour(curve: &[f64; 24], hour: f64) -> f64 {
    let hour = hour.rem_euclid(24.0);
    let (from, part) = (hour as usize % 24, hour.fract());
    curve[from] + (curve[(from + 1) % 24] - curve[from]) * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_follow_the_clock_of_kyiv() {
        let at = |text: &str| civil(text.parse().expect("a time"));
        let winter = at("2026-11-21T22:30:00Z");
        assert!((winter.hour - 0.5).abs() < 1e-9 && winter.weekend);
        let summer = at("2026-07-17T20:59:00Z");
        assert!(summer.hour > 23.9 && !summer.weekend);
        assert_eq!(winter.day - summer.day, 128);
    }
}
