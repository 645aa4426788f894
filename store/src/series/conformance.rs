//! What every series store must do, as tests that are told how to open one. `conformance_suite!`
//! makes each of them a test of the store's own.

mod history;
mod model;
mod retention;

use std::path::Path;

use domain::calendar::{BucketSize, Calendar, begin_of_day, buckets};
use domain::{Cell, DatastreamId, ObjectNo, Outcome, Quality, Row, Timestamp};

pub(super) use self::history::any_history_is_that_of_the_model;
use self::model::{Model, check_bucket};
pub(super) use self::retention::{
    a_state_is_weighted_by_how_long_it_held,
    dropped_rows_leave_their_hours_and_late_ones_come_to_them, halted_housekeeping_does_nothing,
    retention_drops_what_is_older_and_nothing_else, texts_go_with_the_rows_of_their_time,
    what_is_held_as_evidence_stays_until_it_is_released,
};
use super::{Batch, Bucket, NewestCorrections, Series, SeriesError, Text};

/// Opens the store under test in a folder.
pub(super) type Open = fn(&Path) -> Box<dyn Series>;

const T0: Timestamp = Timestamp(1_795_219_200_000);
const HOUR: i64 = 3_600_000;
const ALL_TIME: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MAX));

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn id(object: u32, slot: u16) -> DatastreamId {
    DatastreamId { object: ObjectNo(object), slot }
}

fn row(object: u32, time: Timestamp, arrival_s: i64, cells: &[(u16, f64)]) -> Row {
    let cell =
        |(slot, value): &(u16, f64)| Cell { slot: *slot, value: *value, quality: Quality::GOOD };
    Row {
        object: ObjectNo(object),
        time,
        arrival: T0.plus_ms(arrival_s * 1000),
        cells: cells.iter().map(cell).collect(),
    }
}

fn text(object: u32, property: &str, time: i64, text: &str) -> Text {
    Text {
        object: ObjectNo(object),
        property: property.parse().expect("a property"),
        time: T0.plus_ms(time),
        arrival: T0.plus_ms(time + 500),
        text: text.into(),
    }
}

fn rows(rows: Vec<Row>) -> Batch {
    Batch { rows, texts: Vec::new() }
}

fn texts(texts: Vec<Text>) -> Batch {
    Batch { rows: Vec::new(), texts }
}

fn outcomes(series: &dyn Series, row: Row) -> Vec<Outcome> {
    series.append(&rows(vec![row])).expect("append").cells
}

pub(super) fn the_same_value_for_the_same_key_is_a_duplicate(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let first = row(1, T0, 1, &[(0, 12.5), (3, 1.0 / 3.0)]);
    assert_eq!(outcomes(&*series, first.clone()), [Outcome::Stored, Outcome::Stored]);
    let again = Row { arrival: first.arrival.plus_ms(60_000), ..first };
    assert_eq!(outcomes(&*series, again.clone()), [Outcome::Duplicate, Outcome::Duplicate]);
    let twice = rows(vec![row(1, T0.plus_ms(1), 1, &[(0, 2.0)]); 2]);
    let appended = series.append(&twice).expect("append");
    assert_eq!(appended.cells, [Outcome::Stored, Outcome::Duplicate]);
    drop(series);
    let series = open(folder.path());
    assert_eq!(outcomes(&*series, again), [Outcome::Duplicate, Outcome::Duplicate]);
    let kept = series.range(id(1, 0), T0, T0.plus_ms(1), 9).expect("range");
    assert_eq!(kept[0].arrival, T0.plus_ms(1000), "the first arrival stays");
    assert_eq!(series.size().expect("size").observations, 3);
}

pub(super) fn another_value_for_the_same_key_is_a_correction_and_both_are_known(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    outcomes(&*series, row(1, T0, 1, &[(0, 12.5)]));
    outcomes(&*series, row(1, T0.plus_ms(HOUR), 3600, &[(0, 9.0)]));
    assert_eq!(outcomes(&*series, row(1, T0, 7200, &[(0, 12.75)])), [Outcome::Corrected]);
    let stands = series.range(id(1, 0), T0, T0.plus_ms(1), 1).expect("range")[0];
    assert_eq!((stands.value, stands.quality), (12.75, Quality::CORRECTED));
    let known = series.corrections(id(1, 0), T0, T0.plus_ms(1), 9).expect("corrections");
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].old.value, known[0].new), (12.5, stands));
    let stale = outcomes(&*series, row(1, T0, 100, &[(0, 13.0)]));
    assert_eq!(stale, [Outcome::Corrected], "an older arrival is known but does not stand");
    assert_eq!(series.range(id(1, 0), T0, T0.plus_ms(1), 1).expect("range"), [stands]);
    let known = series.corrections(id(1, 0), T0, T0.plus_ms(1), 9).expect("corrections");
    assert_eq!((known[1].old.value, known[1].new.value), (13.0, 12.75));
    let refused = series.corrections(id(1, 0), T0, T0.plus_ms(1), 1);
    assert!(matches!(refused, Err(SeriesError::TooMany { limit: 1 })), "{refused:?}");
    assert_eq!(series.size().expect("size").observations, 2);
}

