//! Freshness: how old the newest reading may be before a screen must say so. One table for the
//! map, the lists, the API, the counts of a measure and the metrics.

use crate::profile::{Kind, Profile, Regime, Stamp};
use crate::time::Timestamp;

/// How far the newest reading can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// As expected of the profile.
    Fresh,
    /// Later than expected, still usable.
    Delayed,
    /// Shown in brackets only.
    Stale,
    /// Sends nothing: no value and no colour is shown.
    Silent,
    /// Its line is without voltage; nothing is expected.
    DeEnergised,
    /// Being serviced; nothing is expected.
    Maintenance,
    /// Not on the line (a vehicle in the depot), or switched off by schedule.
    OutOfService,
}

impl Freshness {
    /// All states, in the order of legends.
    pub const ALL: [Self; 7] = [
        Self::Fresh,
        Self::Delayed,
        Self::Stale,
        Self::Silent,
        Self::DeEnergised,
        Self::Maintenance,
        Self::OutOfService,
    ];

    /// The word of the API and of metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Delayed => "delayed",
            Self::Stale => "stale",
            Self::Silent => "silent",
            Self::DeEnergised => "de-energised",
            Self::Maintenance => "maintenance",
            Self::OutOfService => "out-of-service",
        }
    }

    /// Counted as live: fresh or delayed.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Fresh | Self::Delayed)
    }
}

/// What is known about an object besides its readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// It is meant to work now: a vehicle has a run or its ignition is on.
    pub in_service: bool,
    /// Its line is under voltage.
    pub energised: bool,
    /// It is being serviced.
    pub maintenance: bool,
}

impl Circumstances {
    /// Nothing excuses silence.
    pub const EXPECTED: Self = Self { in_service: true, energised: true, maintenance: false };
}

/// Greatest ages of a profile's newest reading, milliseconds, each inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Fresh up to here.
    pub fresh_ms: i64,
    /// Delayed up to here.
    pub delayed_ms: i64,
    /// Stale up to here, silent beyond.
    pub stale_ms: i64,
}

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Heartbeats at least this far apart are daily ones: one that is missed is already silence.
const DAILY_HEARTBEAT_MS: i64 = 12 * HOUR_MS;

/// A row of the table: `(interval, delayed, stale)`, milliseconds. It holds as it stands up to its
/// interval between readings; slower profiles get 2, 5 and 12 intervals, never less than the row.
const fn table_row(kind: Kind) -> (i64, i64, i64) {
    match kind {
        Kind::Vehicle => (15 * SECOND_MS, 3 * MINUTE_MS, 6 * MINUTE_MS),
        Kind::Air => (5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS),
        Kind::Light => (15 * MINUTE_MS, 45 * MINUTE_MS, 2 * HOUR_MS),
        // A gateway is as fresh as what it brings; its own row is asked for nowhere.
        Kind::Water | Kind::Gateway => (HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS),
    }
}

/// For how long a value holds when nothing newer is known, milliseconds: until the last of the
/// profiles calls its device silent.
pub fn holds_ms_max<'a>(profiles: impl Iterator<Item = &'a Profile>) -> i64 {
    profiles.map(|profile| thresholds(profile).stale_ms).max().unwrap_or_default()
}

/// The ages at which a profile's readings stop being fresh, delayed and stale.
pub fn thresholds(profile: &Profile) -> Thresholds {
    let interval_ms = i64::from(profile.interval_s) * SECOND_MS;
    if profile.regime == Regime::HeartbeatAndEvents && interval_ms >= DAILY_HEARTBEAT_MS {
        let heartbeat_ms = (interval_ms / 12 * 13).max(26 * HOUR_MS);
        return Thresholds {
            fresh_ms: heartbeat_ms,
            delayed_ms: heartbeat_ms,
            stale_ms: heartbeat_ms,
        };
    }
    let (row_interval_ms, delayed_ms, stale_ms) = table_row(profile.kind);
    let fresh_ms = (2 * interval_ms).max(30 * SECOND_MS);
    if interval_ms <= row_interval_ms {
        return Thresholds { fresh_ms, delayed_ms, stale_ms };
    }
    Thresholds {
        fresh_ms,
        delayed_ms: (5 * interval_ms).max(delayed_ms),
        stale_ms: (12 * interval_ms).max(stale_ms),
    }
}

/// How old a reading is, milliseconds: counted from the end of what it measured. A mean that is
/// stamped with the begin of its interval can be told only when the interval is over.
pub fn age_ms(profile: &Profile, measured_at: Timestamp, now: Timestamp) -> i64 {
    let averaged_ms = match profile.stamp {
        Stamp::Begin => i64::from(profile.averaging_s) * SECOND_MS,
        Stamp::Instant | Stamp::End => 0,
    };
    now.since_ms(measured_at) - averaged_ms
}

