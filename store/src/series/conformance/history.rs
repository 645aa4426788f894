//! Random histories: batches, sealing, retention and openings, beside the model.

use domain::{Cell, ObjectNo, Quality, Row, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::model::Model;
use super::retention::retain;
use super::{ALL_TIME, Open, folder, text};
use crate::series::{Batch, Text};

#[derive(Clone, Debug)]
enum Step {
    Seal(i64),
    Append(Vec<Row>, Vec<Text>),
    Reopen,
    Retain(u32, i64),
}

fn any_row() -> impl Strategy<Value = Row> {
    let value = prop::sample::select(vec![
        0.0,
        -0.0,
        1.5,
        -3.25,
        12.345,
        1e-9,
        46.482_512_3,
        1.0 / 3.0,
        1e150,
        0.1_f32.into(),
    ]);
    let quality =
        prop::sample::select(vec![Quality::GOOD, Quality::GOOD, Quality::RANGE, Quality::LATE]);
    let slot = prop::sample::select(vec![0_u16, 1, 2, 9, 255]);
    let cells = prop::collection::btree_map(slot, (value, quality), 1..4);
    (1_u32..4, -3_i64..12, 0_i64..5_000, cells).prop_map(|(object, time, arrival, cells)| Row {
        object: ObjectNo(object),
        time: Timestamp(time * 700),
        arrival: Timestamp(arrival),
        cells: cells
            .into_iter()
            .map(|(slot, (value, quality))| Cell { slot, value, quality })
            .collect(),
    })
}

fn any_text() -> impl Strategy<Value = Text> {
    let property = prop::sample::select(vec!["route", "run"]);
    (1_u32..3, property, 0_i64..8, prop::sample::select(vec!["5", "7", "8-б", ""])).prop_map(
        |(object, property, time, content)| Text {
            time: Timestamp(time * 700),
            ..text(object, property, 0, content)
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let rows = prop::collection::vec(any_row(), 0..12);
    let texts = prop::collection::vec(any_text(), 0..5);
    prop_oneof![
        8 => (rows, texts).prop_map(|(rows, texts)| Step::Append(rows, texts)),
        1 => Just(Step::Reopen),
        3 => (0_i64..14).prop_map(|now| Step::Seal(now * 700)),
        1 => (1_u32..4, -2_i64..8).prop_map(|(object, time)| Step::Retain(object, time * 700)),
    ]
}

/// Random batches, sealing, retention and openings; after each the store answers as the model does.
pub(in crate::series) fn any_history_is_that_of_the_model(open: Open) {
    let mut runner = TestRunner::new(Config {
        cases: 16,
        failure_persistence: None, // a failure prints its steps
        ..Config::default()
    });
    let bounds = prop::collection::btree_set(-5_i64..14, 2..8);
    let histories = (prop::collection::vec(any_step(), 1..20), bounds);
    let result = runner.run(&histories, |(steps, bounds)| {
        let folder = folder();
        let mut series = open(folder.path());
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Append(rows, texts) => {
                    let batch = Batch { rows, texts };
                    assert_eq!(series.append(&batch).expect("append"), model.append(&batch));
                }
                Step::Seal(now) => drop(series.seal(Timestamp(now)).expect("seal")),
                Step::Reopen => {
                    drop(series);
                    series = open(folder.path());
                }
                Step::Retain(object, before) => {
                    retain(&*series, &mut model, ObjectNo(object), Timestamp(before));
                }
            }
            model.compare(&*series, ALL_TIME.0, ALL_TIME.1);
        }
        let points: Vec<_> = bounds.into_iter().map(|p| Timestamp(p * 700)).collect();
        let bounds: Vec<_> = points.windows(2).map(|pair| (pair[0], pair[1])).collect();
        model.compare_buckets(&*series, &bounds);
        let every_other: Vec<_> = bounds.iter().copied().step_by(2).collect();
        model.compare_buckets(&*series, &every_other);
        model.compare(&*series, points[0], points[points.len() - 1]);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
