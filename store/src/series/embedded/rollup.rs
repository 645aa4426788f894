//! Rollups: what observations make together. A block of dense rows keeps one for each hour of each
//! slot, so that a year is made from hours. They are written with their block and never change;
//! where loose rows stand beside a block, its rollups are not asked.

use domain::Timestamp;

use super::layout::{DIVISORS, FORM_F64, INTEGER_MAX, exact_decimal, put_varint, take_varint};
use super::packed::{put_packed, take_packed, take_slice};
use crate::series::{Bucket, SeriesError};

pub(super) const HOUR_MS: i64 = 3_600_000;
/// Observations an hour below which reading them is as quick as reading rollups.
const OBSERVATIONS_PER_HOUR_MIN: usize = 8;

/// Count, sum, extremes, first and last. Sums carry the part that rounding loses (Neumaier), so
/// the mean of a year is as exact as that of an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rollup {
    pub(super) count: u64,
    sum: f64,
    lost: f64,
    min: f64,
    max: f64,
    first: f64,
    last: f64,
}

impl Rollup {
    /// Of no observation.
    pub(super) const EMPTY: Self = Self {
        count: 0,
        sum: 0.0,
        lost: 0.0,
        min: f64::NAN,
        max: f64::NAN,
        first: f64::NAN,
        last: f64::NAN,
    };

    /// Of one observation.
    pub(super) const fn of(value: f64) -> Self {
        Self { count: 1, sum: value, lost: 0.0, min: value, max: value, first: value, last: value }
    }

    /// Takes in what is newer than all before.
    pub(super) fn append(&mut self, newer: &Self) {
        if newer.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *newer;
            return;
        }
        self.add(newer.sum);
        self.lost += newer.lost;
        self.count += newer.count;
        self.min = self.min.min(newer.min);
        self.max = self.max.max(newer.max);
        self.last = newer.last;
    }

    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - sum) + value
        } else {
            (value - sum) + self.sum
        };
        self.sum = sum;
    }

    pub(super) fn bucket(&self, (begin, end): (Timestamp, Timestamp)) -> Bucket {
        Bucket {
            begin,
            end,
            count: self.count,
            mean: (self.sum + self.lost) / self.count as f64, // NaN when there is none
            min: self.min,
            max: self.max,
            first: self.first,
            last: self.last,
        }
    }

    /// Do its parts belong together? A sum may differ by its rounding.
    pub(super) fn is_sound(&self) -> bool {
        let count = self.count as f64;
        let sum = self.sum + self.lost;
        let slack = 1e-9 * count * self.min.abs().max(self.max.abs());
        let frames = |value: f64| self.min <= value && value <= self.max;
        let is_framed = frames(self.first) && frames(self.last);
        let is_between = self.min * count - slack <= sum && sum <= self.max * count + slack;
        self.count > 0 && is_framed && is_between
    }

    /// The same observations in another order of adding: all but the sum must be equal, the sum
    /// up to rounding.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let exact = |r: &Self| (r.count, [r.min, r.max, r.first, r.last].map(f64::to_bits));
        let scale = self.min.abs().max(self.max.abs()) * self.count as f64;
        let difference = (self.sum + self.lost - other.sum - other.lost).abs();
        exact(self) == exact(other) && difference <= 1e-12 * scale
    }
}

/// Rollups of one slot by hour: begin of the hour and what its observations make.
pub(super) type Hours = Vec<(Timestamp, Rollup)>;

/// The rollups of observations, ordered by time.
pub(super) fn hours_of(observations: impl Iterator<Item = (Timestamp, f64)>) -> Hours {
    let mut hours: Hours = Vec::new();
    for (time, value) in observations {
        let hour = Timestamp(time.0.saturating_sub(time.0.rem_euclid(HOUR_MS)));
        match hours.last_mut() {
            Some((known, rollup)) if *known == hour => rollup.append(&Rollup::of(value)),
            _ => hours.push((hour, Rollup::of(value))),
        }
    }
    hours
}

