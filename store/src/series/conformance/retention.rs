//! Retention: what goes, what is held, and what stays of what went.

use domain::calendar::{BucketSize, Calendar, buckets};
use domain::{ObjectNo, PropertyId, Row, Timestamp};

use super::model::{HOLDS_MS_MAX, Model};
use super::{ALL_TIME, HOUR, Open, T0, folder, id, row, rows, texts};
use crate::series::{Retention, Series, Text};

/// Rows that may stay because newer ones share their block.
const ROWS_SHARED_MAX: usize = 4_096;
const MINUTE: i64 = 60_000;

fn older_than(before: Timestamp, held: &[(Timestamp, Timestamp)]) -> Retention<'_> {
    Retention { before, held, holds_ms_max: HOLDS_MS_MAX }
}

/// Lets the store and the model drop what is older; how many observations went.
pub(super) fn retain(
    series: &dyn Series,
    model: &mut Model,
    object: ObjectNo,
    before: Timestamp,
) -> u64 {
    let gone = series.retain(object, &older_than(before, &[])).expect("retain");
    let kept = series.rows(object, ALL_TIME.0, ALL_TIME.1, usize::MAX).expect("rows");
    let first = kept.first().map_or(before, |row| row.time.min(before));
    let shared = kept.iter().filter(|row| row.time < before).count();
    assert!(shared < ROWS_SHARED_MAX, "{shared} rows are older than {before}");
    assert_eq!(gone, model.retain(object, (Timestamp(i64::MIN), first)));
    gone
}

pub(in crate::series) fn retention_drops_what_is_older_and_nothing_else(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let mut model = Model::default();
    let many = (0..20_000_i64)
        .map(|n| row((n % 2) as u32, T0.plus_ms(n * 500), 1, &[(0, n as f64), (1, 1.0)]))
        .chain([row(0, T0, 2, &[(0, 7.0)]), row(5, T0, 2, &[(0, 7.0)])])
        .collect();
    let many = rows(many);
    assert_eq!(series.append(&many).expect("append"), model.append(&many));
    series.seal(T0.plus_ms(19_000 * 500)).expect("seal");
    let before = T0.plus_ms(18_000 * 500);
    let gone = retain(&*series, &mut model, ObjectNo(0), before);
    assert!(gone > 9_000 && gone <= 18_000, "{gone}");
    for (object, gone) in [(0, 0), (5, 1), (77, 0)] {
        assert_eq!(retain(&*series, &mut model, ObjectNo(object), before), gone);
    }
    model.compare(&*series, ALL_TIME.0, ALL_TIME.1);
    model.compare(&*series, T0.plus_ms(-HOUR), T0.plus_ms(5 * HOUR));
    drop(series);
    model.compare(&*open(folder.path()), ALL_TIME.0, ALL_TIME.1);
}

/// A process that wants to end does not wait for housekeeping, and nothing is lost by it.
pub(in crate::series) fn halted_housekeeping_does_nothing(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let mut model = Model::default();
    let many = rows((0..5_000).map(|n| row(1, T0.plus_ms(n * 1000), 1, &[(0, 1.0)])).collect());
    assert_eq!(series.append(&many).expect("append"), model.append(&many));
    series.halt();
    assert_eq!(series.seal(T0.plus_ms(1_000 * HOUR)).expect("seal"), 0);
    let retention = older_than(T0.plus_ms(HOUR), &[]);
    assert_eq!(series.retain(ObjectNo(1), &retention).expect("retain"), 0);
    model.compare(&*series, ALL_TIME.0, ALL_TIME.1);
}

/// Rows of minutes, with a value, a quarter of it and a state that changes every ten minutes.
fn minute(n: i64) -> Row {
    let value = (n % 97) as f64 / 10.0 + 2.0;
    let cells = [(0, value), (1, value / 4.0), (2, (n / 10 % 2) as f64)];
    row(1, T0.plus_ms(n * MINUTE + 7), n * 60, &cells)
}

fn bounds(size: BucketSize, hours: i64) -> Vec<(Timestamp, Timestamp)> {
    let (from, to) = (T0.plus_ms(-HOUR), T0.plus_ms(hours * HOUR));
    buckets(Calendar::Civil, size, from, to).expect("few")
}

pub(in crate::series) fn dropped_rows_leave_their_hours_and_late_ones_come_to_them(open: Open) {
    let folder = folder();
    let mut series = open(folder.path());
    let mut model = Model::default();
    let without_state = |n| Row { cells: minute(n).cells[..2].into(), ..minute(n) };
    let many = rows((0..9_000).map(without_state).collect());
    assert_eq!(series.append(&many).expect("append"), model.append(&many));
    for round in 1..4 {
        series.seal(T0.plus_ms(round * 2_900 * MINUTE)).expect("seal");
        retain(&*series, &mut model, ObjectNo(1), T0.plus_ms(round * 2_800 * MINUTE));
        drop(series);
        series = open(folder.path());
        for size in [BucketSize::Hour, BucketSize::Day] {
            model.compare_buckets(&*series, &bounds(size, 160));
        }
        let odd = [(T0.plus_ms(MINUTE), T0.plus_ms(90 * MINUTE))];
        assert_eq!(series.aggregate(id(1, 0), &odd).expect("aggregate")[0].count, 0);
        model.compare(&*series, ALL_TIME.0, ALL_TIME.1);
        model.compare(&*series, T0.plus_ms(3 * HOUR), T0.plus_ms(7 * HOUR + MINUTE));
    }
    let late = rows(vec![without_state(9_000), row(1, T0.plus_ms(65 * MINUTE), 1, &[(0, 99.5)])]);
    assert_eq!(series.append(&late).expect("append"), model.append(&late));
    let hour = [(T0.plus_ms(HOUR), T0.plus_ms(2 * HOUR))];
    for _ in 0..2 {
        let late = series.aggregate(id(1, 0), &hour).expect("aggregate")[0];
        assert_eq!((late.count, late.max), (61, 99.5), "before and after it went");
        retain(&*series, &mut model, ObjectNo(1), T0.plus_ms(2_800 * MINUTE));
    }
    model.compare_buckets(&*series, &bounds(BucketSize::Day, 160));
}