pub(super) fn corrections_of_any_time_are_found_by_their_arrival(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let ids = [id(1, 0), id(1, 3)];
    let years_ago = T0.plus_ms(-2 * 365 * 24 * HOUR);
    outcomes(&*series, row(1, T0, 1, &[(0, 1.0), (3, 10.0)]));
    outcomes(&*series, row(1, years_ago, 2, &[(0, 2.0)]));
    outcomes(&*series, row(2, T0, 3, &[(0, 3.0)]));
    outcomes(&*series, row(1, T0, 100, &[(0, 1.1), (3, 10.0)]));
    outcomes(&*series, row(1, T0, 200, &[(0, 1.2), (3, 10.1)]));
    outcomes(&*series, row(1, years_ago, 300, &[(0, 2.1)]));
    outcomes(&*series, row(2, T0, 400, &[(0, 3.1)]));
    // What arrived before all that is known: it never stood.
    outcomes(&*series, row(1, years_ago, 0, &[(0, 2.2)]));
    let told = |page: &NewestCorrections| -> Vec<(f64, f64, bool)> {
        let rows = page.corrections.iter();
        rows.map(|row| (row.correction.old.value, row.correction.new.value, row.stands)).collect()
    };
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = series.newest_corrections(&ids, before, 2).expect("corrections");
        assert_eq!(page.total, 5, "of one object");
        before = page.corrections.last().map(|row| row.place);
        found.extend(told(&page));
        if !page.has_more {
            break;
        }
    }
    let expected = [
        (2.2, 2.1, true),
        (2.0, 2.1, true),
        (10.0, 10.1, true),
        (1.1, 1.2, true),
        (1.0, 1.1, false),
    ];
    assert_eq!(found, expected);
    let none = series.newest_corrections(&[id(9, 0)], None, 2).expect("corrections");
    assert_eq!(none, NewestCorrections::default());
}

pub(super) fn rows_out_of_order_are_found_in_order_and_latest_is_the_newest(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let times = [5, 1, 9, 3, 0, 7, 2, 8];
    for time in times {
        let one = row(4, T0.plus_ms(time), time, &[(2, time as f64)]);
        assert_eq!(outcomes(&*series, one), [Outcome::Stored]);
    }
    let late = Cell { slot: 2, value: 99.0, quality: Quality::LATE };
    let mut of_late = row(4, T0.plus_ms(20), 20, &[]);
    of_late.cells.push(late);
    outcomes(&*series, of_late);
    let found = series.range(id(4, 2), T0, T0.plus_ms(10), 8).expect("range");
    let values: Vec<_> = found.iter().map(|o| o.value).collect();
    assert_eq!(values, [0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 8.0, 9.0]);
    let latest = series.latest(&[id(4, 3), id(4, 2)]).expect("latest");
    assert_eq!(latest[0], None);
    assert_eq!(latest[1].map(|l| (l.time, l.value)), Some((T0.plus_ms(9), 9.0)));
}

pub(super) fn slots_of_one_time_that_come_apart_make_one_row(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    outcomes(&*series, row(1, T0, 1, &[(1, 1.0), (250, 2.0)]));
    outcomes(&*series, row(1, T0.plus_ms(1), 2, &[(0, 5.0)]));
    let merged = outcomes(&*series, row(1, T0, 9, &[(0, 3.0), (1, 1.0), (7, 4.0)]));
    assert_eq!(merged, [Outcome::Stored, Outcome::Duplicate, Outcome::Stored]);
    let found = series.rows(ObjectNo(1), T0, T0.plus_ms(1), 1).expect("rows");
    assert_eq!(found, [row(1, T0, 9, &[(0, 3.0), (1, 1.0), (7, 4.0), (250, 2.0)])]);
    let first = series.range(id(1, 1), T0, T0.plus_ms(1), 1).expect("range")[0];
    assert_eq!(first.arrival, T0.plus_ms(1000), "each cell keeps its own arrival");
    assert_eq!(series.count_rows(&[ObjectNo(1)], T0, T0.plus_ms(2)).expect("count"), [2]);
    let ids = [id(1, 7), id(1, 8), id(1, 0), id(1, 7)];
    assert_eq!(series.count(&ids, T0, T0.plus_ms(2)).expect("count"), [1, 0, 2, 1]);
}