/// Writes the rollups of a column whose values have the given form: their number (0 where they do
/// not pay), then packed columns of hours since 1970, counts, sums, and of minima, maxima, first
/// and last values. Values of a decimal form and their sums are scaled integers, as the values are.
pub(super) fn put_hours(out: &mut Vec<u8>, hours: &Hours, form: u8) -> Result<(), SeriesError> {
    let observations: u64 = hours.iter().map(|(_, rollup)| rollup.count).sum();
    let is_sparse = observations < (hours.len() * OBSERVATIONS_PER_HOUR_MIN) as u64;
    let divisor = DIVISORS.get(usize::from(form)).copied();
    let is_large = |(_, r): &(Timestamp, Rollup)| {
        divisor.is_some_and(|divisor| (r.sum * divisor).abs() >= INTEGER_MAX)
    };
    if is_sparse || hours.iter().any(is_large) {
        put_varint(out, 0);
        return Ok(());
    }
    put_rollups(out, hours, form)
}

/// The form in which rollups can be written: of the decimal ones the shortest that loses nothing.
pub(super) fn form_of(hours: &Hours) -> u8 {
    let fits = |divisor: f64| {
        hours.iter().all(|(_, r)| {
            let values = [r.min, r.max, r.first, r.last];
            let (sum, scaled) = (r.sum + r.lost, (r.sum + r.lost) * divisor);
            let is_decimal = (scaled.round() / divisor - sum).abs() <= 1e-12 * sum.abs();
            let is_exact = values.iter().all(|value| exact_decimal(*value, divisor).is_some());
            is_decimal && scaled.abs() < INTEGER_MAX && is_exact
        })
    };
    DIVISORS.iter().position(|divisor| fits(*divisor)).map_or(FORM_F64, |form| form as u8)
}

/// The columns of [`put_hours`].
pub(super) fn put_rollups(out: &mut Vec<u8>, hours: &Hours, form: u8) -> Result<(), SeriesError> {
    let divisor = DIVISORS.get(usize::from(form)).copied();
    put_varint(out, hours.len() as u64);
    if hours.is_empty() {
        return Ok(());
    }
    put_packed(out, &hours.iter().map(|(hour, _)| hour.0.div_euclid(HOUR_MS)).collect::<Vec<_>>())?;
    put_packed(out, &hours.iter().map(|(_, rollup)| rollup.count).collect::<Vec<_>>())?;
    let fields: [fn(&Rollup) -> f64; 5] =
        [|r| r.sum + r.lost, |r| r.min, |r| r.max, |r| r.first, |r| r.last];
    for field in fields {
        let values = hours.iter().map(|(_, rollup)| field(rollup));
        match divisor {
            Some(divisor) => {
                put_packed(out, &values.map(|v| (v * divisor).round() as i64).collect::<Vec<_>>())?;
            }
            None => put_packed(out, &values.collect::<Vec<_>>())?,
        }
    }
    Ok(())
}

/// Columns of hours, counts, and of the five fields.
const HOUR_COLUMNS: usize = 7;

/// Goes over what [`put_hours`] wrote.
pub(super) fn skip_hours(rest: &mut &[u8]) -> Option<()> {
    if take_varint(rest)? > 0 {
        for _ in 0..HOUR_COLUMNS {
            take_slice(rest)?;
        }
    }
    Some(())
}

/// Reads what [`put_hours`] wrote; an empty list where there are none.
pub(super) fn take_hours(rest: &mut &[u8], form: u8, observations: usize) -> Option<Hours> {
    let count = usize::try_from(take_varint(rest)?).ok().filter(|count| *count <= observations)?;
    if count == 0 {
        return Some(Hours::new());
    }
    let hours = take_packed::<i64>(rest, count)?;
    let counts = take_packed::<u64>(rest, count)?;
    let mut take_values = || match DIVISORS.get(usize::from(form)) {
        Some(divisor) => {
            let scaled = take_packed::<i64>(rest, count)?;
            Some(scaled.into_iter().map(|scaled| scaled as f64 / divisor).collect::<Vec<f64>>())
        }
        None if form == FORM_F64 => take_packed::<f64>(rest, count),
        None => None,
    };
    let [sums, minima, maxima, firsts, lasts] =
        [take_values()?, take_values()?, take_values()?, take_values()?, take_values()?];
    let rollup = |place: usize| Rollup {
        count: counts[place],
        sum: sums[place],
        lost: 0.0,
        min: minima[place],
        max: maxima[place],
        first: firsts[place],
        last: lasts[place],
    };
    let begin = |place: usize| Timestamp(hours[place].saturating_mul(HOUR_MS));
    Some((0..count).map(|place| (begin(place), rollup(place))).collect())
}
