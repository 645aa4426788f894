//! What a store of series means, in the plainest words: maps in memory. A store conforms when it
//! answers as this model does.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use domain::change::{Latest, LatestText};
use domain::{Cell, DatastreamId, ObjectNo, Outcome, PropertyId, Quality, Row, Timestamp};

use crate::series::{
    Appended, Batch, Bucket, Correction, Observation, Reading, Series, Text, Weighted,
};

const HOUR: i64 = 3_600_000;
/// For how long a value holds in these tests, milliseconds.
pub(super) const HOLDS_MS_MAX: i64 = 90_000;

type Steps = BTreeMap<Timestamp, String>;

/// The model.
#[derive(Default)]
pub(super) struct Model {
    cells: BTreeMap<(DatastreamId, Timestamp), Observation>,
    latest: BTreeMap<DatastreamId, Latest>,
    corrections: BTreeMap<(DatastreamId, Timestamp), Vec<Correction>>,
    texts: BTreeMap<(ObjectNo, PropertyId), Steps>,
    /// What retention dropped, in the order in which it went.
    gone: Vec<(DatastreamId, Observation)>,
    /// Times of rows that retention dropped.
    gone_rows: Vec<(ObjectNo, Timestamp)>,
}

/// All readings, asked for three at a time.
fn few_at_a_time(
    series: &dyn Series,
    object: ObjectNo,
    (mut from, to): (Timestamp, Timestamp),
) -> Vec<Reading> {
    let mut all = Vec::new();
    loop {
        let few = series.first_readings(object, from, to, 3).expect("readings");
        let Some(last) = few.last() else { return all };
        from = last.time.plus_ms(1);
        all.extend(few);
    }
}

fn to_second(arrival: Timestamp) -> Timestamp {
    Timestamp(arrival.0.div_euclid(1000) * 1000)
}

impl Model {
    pub(super) fn append(&mut self, batch: &Batch) -> Appended {
        let mut appended = Appended::default();
        for row in &batch.rows {
            for cell in &row.cells {
                appended.cells.push(self.append_cell(row, cell));
            }
        }
        appended.texts = batch.texts.iter().map(|text| self.append_text(text)).collect();
        appended
    }

    fn append_cell(&mut self, row: &Row, cell: &Cell) -> Outcome {
        let id = DatastreamId { object: row.object, slot: cell.slot };
        let (time, arrival) = (row.time, to_second(row.arrival));
        let mut new = Observation { time, arrival, value: cell.value, quality: cell.quality };
        let outcome = match self.cells.get(&(id, time)).copied() {
            None => Outcome::Stored,
            Some(known) if known.value.to_bits() == new.value.to_bits() => {
                return Outcome::Duplicate;
            }
            Some(known) => {
                let mut old = known;
                if new.arrival < known.arrival {
                    (old, new) = (new, known);
                } else {
                    new.quality = new.quality.with(Quality::CORRECTED);
                }
                let of_key = self.corrections.entry((id, time)).or_default();
                of_key.push(Correction { time, old, new });
                Outcome::Corrected
            }
        };
        self.cells.insert((id, time), new);
        let is_shown = self.latest.get(&id).is_some_and(|shown| shown.time == time);
        let is_newer = self.latest.get(&id).is_none_or(|shown| shown.time < time);
        if is_shown || (is_newer && !new.quality.has(Quality::LATE)) {
            let Observation { value, quality, arrival, .. } = new;
            self.latest.insert(id, Latest { time, arrival, value, quality });
        }
        outcome
    }

    fn append_text(&mut self, text: &Text) -> Outcome {
        let steps = self.texts.entry((text.object, text.property.clone())).or_default();
        let holds = steps.range(..=text.time).next_back().map(|(_, known)| known.clone());
        if holds.as_deref() == Some(text.text.as_str()) {
            return Outcome::Duplicate;
        }
        let was_there = steps.remove(&text.time).is_some();
        let before = steps.range(..text.time).next_back().map(|(_, known)| known.clone());
        if before.as_deref() != Some(text.text.as_str()) {
            steps.insert(text.time, text.text.clone());
        }
        let after = steps.range((Excluded(text.time), Unbounded)).next();
        if let Some((time, known)) = after.map(|(time, known)| (*time, known.clone()))
            && known == text.text
        {
            steps.remove(&time);
        }
        if was_there { Outcome::Corrected } else { Outcome::Stored }
    }

    /// Drops what is older than a moment; how many observations went.
    pub(super) fn retain(&mut self, object: ObjectNo, (from, to): (Timestamp, Timestamp)) -> u64 {
        let goes =
            |id: &DatastreamId, time: Timestamp| id.object == object && from <= time && time < to;
        let mut going: Vec<_> = self
            .cells
            .iter()
            .filter(|((id, time), _)| goes(id, *time))
            .map(|((id, _), observation)| (*id, *observation))
            .collect();
        going.sort_by_key(|(_, observation)| observation.time);
        let times: BTreeSet<_> = going.iter().map(|(_, observation)| observation.time).collect();
        self.cells.retain(|(id, time), _| !goes(id, *time));
        self.corrections.retain(|(id, time), _| !goes(id, *time));
        self.latest.retain(|id, shown| !goes(id, shown.time));
        for (_, steps) in self.texts.iter_mut().filter(|((of, _), _)| *of == object) {
            let held = steps.range(..=to).next_back().map(|(time, _)| *time);
            steps.retain(|time, _| *time < from || *time > to || Some(*time) == held);
        }
        let count = going.len() as u64;
        self.gone.extend(going);
        self.gone_rows.extend(times.into_iter().map(|time| (object, time)));
        count
    }