/// The state of an object whose newest reading is `age_ms` old; `None`: nothing ever came.
pub fn freshness(
    profile: &Profile,
    age_ms: Option<i64>,
    circumstances: Circumstances,
) -> Freshness {
    if circumstances.maintenance {
        return Freshness::Maintenance;
    }
    if !circumstances.energised {
        return Freshness::DeEnergised;
    }
    if !circumstances.in_service {
        return Freshness::OutOfService;
    }
    let at_most = thresholds(profile);
    match age_ms {
        Some(age) if age <= at_most.fresh_ms => Freshness::Fresh,
        Some(age) if age <= at_most.delayed_ms => Freshness::Delayed,
        Some(age) if age <= at_most.stale_ms => Freshness::Stale,
        _ => Freshness::Silent,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn profile(kind: Kind, regime: Regime, interval_s: u32) -> Profile {
        Profile {
            id: "any".parse().expect("valid"),
            kind,
            title_uk: String::new(),
            title_en: String::new(),
            regime,
            interval_s,
            stamp: Stamp::Instant,
            averaging_s: 0,
            retention_days: None,
            fields: Vec::new(),
        }
    }

    fn check(profile: &Profile, fresh_s: i64, delayed_s: i64, stale_s: i64) {
        let expected = Thresholds {
            fresh_ms: fresh_s * 1000,
            delayed_ms: delayed_s * 1000,
            stale_ms: stale_s * 1000,
        };
        assert_eq!(thresholds(profile), expected, "{profile:?}");
    }

    #[test]
    fn the_table_of_the_screens_holds_for_the_profiles_it_names() {
        check(&profile(Kind::Vehicle, Regime::InService, 10), 30, 180, 360);
        check(&profile(Kind::Air, Regime::Periodic, 60), 120, 900, 3600);
        check(&profile(Kind::Air, Regime::Periodic, 300), 600, 900, 3600);
        check(&profile(Kind::Light, Regime::WhileEnergised, 900), 1800, 2700, 7200);
        check(&profile(Kind::Water, Regime::Periodic, 3600), 7200, 14400, 43200);
        let day = 26 * 3600;
        check(&profile(Kind::Water, Regime::HeartbeatAndEvents, 86_400), day, day, day);
    }

    #[test]
    fn the_age_of_a_mean_begins_when_its_interval_is_over() {
        let mut post = profile(Kind::Air, Regime::Periodic, 60);
        post.averaging_s = 60;
        let (stamp, now) = (Timestamp(0), Timestamp(150_000));
        for (kind, age) in
            [(Stamp::Begin, 90_000), (Stamp::End, 150_000), (Stamp::Instant, 150_000)]
        {
            post.stamp = kind;
            assert_eq!(age_ms(&post, stamp, now), age, "{kind:?}");
        }
    }

    #[test]
    fn slower_profiles_get_two_five_and_twelve_intervals() {
        check(&profile(Kind::Air, Regime::Periodic, 3600), 7200, 18_000, 43_200);
        check(&profile(Kind::Vehicle, Regime::InService, 180), 360, 900, 2160);
    }

    #[test]
    fn nothing_that_is_excused_is_called_silent() {
        let lamp = profile(Kind::Light, Regime::WhileEnergised, 900);
        let dark = Circumstances { energised: false, ..Circumstances::EXPECTED };
        assert_eq!(freshness(&lamp, None, dark), Freshness::DeEnergised);
        assert_eq!(freshness(&lamp, None, Circumstances::EXPECTED), Freshness::Silent);
        let parked = Circumstances { in_service: false, ..Circumstances::EXPECTED };
        assert_eq!(freshness(&lamp, Some(0), parked), Freshness::OutOfService);
        let serviced = Circumstances { maintenance: true, ..dark };
        assert_eq!(freshness(&lamp, Some(0), serviced), Freshness::Maintenance);
    }

    proptest! {
        #[test]
        fn a_reading_only_ages_from_fresh_to_silent(
            kind in prop::sample::select(&Kind::ALL[..]),
            heartbeat: bool,
            interval_s in 1u32..200_000,
            ages in prop::array::uniform2(0i64..4_000_000_000),
        ) {
            let regime = if heartbeat { Regime::HeartbeatAndEvents } else { Regime::Periodic };
            let profile = profile(kind, regime, interval_s);
            let at_most = thresholds(&profile);
            prop_assert!(at_most.fresh_ms > i64::from(interval_s) * 1000);
            prop_assert!(at_most.fresh_ms <= at_most.delayed_ms);
            prop_assert!(at_most.delayed_ms <= at_most.stale_ms);
            let [young, old] = [ages[0].min(ages[1]), ages[0].max(ages[1])];
            let state = |age| freshness(&profile, Some(age), Circumstances::EXPECTED);
            prop_assert!(state(young) <= state(old));
        }
    }
}