pub(super) fn a_gap_is_a_bucket_without_values(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let hours = [0_i64, 1, 5];
    let of_hours = hours.map(|hour| row(1, T0.plus_ms(hour * HOUR), 1, &[(0, hour as f64)]));
    series.append(&rows(of_hours.to_vec())).expect("append");
    let bounds = buckets(Calendar::Civil, BucketSize::Hour, T0, T0.plus_ms(7 * HOUR));
    let got = series.aggregate(id(1, 0), &bounds.expect("few")).expect("aggregate");
    let counts: Vec<_> = got.iter().map(|bucket| bucket.count).collect();
    assert_eq!(counts, [1, 1, 0, 0, 0, 1, 0]);
    assert!(got[3].mean.is_nan() && got[3].first.is_nan());
    let apart = [
        (T0.plus_ms(-HOUR), T0),
        (T0, T0.plus_ms(HOUR)),
        (T0.plus_ms(5 * HOUR), T0.plus_ms(6 * HOUR)),
    ];
    let got = series.aggregate(id(1, 0), &apart).expect("aggregate");
    assert_eq!(got.iter().map(|bucket| bucket.count).collect::<Vec<_>>(), [0, 1, 1]);
    assert_eq!(series.aggregate(id(1, 0), &[]).expect("aggregate"), []);
}

pub(super) fn days_with_a_clock_change_have_all_their_hours(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    for (day, hours) in [("2026-03-29", 23), ("2026-10-25", 25)] {
        let begin = begin_of_day(day.parse().expect("a date"));
        let of_day: Vec<_> = (-3..28)
            .map(|hour| row(1, begin.plus_ms(hour * HOUR), 1, &[(0, hour as f64)]))
            .collect();
        series.append(&rows(of_day)).expect("append");
        let bounds = buckets(Calendar::Civil, BucketSize::Day, begin, begin.plus_ms(1));
        let got = series.aggregate(id(1, 0), &bounds.expect("one")).expect("aggregate");
        let last = f64::from(hours - 1);
        let expected = Bucket {
            begin,
            end: begin.plus_ms(i64::from(hours) * HOUR),
            count: hours as u64,
            mean: last / 2.0,
            min: 0.0,
            max: last,
            first: 0.0,
            last,
        };
        assert_eq!(got.len(), 1);
        check_bucket(&got[0], &expected);
    }
}

pub(super) fn equal_texts_in_a_row_are_kept_once(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let (from, to) = (T0, T0.plus_ms(1000));
    let route = "route".parse().expect("a property");
    let come = texts(vec![
        text(1, "route", 10, "5"),
        text(1, "route", 20, "5"),
        text(1, "run", 20, "12"),
        text(1, "route", 30, "7"),
        text(2, "route", 30, "5"),
    ]);
    let got = series.append(&come).expect("append").texts;
    let (stored, duplicate, corrected) = (Outcome::Stored, Outcome::Duplicate, Outcome::Corrected);
    assert_eq!(got, [stored, duplicate, stored, stored, stored]);
    assert_eq!(series.append(&come).expect("append").texts, [duplicate; 5]);
    let between = texts(vec![text(1, "route", 25, "7"), text(1, "route", 10, "6")]);
    assert_eq!(series.append(&between).expect("append").texts, [stored, corrected]);
    let steps = series.texts(ObjectNo(1), &route, from, to).expect("texts");
    let steps: Vec<_> = steps.iter().map(|t| (t.time.since_ms(T0), &*t.text)).collect();
    assert_eq!(steps, [(10, "6"), (25, "7")]);
    drop(series);
    let newest = open(folder.path()).latest_texts(ObjectNo(1)).expect("texts");
    let newest: Vec<_> = newest.iter().map(|(p, t)| (p.as_str(), &*t.text)).collect();
    assert_eq!(newest, [("route", "7"), ("run", "12")]);
}

