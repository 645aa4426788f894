//! Buckets of one property: asked of the series, put together where a device changed its object
//! within one, and with the mean of directions made of unit vectors.

use domain::calendar;
use domain::capture::Span;
use domain::directory::Directory;
use domain::freshness::holds_ms_max;
use domain::property::{Property, ValueKind};
use domain::{DatastreamId, Timestamp};
use store::series::{Bucket, Observation, Series, Weighted};

use super::{Asked, Buckets, Values, too_many};
use crate::problem::{Code, Problem};
use crate::view::FunctionWord;

/// One bucket of the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObservedBucket {
    /// What its observations make together.
    pub(crate) bucket: Bucket,
    /// Its time-weighted mean; unknown when nobody asked for it.
    pub(crate) weighted: Weighted,
}

const UNKNOWN: Weighted = Weighted { mean: f64::NAN, known_ms: 0 };

impl Buckets {
    /// Is it asked for, and has the property one? Directions turn, and counters only grow.
    fn has_weighted(&self, property: &Property) -> bool {
        self.functions.contains(&FunctionWord::TimeWeightedMean)
            && matches!(property.kind, ValueKind::Number | ValueKind::Boolean)
    }
}

impl Asked {
    pub(super) fn buckets(
        &self,
        series: &dyn Series,
        directory: &Directory,
        property: &Property,
        asked: &Buckets,
        room: usize,
    ) -> Result<Values, Problem> {
        let Span { from, to } = self.period;
        let bounds = calendar::buckets(asked.calendar, asked.size, from, to)
            .map_err(|error| Problem::new(Code::TooManyObservations, error.to_string()))?;
        if bounds.len() > room {
            return Err(too_many());
        }
        let empty = |bounds| ObservedBucket { bucket: empty(bounds), weighted: UNKNOWN };
        let mut whole: Vec<ObservedBucket> = bounds.iter().copied().map(empty).collect();
        for (object, stay) in &self.stays {
            let Some(slot) = directory.slot(object.no, property.id) else { continue };
            let id = DatastreamId { object: object.no, slot };
            let parts = cut(&bounds, *stay, self.stays.len() == 1 && self.device.is_none());
            let cut_bounds: Vec<(Timestamp, Timestamp)> = parts.iter().map(|(_, b)| *b).collect();
            let mut of_stay = series.aggregate(id, &cut_bounds)?;
            let weighted = if asked.has_weighted(property) {
                let holds_ms_max = holds_ms_max(directory.profiles_on(object.no));
                series.time_weighted(id, &cut_bounds, holds_ms_max)?
            } else {
                vec![UNKNOWN; of_stay.len()]
            };
            if property.kind == ValueKind::Angle {
                let (Some(first), Some(last)) = (cut_bounds.first(), cut_bounds.last()) else {
                    continue;
                };
                let raw = series.range(id, first.0, last.1, room)?;
                take_directions(&mut of_stay, &raw);
            }
            for ((index, _), (part, weighted)) in parts.iter().zip(of_stay.iter().zip(weighted)) {
                join(&mut whole[*index].bucket, part);
                join_weighted(&mut whole[*index].weighted, weighted);
            }
        }
        Ok(Values::Buckets(whole))
    }
}

/// The bounds that touch a stay, with their places; cut to it, unless the object as such was asked
/// for: then its first and last bucket are whole as well.
fn cut(
    bounds: &[(Timestamp, Timestamp)],
    stay: Span,
    leave_whole: bool,
) -> Vec<(usize, (Timestamp, Timestamp))> {
    bounds
        .iter()
        .enumerate()
        .filter_map(|(index, (begin, end))| {
            let cut = (stay.from.max(*begin), stay.to.min(*end));
            let bounds = if leave_whole { (*begin, *end) } else { cut };
            (cut.0 < cut.1).then_some((index, bounds))
        })
        .collect()
}

fn empty((begin, end): (Timestamp, Timestamp)) -> Bucket {
    let none = f64::NAN;
    Bucket { begin, end, count: 0, mean: none, min: none, max: none, first: none, last: none }
}