pub(in crate::series) fn what_is_held_as_evidence_stays_until_it_is_released(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    series.append(&rows((0..9_000).map(minute).collect())).expect("append");
    series.seal(T0.plus_ms(9_000 * MINUTE)).expect("seal");
    let before = T0.plus_ms(8_000 * MINUTE);
    let at = |n: i64| T0.plus_ms(n * MINUTE);
    let held = [(at(1_000), at(1_200)), (at(1_100), at(1_250)), (at(7_990), at(9_999))];
    series.retain(ObjectNo(1), &older_than(before, &held)).expect("retain");
    for (from, to) in [(1_000, 1_250), (7_990, 9_000)] {
        let kept = series.rows(ObjectNo(1), at(from), at(to), 9_999).expect("rows");
        assert_eq!(kept, (from..to).map(minute).collect::<Vec<_>>());
    }
    let whole = |series: &dyn Series| {
        let hours = series.aggregate(id(1, 0), &bounds(BucketSize::Hour, 160)).expect("hours");
        hours.iter().map(|hour| hour.count).collect::<Vec<_>>()
    };
    assert_eq!(whole(&*series)[1..151], [60; 150]);
    let kept =
        |series: &dyn Series| series.rows(ObjectNo(1), T0, before, 9_999).expect("rows").len();
    let with_evidence = kept(&*series);
    series.retain(ObjectNo(1), &older_than(before, &[])).expect("retain");
    assert!(kept(&*series) <= with_evidence - 250, "what is released goes");
    assert_eq!(whole(&*series)[1..151], [60; 150]);
}

pub(in crate::series) fn a_state_is_weighted_by_how_long_it_held(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let of = |bounds: &[(Timestamp, Timestamp)], slot| {
        series.time_weighted(id(1, slot), bounds, HOLDS_MS_MAX).expect("time-weighted")
    };
    let at = |ms: i64| T0.plus_ms(ms);
    let state = |ms: i64, value: f64| row(1, at(ms), 1, &[(2, value)]);
    let few = vec![state(-10_000, 1.0), state(20_000, 0.0), state(50_000, 1.0)];
    let far = vec![state(50_000 + HOLDS_MS_MAX + 1, 0.0)];
    series.append(&rows([few, far].concat())).expect("append");
    let minutes = [(at(0), at(60_000)), (at(60_000), at(120_000)), (at(200_000), at(260_000))];
    let found = of(&minutes, 2);
    assert_eq!((found[0].mean, found[0].known_ms), (0.4, 50_000), "20 s of the 50 s known");
    assert_eq!((found[1].known_ms, found[2].known_ms), (0, 0), "the next value is too far away");
    assert!(found[1].mean.is_nan());
    assert_eq!(of(&[], 2), []);
    series.append(&rows((10..9_000).map(minute).collect())).expect("append");
    series.seal(at(9_000 * MINUTE)).expect("seal");
    let days = &bounds(BucketSize::Day, 140)[1..];
    let before = of(days, 2);
    assert!(before.iter().all(|day| (day.mean - 0.5).abs() < 0.01), "{before:?}");
    let retention = older_than(at(9_000 * MINUTE), &[]);
    assert!(series.retain(ObjectNo(1), &retention).expect("retain") > 0);
    for (before, after) in before.iter().zip(of(days, 2)) {
        let missing_ms = before.known_ms - after.known_ms;
        assert!((after.mean - before.mean).abs() < 0.01, "{before:?}, {after:?}");
        assert!((0..before.known_ms / 2).contains(&missing_ms), "{before:?}, {after:?}");
    }
    assert_eq!(of(days, 0)[0].known_ms, 0, "of dropped rows only states are known");
}

/// Texts are steps: one that still held when retention ends, or in what is held, is needed.
pub(in crate::series) fn texts_go_with_the_rows_of_their_time(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let at = |n: i64| T0.plus_ms(n * MINUTE);
    let route: PropertyId = "route".parse().expect("a property");
    let steps = |object: u32| {
        let route = &route;
        (0..20_000).map(move |n| Text {
            object: ObjectNo(object),
            property: route.clone(),
            time: at(n),
            arrival: at(n),
            text: (n % 7).to_string(),
        })
    };
    series.append(&texts(steps(1).chain(steps(2)).collect())).expect("append");
    let kept = |object| -> Vec<Timestamp> {
        let found = series.texts(ObjectNo(object), &route, ALL_TIME.0, ALL_TIME.1).expect("texts");
        found.iter().map(|step| step.time).collect()
    };
    let held = [(at(100).plus_ms(5), at(102))];
    let before = at(15_000).plus_ms(5);
    series.retain(ObjectNo(1), &older_than(before, &held)).expect("retain");
    assert_eq!(kept(1), (100..102).chain(15_000..20_000).map(at).collect::<Vec<_>>());
    series.retain(ObjectNo(1), &older_than(at(90_000), &[])).expect("retain");
    assert_eq!(kept(1), [at(19_999)], "it holds on");
    assert_eq!(kept(2).len(), 20_000);
    let latest = series.latest_texts(ObjectNo(1)).expect("latest");
    assert_eq!(latest.len(), 1);
}
