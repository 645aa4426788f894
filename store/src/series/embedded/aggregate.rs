//! Buckets: count, mean, extremes, first and last of the observations of a time.

use domain::{DatastreamId, Timestamp};

use super::engine::Engine;
use super::read::walk_values;
use crate::series::{Bucket, SeriesError};

/// What observations make together. Sums carry the part that rounding loses (Neumaier), so the
/// mean of a year is as exact as that of an hour.
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

    /// Takes in an observation that is newer than all before.
    pub(super) fn push(&mut self, value: f64) {
        self.add(value);
        self.count += 1;
        self.min = self.min.min(value); // the minimum of NaN and a number is the number
        self.max = self.max.max(value);
        if self.count == 1 {
            self.first = value;
        }
        self.last = value;
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

    fn bucket(&self, (begin, end): (Timestamp, Timestamp)) -> Bucket {
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
}

/// One bucket for each of the bounds, in their order.
pub(super) fn aggregate(
    engine: &Engine,
    id: DatastreamId,
    bounds: &[(Timestamp, Timestamp)],
) -> Result<Vec<Bucket>, SeriesError> {
    let mut buckets = Vec::with_capacity(bounds.len());
    for run in bounds.chunk_by(|a, b| a.1 == b.0) {
        let (from, to) = (run[0].0, run[run.len() - 1].1);
        let mut open = 0;
        let mut rollup = Rollup::EMPTY;
        walk_values(engine, id, (from, to), |time, value| {
            while time >= run[open].1 {
                buckets.push(rollup.bucket(run[open]));
                rollup = Rollup::EMPTY;
                open += 1;
            }
            rollup.push(value);
        })?;
        buckets.push(rollup.bucket(run[open]));
        buckets.extend(run[open + 1..].iter().map(|bound| Rollup::EMPTY.bucket(*bound)));
    }
    Ok(buckets)
}