pub(super) fn a_long_time_is_read_a_few_rows_at_a_time(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let ten = (0..10).map(|time| row(1, T0.plus_ms(time), 1, &[(0, 1.0), (4, time as f64)]));
    series.append(&rows(ten.collect())).expect("append");
    outcomes(&*series, row(1, T0.plus_ms(5), 60, &[(4, 0.5)]));
    series
        .append(&texts((0..10).map(|t| text(1, "route", t, &t.to_string())).collect()))
        .expect("append");
    let (object, to) = (ObjectNo(1), T0.plus_ms(10));
    let first = series.first_readings(object, T0, to, 4).expect("readings");
    assert_eq!(first.iter().map(|r| r.time.since_ms(T0)).collect::<Vec<_>>(), [0, 1, 2, 3]);
    // What comes late behind the reader is not met, and nothing is met twice.
    outcomes(&*series, row(1, T0.plus_ms(-1), 60, &[(0, 7.0)]));
    let second = series.first_readings(object, first[3].time.plus_ms(1), to, 4).expect("readings");
    assert_eq!(second.iter().map(|r| r.time.since_ms(T0)).collect::<Vec<_>>(), [4, 5, 6, 7]);
    let [(0, whole), (4, corrected)] = second[1].values[..] else { panic!("{second:?}") };
    assert_eq!((whole.value, whole.arrival), (1.0, T0.plus_ms(1000)));
    assert_eq!((corrected.value, corrected.quality), (0.5, Quality::CORRECTED));
    assert_eq!(corrected.arrival, T0.plus_ms(60_000), "each value has its own arrival");
    let last = series.first_readings(object, T0.plus_ms(8), to, 4).expect("readings");
    assert_eq!(last.len(), 2, "fewer when there are no more");
    let route = "route".parse().expect("a property");
    let steps = series.first_texts(object, &route, T0.plus_ms(7), to, 2).expect("texts");
    // Arrivals are kept to the second.
    let arrived = |time| Text { arrival: T0, ..text(1, "route", time, &time.to_string()) };
    assert_eq!(steps, [arrived(7), arrived(8)]);
}

pub(super) fn more_than_the_limit_is_refused_not_cut(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let ten = (0..10).map(|time| row(1, T0.plus_ms(time), 1, &[(0, 1.0)])).collect();
    series.append(&rows(ten)).expect("append");
    let to = T0.plus_ms(10);
    assert_eq!(series.range(id(1, 0), T0, to, 10).expect("range").len(), 10);
    let refused = series.range(id(1, 0), T0, to, 9);
    assert!(matches!(refused, Err(SeriesError::TooMany { limit: 9 })), "{refused:?}");
    let refused = series.rows(ObjectNo(1), T0, to, 9);
    assert!(matches!(refused, Err(SeriesError::TooMany { limit: 9 })), "{refused:?}");
    assert_eq!(series.range(id(1, 0), to, T0, 9).expect("an empty time"), []);
}

/// Dense minutes with a gap, sealed; then late and corrected rows: hours, days and odd buckets.
pub(super) fn buckets_are_the_same_before_and_after_sealing(open: Open) {
    let folder = folder();
    let series = open(folder.path());
    let mut model = Model::default();
    let minute = |n: i64, value: f64| {
        let cells = [(0, value), (1, value / 3.0), (2, f64::from(n % 2 == 0))];
        row(1, T0.plus_ms(n * 60_000 + 7), n * 60, &cells[..if n % 5 == 0 { 2 } else { 3 }])
    };
    let hours = |size, from: i64, to: i64| {
        let (from, to) = (T0.plus_ms(from * HOUR), T0.plus_ms(to * HOUR));
        buckets(Calendar::Civil, size, from, to).expect("few")
    };
    let odd: Vec<_> = (0..40)
        .map(|n| (T0.plus_ms(n * HOUR + 60_000), T0.plus_ms((n + 1) * HOUR + 60_000)))
        .collect();
    let compare = |model: &Model, series: &dyn Series| {
        model.compare_buckets(series, &hours(BucketSize::Hour, -1, 44));
        model.compare_buckets(series, &hours(BucketSize::Hour, 3, 9));
        model.compare_buckets(series, &hours(BucketSize::Day, 0, 44));
        model.compare_buckets(series, &odd);
    };
    let dense = (0..2_500).filter(|n| !(700..900).contains(n)).map(|n| minute(n, (n % 97) as f64));
    let dense = rows(dense.collect());
    assert_eq!(series.append(&dense).expect("append"), model.append(&dense));
    compare(&model, &*series);
    series.seal(T0.plus_ms(2_000 * 60_000)).expect("seal");
    compare(&model, &*series);
    let late: Vec<_> = [300, 710, 711, 850, 1_999]
        .map(|n| Row { arrival: T0.plus_ms(90 * HOUR), ..minute(n, 1000.5) })
        .into();
    let late = rows(late);
    assert_eq!(series.append(&late).expect("append"), model.append(&late));
    compare(&model, &*series);
    series.seal(T0.plus_ms(2_400 * 60_000)).expect("seal");
    compare(&model, &*series);
    model.compare(&*series, ALL_TIME.0, ALL_TIME.1);
}

