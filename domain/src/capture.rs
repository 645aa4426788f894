//! Data capture: how much of what a device should have sent has come. Three numbers — expected,
//! excused, delivered — never one percentage that hides an outage (the share of `reference` texts
//! on air quality, valid divided by total, is [`Capture::percent`] without excuses).

use crate::profile::Regime;
use crate::time::Timestamp;

/// A stretch of time, its end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub from: Timestamp,
    /// End, exclusive.
    pub to: Timestamp,
}

/// Why nothing had to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExcuseReason {
    /// Its supply or its network was away, planned or not.
    Outage,
    /// Somebody worked on it.
    Maintenance,
    /// The whole city was in a mode in which it need not send.
    CityMode,
}

impl ExcuseReason {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Maintenance => "maintenance",
            Self::CityMode => "city-mode",
        }
    }
}

/// A stretch of time for which a device is excused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// Begin.
    pub from: Timestamp,
    /// End, exclusive.
    pub to: Timestamp,
    /// Why.
    pub reason: ExcuseReason,
}

/// What a device owes, and what excuses it.
#[derive(Clone, Copy, Debug)]
pub struct Duty<'a> {
    /// Regime of its profile.
    pub regime: Regime,
    /// Interval between readings, or between signs of life, seconds.
    pub interval_s: u32,
    /// Nothing is owed before: the later of commissioning and installation.
    pub since: Timestamp,
    /// Nothing is owed from here on (removed, decommissioned); `None`: still on duty.
    pub until: Option<Timestamp>,
    /// When it was in service, in any order; asked only in [`Regime::InService`].
    pub in_service: &'a [Span],
    /// What excuses it, in any order. For [`Regime::WhileEnergised`] the times without voltage
    /// stand here as [`ExcuseReason::Outage`].
    pub excuses: &'a [Excuse],
}

/// Data capture in readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// Readings that the regime asks for.
    pub expected: u64,
    /// Of these, excused.
    pub excused: u64,
    /// Readings that have come, excused or not; events may make them more than expected.
    pub delivered: u64,
}

impl Capture {
    /// Readings that were due: expected and not excused.
    pub const fn due(self) -> u64 {
        self.expected.saturating_sub(self.excused)
    }

    /// Share of the due readings that have come, 0–100 %; `None` when nothing was due.
    pub fn percent(self) -> Option<f64> {
        let due = self.due();
        (due > 0).then(|| self.delivered.min(due) as f64 / due as f64 * 100.0)
    }

    /// Both together: a measure's capture is the sum over its devices. Each device's surplus
    /// stays its own, so that it cannot hide another's silence.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            expected: self.expected + other.expected,
            excused: self.excused + other.excused,
            delivered: self.delivered.min(self.due()) + other.delivered.min(other.due()),
        }
    }
}

/// The data capture of one device for `from <= time < to`, given how many readings have come in
/// that time. Intervals are counted whole: one that has not ended is not owed yet, so `to` is
/// never later than now.
pub fn capture(duty: &Duty<'_>, from: Timestamp, to: Timestamp, delivered: u64) -> Capture {
    let window =
        Span { from: from.max(duty.since), to: duty.until.map_or(to, |until| to.min(until)) };
    let on_duty = match duty.regime {
        Regime::Periodic | Regime::WhileEnergised | Regime::HeartbeatAndEvents => {
            union([window], window)
        }
        Regime::InService => union(duty.in_service.iter().copied(), window),
    };
    let excuses = duty.excuses.iter().map(|e| Span { from: e.from, to: e.to });
    let excused_ms = common_ms(&on_duty, &union(excuses, window));
    let on_duty_ms = length_ms(&on_duty);
    let interval_ms = i64::from(duty.interval_s.max(1)) * 1000;
    let expected = (on_duty_ms / interval_ms) as u64;
    let due = ((on_duty_ms - excused_ms) / interval_ms) as u64;
    Capture { expected, excused: expected - due, delivered }
}

/// Turns a step series (a state and since when, oldest first) into the spans during which it was
/// on, up to `to`: ignition into service, voltage into supply.
pub fn spans_while(steps: impl IntoIterator<Item = (Timestamp, bool)>, to: Timestamp) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut since = None;
    for (at, is_on) in steps {
        match (since, is_on) {
            (None, true) => since = Some(at),
            (Some(from), false) => {
                spans.push(Span { from, to: at });
                since = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    spans.extend(since.filter(|from| *from < to).map(|from| Span { from, to }));
    spans
}

/// The spans cut to the window, ordered, without overlap.
fn union(spans: impl IntoIterator<Item = Span>, window: Span) -> Vec<Span> {
    let mut cut: Vec<Span> = spans
        .into_iter()
        .map(|s| Span { from: s.from.max(window.from), to: s.to.min(window.to) })
        .filter(|s| s.from < s.to)
        .collect();
    cut.sort_by_key(|s| s.from);
    cut.dedup_by(|next, kept| {
        let touches = next.from <= kept.to;
        if touches {
            kept.to = kept.to.max(next.to);
        }
        touches
    });
    cut
}

fn length_ms(spans: &[Span]) -> i64 {
    spans.iter().map(|s| s.to.since_ms(s.from)).sum()
}

/// How long two ordered lists of spans are both on.
fn common_ms(some: &[Span], other: &[Span]) -> i64 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (some.get(i), other.get(j)) {
        common += a.to.min(b.to).since_ms(a.from.max(b.from)).max(0);
        if a.to <= b.to {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

#[cfg(test)]
mod tests;
