//! Damage of each kind: told by a check, made again by a repair where it follows from the rows.

use domain::{Cell, DatastreamId, Quality, Row};
use smallvec::smallvec;

use super::super::rollup::put_hours;
use super::*;
use crate::series::{Batch, Embedded, Series};

const OBJECT: ObjectNo = ObjectNo(1);
const MINUTES: i64 = 1_000;

fn value(minute: i64) -> f64 {
    (minute % 50) as f64
}

/// A thousand minutes, sealed, and one loose row.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Embedded::open(folder.path()).expect("the folder opens");
    let row = |minute: i64| {
        let time = Timestamp(minute * 60_000);
        let cell = Cell { slot: 0, value: value(minute), quality: Quality::GOOD };
        Row { object: OBJECT, time, arrival: time, cells: smallvec![cell] }
    };
    let batch = Batch { rows: (0..=MINUTES).map(row).collect(), texts: Vec::new() };
    store.append(&batch).expect("append");
    let old = Timestamp(MINUTES * 60_000 + 2 * 24 * 3_600_000);
    assert_eq!(store.seal(old).expect("seal"), MINUTES as u64);
    folder
}

fn engine(folder: &tempfile::TempDir) -> Engine {
    Engine::open(folder.path()).expect("the engine opens")
}

/// A check tells one finding, a repair makes it again, and a check finds nothing more.
fn check_repaired(folder: &tempfile::TempDir, word: &str) {
    let told = check(folder.path()).expect("check");
    assert_eq!((told.damaged, told.repaired), (1, 0), "{told:?}");
    assert!(told.findings[0].contains(word), "{told:?}");
    let repaired = repair(folder.path()).expect("repair");
    assert_eq!((repaired.damaged, repaired.repaired), (0, 1), "{repaired:?}");
    assert!(repaired.findings[0].ends_with(": repaired"), "{repaired:?}");
    let whole = check(folder.path()).expect("check");
    assert_eq!((whole.rows, whole.observations), (1_001, 1_001));
    assert!(whole.is_whole() && whole.findings.is_empty(), "{whole:?}");
}

/// The rollups of the block as they are written when each value is `more` larger.
fn written_hours(more: f64) -> Vec<u8> {
    let observations = (0..MINUTES).map(|m| (Timestamp(m * 60_000), value(m) + more));
    let mut bytes = Vec::new();
    put_hours(&mut bytes, &hours_of(observations), 0).expect("packs");
    bytes
}

#[test]
fn rollups_that_are_not_those_of_the_rows_are_made_again() {
    let folder = folder();
    let engine = engine(&folder);
    let (key, block) = pair(engine.blocks.first_key_value().expect("a block")).expect("reads");
    let (right, wrong) = (written_hours(0.0), written_hours(1.0));
    assert_eq!(right.len(), wrong.len());
    let place = block.windows(right.len()).position(|bytes| bytes == right).expect("rollups");
    let damaged = [&block[..place], &wrong, &block[place + wrong.len()..]].concat();
    engine.blocks.insert(key, damaged).expect("insert");
    drop(engine);
    let day = [(Timestamp(0), Timestamp(24 * 3_600_000))];
    let mean = |expected: f64| {
        let store = Embedded::open(folder.path()).expect("the folder opens");
        let id = DatastreamId { object: OBJECT, slot: 0 };
        let bucket = store.aggregate(id, &day).expect("aggregate")[0];
        assert!((bucket.mean - expected).abs() < 0.1, "{bucket:?}");
    };
    mean(25.5);
    check_repaired(&folder, "rollups of the block at `1970-01-01T00:00:00Z`");
    mean(24.5);
}

#[test]
fn a_wrong_count_is_counted_again() {
    let folder = folder();
    let engine = engine(&folder);
    let mut batch = engine.batch(1);
    engine.put_observations(&mut batch, 7);
    batch.commit().expect("commit");
    drop(engine);
    check_repaired(&folder, "`1001` observations, expected `7`");
}

#[test]
fn a_head_that_is_missing_or_wrong_is_made_of_the_rows() {
    let folder = folder();
    let id = DatastreamId { object: OBJECT, slot: 0 };
    let latest = || {
        let store = Embedded::open(folder.path()).expect("the folder opens");
        store.latest(&[id]).expect("latest")[0].map(|latest| (latest.time, latest.value))
    };
    let expected = latest();
    assert!(expected.is_some());
    engine(&folder).heads.remove(OBJECT.0.to_be_bytes()).expect("remove");
    check_repaired(&folder, "has rows and no head");
    assert_eq!(latest(), expected);

    let engine = engine(&folder);
    let mut head = head_of_rows(&engine, OBJECT).expect("reads");
    assert_eq!(head.sealed_until, Timestamp((MINUTES - 1) * 60_000));
    head.cells[0].cell.value = 99.0;
    let mut batch = engine.batch(1);
    engine.put_head(&mut batch, OBJECT, &head);
    batch.commit().expect("commit");
    drop(engine);
    check_repaired(&folder, "no value at");
    assert_eq!(latest(), expected);

    let engine = self::engine(&folder);
    let mut head = head_of_rows(&engine, OBJECT).expect("reads");
    assert_eq!(head.loose_from, Timestamp(MINUTES * 60_000));
    head.loose_from = Timestamp(i64::MAX);
    let mut batch = engine.batch(1);
    engine.put_head(&mut batch, OBJECT, &head);
    batch.commit().expect("commit");
    drop(engine);
    check_repaired(&folder, "outside of blocks");
}

#[test]
fn what_cannot_be_read_is_told_and_stays() {
    let folder = folder();
    let engine = engine(&folder);
    let key = row_key(OBJECT, Timestamp(MINUTES * 60_000));
    engine.rows.insert(key, [4, 7, 1]).expect("insert");
    engine.hours.insert(row_key(OBJECT, Timestamp(0)), [9, 9]).expect("insert");
    drop(engine);
    let told = repair(folder.path()).expect("repair");
    assert!(told.damaged >= 2 && !told.is_whole(), "{told:?}");
    let engine = self::engine(&folder);
    assert_eq!(engine.rows.get(key).expect("reads").as_deref(), Some(&[4, 7, 1][..]));
}