/// 10 objects, 5 000 minutes, 20 values: 10⁶ observations, a fifth of the rows out of order.
pub(super) fn a_million_observations_come_back(open: Open) {
    const OBJECTS: u32 = 10;
    const MINUTES: i64 = 5_000;
    const SLOTS: u16 = 20;
    let folder = folder();
    let series = open(folder.path());
    let value = |object: u32, minute: i64, slot: u16| {
        ((minute * 7 + i64::from(object) * 13 + i64::from(slot)) % 1000) as f64 / 10.0
    };
    let of = |object: u32, minute: i64| {
        let cells: Vec<_> = (0..SLOTS).map(|slot| (slot, value(object, minute, slot))).collect();
        row(object, T0.plus_ms(minute * 60_000), minute * 60 + 5, &cells)
    };
    let swapped = |minute: i64| match minute % 10 {
        3 => minute + 1,
        4 => minute - 1,
        _ => minute,
    };
    let minutes: Vec<i64> = (0..MINUTES).map(swapped).collect();
    for some in minutes.chunks(400) {
        let batch = some.iter().flat_map(|m| (0..OBJECTS).map(|o| of(o, *m))).collect();
        let appended = series.append(&rows(batch)).expect("append");
        assert!(appended.cells.iter().all(|outcome| *outcome == Outcome::Stored));
    }
    let end = T0.plus_ms(MINUTES * 60_000);
    series.seal(end).expect("seal");
    drop(series);
    let series = open(folder.path());
    let ids: Vec<_> = (0..OBJECTS).flat_map(|o| (0..SLOTS).map(move |slot| id(o, slot))).collect();
    assert_eq!(series.count(&ids, T0, end).expect("count"), vec![MINUTES as u64; ids.len()]);
    let days = buckets(Calendar::Civil, BucketSize::Day, T0, end).expect("few");
    let got = series.aggregate(id(7, 2), &days).expect("aggregate");
    for (bucket, (begin, end)) in got.iter().zip(days) {
        let minute = |at: Timestamp| (at.since_ms(T0) / 60_000).clamp(0, MINUTES);
        let of_day: Vec<f64> = (minute(begin)..minute(end)).map(|m| value(7, m, 2)).collect();
        let mean = of_day.iter().sum::<f64>() / of_day.len() as f64;
        assert_eq!(bucket.count, of_day.len() as u64);
        assert!((bucket.mean - mean).abs() <= 1e-9 * mean, "{bucket:?}, expected {mean}");
    }
    assert_eq!(series.size().expect("size").observations, 1_000_000);
}

/// Makes each check a test. `$open` is an [`Open`].
macro_rules! conformance_suite {
    ($open:expr) => {
        $crate::series::conformance::conformance_suite! { $open =>
            the_same_value_for_the_same_key_is_a_duplicate
            another_value_for_the_same_key_is_a_correction_and_both_are_known
            corrections_of_any_time_are_found_by_their_arrival
            rows_out_of_order_are_found_in_order_and_latest_is_the_newest
            slots_of_one_time_that_come_apart_make_one_row
            a_gap_is_a_bucket_without_values
            days_with_a_clock_change_have_all_their_hours
            equal_texts_in_a_row_are_kept_once
            a_long_time_is_read_a_few_rows_at_a_time
            more_than_the_limit_is_refused_not_cut
            retention_drops_what_is_older_and_nothing_else
            dropped_rows_leave_their_hours_and_late_ones_come_to_them
            what_is_held_as_evidence_stays_until_it_is_released
            texts_go_with_the_rows_of_their_time
            a_state_is_weighted_by_how_long_it_held
            halted_housekeeping_does_nothing
            buckets_are_the_same_before_and_after_sealing
            a_million_observations_come_back
            any_history_is_that_of_the_model
        }
    };
    ($open:expr => $($check:ident)*) => {
        $(
            #[test]
            fn $check() {
                $crate::series::conformance::$check($open);
            }
        )*
    };
}
pub(super) use conformance_suite;