/// Adds a later part to a bucket.
fn join(whole: &mut Bucket, part: &Bucket) {
    if part.count == 0 {
        return;
    }
    if whole.count == 0 {
        *whole = Bucket { begin: whole.begin, end: whole.end, ..*part };
        return;
    }
    let count = whole.count + part.count;
    let share = part.count as f64 / count as f64;
    *whole = Bucket {
        begin: whole.begin,
        end: whole.end,
        count,
        mean: whole.mean + (part.mean - whole.mean) * share,
        min: whole.min.min(part.min),
        max: whole.max.max(part.max),
        first: whole.first,
        last: part.last,
    };
}

/// Adds what is known of another part of the bucket's time.
fn join_weighted(whole: &mut Weighted, part: Weighted) {
    if part.known_ms == 0 {
        return;
    }
    let known_ms = whole.known_ms + part.known_ms;
    let share = part.known_ms as f64 / known_ms as f64;
    let mean =
        if whole.known_ms == 0 { part.mean } else { whole.mean + (part.mean - whole.mean) * share };
    *whole = Weighted { mean, known_ms };
}

/// Directions have no smallest and no largest, and their mean is that of unit vectors: between
/// 350° and 10° lies 0°, not 180°.
fn take_directions(buckets: &mut [Bucket], raw: &[Observation]) {
    let mut rest = raw;
    for bucket in buckets {
        let before = rest.partition_point(|o| o.time < bucket.begin);
        let until = rest.partition_point(|o| o.time < bucket.end);
        bucket.mean = mean_direction(&rest[before..until]);
        (bucket.min, bucket.max) = (f64::NAN, f64::NAN);
        rest = &rest[until..];
    }
}

fn mean_direction(observations: &[Observation]) -> f64 {
    let (mut north, mut east) = (0.0, 0.0);
    for observation in observations {
        let radians = observation.value.to_radians();
        north += radians.cos();
        east += radians.sin();
    }
    // Opposite directions cancel out: then there is no mean.
    if north.hypot(east) < 1e-9 * observations.len().max(1) as f64 {
        return f64::NAN;
    }
    east.atan2(north).to_degrees().rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use domain::Quality;

    use super::*;

    fn observation(ms: i64, value: f64) -> Observation {
        let time = Timestamp(ms);
        Observation { time, arrival: time, value, quality: Quality::GOOD }
    }

    fn bucket(begin: i64, end: i64) -> Bucket {
        empty((Timestamp(begin), Timestamp(end)))
    }

    #[test]
    fn between_350_and_10_degrees_lies_north() {
        let mut buckets = [bucket(0, 10), bucket(10, 20), bucket(20, 30)];
        let raw = [
            observation(1, 350.0),
            observation(2, 10.0),
            observation(12, 90.0),
            observation(13, 270.0),
        ];
        take_directions(&mut buckets, &raw);
        let north = buckets[0].mean;
        let from_north = north.min(360.0 - north);
        assert!(from_north < 1e-6, "{north}");
        assert!(buckets[1].mean.is_nan(), "opposite directions have no mean");
        assert!(buckets[2].mean.is_nan(), "a gap has none");
    }

    #[test]
    fn a_bucket_of_two_stays_is_the_bucket_of_all_their_values() {
        let part = |count, mean, min, max, first, last| Bucket {
            count,
            mean,
            min,
            max,
            first,
            last,
            ..bucket(0, 10)
        };
        let mut whole = bucket(0, 10);
        join(&mut whole, &part(1, 4.0, 4.0, 4.0, 4.0, 4.0));
        join(&mut whole, &bucket(0, 10));
        join(&mut whole, &part(3, 8.0, 2.0, 12.0, 10.0, 2.0));
        assert_eq!(whole, part(4, 7.0, 2.0, 12.0, 4.0, 2.0));
        let mut weighted = UNKNOWN;
        for (mean, known_ms) in [(1.0, 10), (f64::NAN, 0), (0.0, 30)] {
            join_weighted(&mut weighted, Weighted { mean, known_ms });
        }
        assert_eq!(weighted, Weighted { mean: 0.25, known_ms: 40 });
    }

    #[test]
    fn bounds_are_cut_to_the_stay_of_a_device() {
        let bounds = [(Timestamp(0), Timestamp(10)), (Timestamp(10), Timestamp(20))];
        let stay = Span { from: Timestamp(4), to: Timestamp(10) };
        assert_eq!(cut(&bounds, stay, false), [(0, (Timestamp(4), Timestamp(10)))]);
        assert_eq!(cut(&bounds, stay, true), [(0, (Timestamp(0), Timestamp(10)))]);
    }
}