    /// How many of these times lie in hours that lie wholly within.
    fn count_gone(times: impl Iterator<Item = Timestamp>, from: Timestamp, to: Timestamp) -> usize {
        let begin = |time: Timestamp| Timestamp(time.0.saturating_sub(time.0.rem_euclid(HOUR)));
        times.filter(|t| from <= begin(*t) && begin(*t).plus_ms(HOUR) <= to).count()
    }

    fn gone_times(&self, id: DatastreamId) -> impl Iterator<Item = Timestamp> {
        self.gone.iter().filter(move |(known, _)| *known == id).map(|(_, o)| o.time)
    }

    fn range(
        &self,
        id: DatastreamId,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = Observation> {
        let of_time = (from < to).then(|| self.cells.range((id, from)..(id, to)));
        of_time.into_iter().flatten().map(|(_, observation)| *observation)
    }

    fn count(&self, id: DatastreamId, from: Timestamp, to: Timestamp) -> u64 {
        let gone = Self::count_gone(self.gone_times(id), from, to);
        (self.range(id, from, to).count() + gone) as u64
    }

    fn rows(&self, object: ObjectNo, from: Timestamp, to: Timestamp) -> Vec<Row> {
        let mut rows: BTreeMap<Timestamp, Row> = BTreeMap::new();
        for ((id, time), observation) in &self.cells {
            if id.object != object || *time < from || *time >= to {
                continue;
            }
            let row = rows.entry(*time).or_insert_with(|| Row {
                object,
                time: *time,
                arrival: observation.arrival,
                cells: [].into_iter().collect(),
            });
            row.arrival = row.arrival.max(observation.arrival);
            let Observation { value, quality, .. } = *observation;
            row.cells.push(Cell { slot: id.slot, value, quality });
        }
        rows.into_values().collect()
    }

    fn bucket(&self, id: DatastreamId, begin: Timestamp, end: Timestamp) -> Bucket {
        let is_whole = begin.0.rem_euclid(HOUR) == 0 && end.0.rem_euclid(HOUR) == 0;
        let of_time = |o: &Observation| begin <= o.time && o.time < end;
        let gone = self.gone.iter().filter(|(known, o)| is_whole && *known == id && of_time(o));
        let mut gone: Vec<_> = gone.map(|(_, o)| (o.time.0.div_euclid(HOUR), o.value)).collect();
        gone.sort_by_key(|(hour, _)| *hour); // within an hour in the order in which they went
        let kept = self.range(id, begin, end).map(|o| o.value);
        let values: Vec<f64> = gone.into_iter().map(|(_, value)| value).chain(kept).collect();
        Bucket {
            begin,
            end,
            count: values.len() as u64,
            mean: values.iter().sum::<f64>() / values.len() as f64,
            min: values.iter().copied().fold(f64::NAN, f64::min),
            max: values.iter().copied().fold(f64::NAN, f64::max),
            first: values.first().copied().unwrap_or(f64::NAN),
            last: values.last().copied().unwrap_or(f64::NAN),
        }
    }

    /// Counts each millisecond of a bucket; nothing of what is gone.
    fn weighted(&self, id: DatastreamId, begin: Timestamp, end: Timestamp) -> Weighted {
        let all: Vec<_> = self.range(id, Timestamp(i64::MIN), Timestamp(i64::MAX)).collect();
        let (mut sum, mut known_ms) = (0.0, 0);
        for pair in all.windows(2) {
            let (from, to) = (pair[0].time.max(begin), pair[1].time.min(end));
            if from < to && pair[1].time.since_ms(pair[0].time) <= HOLDS_MS_MAX {
                known_ms += to.since_ms(from);
                sum += pair[0].value * to.since_ms(from) as f64;
            }
        }
        Weighted { mean: sum / known_ms as f64, known_ms }
    }

    /// Asks the store all questions about all that the model knows, for `from <= time < to`.
    pub(super) fn compare(&self, series: &dyn Series, from: Timestamp, to: Timestamp) {
        let mut ids: Vec<_> = self.cells.keys().map(|(id, _)| *id).collect();
        ids.dedup();
        ids.push(DatastreamId { object: ObjectNo(u32::MAX), slot: 3 });
        let shown: Vec<_> = ids.iter().map(|id| self.latest.get(id).copied()).collect();
        assert_eq!(series.latest(&ids).expect("latest"), shown);
        let counts: Vec<_> = ids.iter().map(|id| self.count(*id, from, to)).collect();
        assert_eq!(series.count(&ids, from, to).expect("count"), counts);
        for id in &ids {
            let expected: Vec<_> = self.range(*id, from, to).collect();
            assert_eq!(series.range(*id, from, to, expected.len()).expect("range"), expected);
            let expected: Vec<_> = self
                .corrections
                .iter()
                .filter(|((known, time), _)| known == id && *time >= from && *time < to)
                .flat_map(|(_, of_key)| of_key.iter().copied())
                .collect();
            let got = series.corrections(*id, from, to, expected.len()).expect("corrections");
            assert_eq!(got, expected);
        }
        let mut objects: Vec<_> = ids.iter().map(|id| id.object).collect();
        objects.dedup();
        let rows: Vec<_> = objects.iter().map(|o| self.rows(*o, from, to)).collect();
        for (object, expected) in objects.iter().zip(&rows) {
            let got = series.rows(*object, from, to, expected.len()).expect("rows");
            assert_eq!(&got, expected);
            assert_eq!(
                few_at_a_time(series, *object, (from, to)),
                self.readings(*object, from, to)
            );
        }
        let of_object = |object: ObjectNo| {
            self.gone_rows.iter().filter(move |(known, _)| *known == object).map(|(_, time)| *time)
        };
        let gone = |object| Self::count_gone(of_object(object), from, to);
        let counts: Vec<_> =
            objects.iter().zip(&rows).map(|(o, rows)| (rows.len() + gone(*o)) as u64).collect();
        assert_eq!(series.count_rows(&objects, from, to).expect("count_rows"), counts);
        assert_eq!(series.size().expect("size").observations, self.cells.len() as u64);
        self.compare_texts(series, from, to);
    }

    fn readings(&self, object: ObjectNo, from: Timestamp, to: Timestamp) -> Vec<Reading> {
        let mut readings: BTreeMap<Timestamp, Vec<(u16, Observation)>> = BTreeMap::new();
        for ((id, time), observation) in &self.cells {
            if id.object == object && *time >= from && *time < to {
                readings.entry(*time).or_default().push((id.slot, *observation));
            }
        }
        readings.into_iter().map(|(time, values)| Reading { time, values }).collect()
    }

    fn compare_texts(&self, series: &dyn Series, from: Timestamp, to: Timestamp) {
        let mut newest: BTreeMap<ObjectNo, Vec<(PropertyId, LatestText)>> = BTreeMap::new();
        for ((object, property), steps) in &self.texts {
            let latest = |(time, text): (&Timestamp, &String)| LatestText {
                time: *time,
                text: text.as_str().into(),
            };
            let expected: Vec<_> =
                steps.iter().filter(|(t, _)| **t >= from && **t < to).map(latest).collect();
            assert_eq!(series.texts(*object, property, from, to).expect("texts"), expected);
            let last = steps.iter().next_back().map(latest).expect("steps are never empty");
            newest.entry(*object).or_default().push((property.clone(), last));
        }
        for (object, expected) in newest {
            assert_eq!(series.latest_texts(object).expect("latest texts"), expected);
        }
    }

    /// Compares the buckets of each datastream.
    pub(super) fn compare_buckets(&self, series: &dyn Series, bounds: &[(Timestamp, Timestamp)]) {
        let mut ids: Vec<_> = self.cells.keys().map(|(id, _)| *id).collect();
        ids.dedup();
        for id in ids {
            let got = series.aggregate(id, bounds).expect("aggregate");
            assert_eq!(got.len(), bounds.len());
            for (got, (begin, end)) in got.iter().zip(bounds) {
                check_bucket(got, &self.bucket(id, *begin, *end));
            }
            let got = series.time_weighted(id, bounds, HOLDS_MS_MAX).expect("time-weighted");
            assert_eq!(got.len(), bounds.len());
            for (got, (begin, end)) in got.iter().zip(bounds) {
                check_weighted(got, &self.weighted(id, *begin, *end));
            }
        }
    }
}

/// Equal, but for the mean, which may differ by the rounding of a sum.
pub(super) fn check_bucket(got: &Bucket, expected: &Bucket) {
    let extremes = |b: &Bucket| [b.min, b.max, b.first, b.last].map(f64::to_bits);
    assert_eq!((got.begin, got.end), (expected.begin, expected.end));
    assert_eq!(got.count, expected.count, "{got:?}, expected {expected:?}");
    if got.count == 0 {
        assert!([got.mean, got.min, got.max, got.first, got.last].iter().all(|v| v.is_nan()));
        return;
    }
    assert_eq!(extremes(got), extremes(expected), "{got:?}, expected {expected:?}");
    let scale = expected.min.abs().max(expected.max.abs());
    let difference = (got.mean - expected.mean).abs();
    assert!(difference <= 1e-9 * scale, "{got:?}, expected {expected:?}");
}

/// The time known must be the same; the mean may differ by the rounding of a sum.
fn check_weighted(got: &Weighted, expected: &Weighted) {
    assert_eq!(got.known_ms, expected.known_ms, "{got:?}, expected {expected:?}");
    let is_near = (got.mean - expected.mean).abs() <= 1e-9 * expected.mean.abs();
    assert!(is_near || got.known_ms == 0, "{got:?}, expected {expected:?}");
}
