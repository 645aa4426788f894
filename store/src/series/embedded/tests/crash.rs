//! kill -9 while appending and sealing: the test starts its own binary again as a child that appends and tells
//! each acknowledged batch on its standard output, kills it, and looks at what is on disk.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::*;

const FOLDER_VARIABLE: &str = "OBRII_TEST_SERIES_CRASH_FOLDER";
const OBJECTS: u32 = 8;
const KILLS: u32 = 20;

/// Batch `n`: a row for each object, every third one also a row out of order.
fn batch_of(number: i64) -> Batch {
    let mut rows: Vec<_> =
        (0..OBJECTS).map(|o| row(o, number * 100, number as f64 / 10.0)).collect();
    if number % 3 == 0 {
        rows.push(row(number as u32 % OBJECTS, number * 100 - 1_050, 0.5));
    }
    batch(rows)
}

/// The child's part: appends, and seals now and then, until it is killed. Does nothing in an ordinary run.
#[test]
fn child_appends_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else { return };
    let sealing = Sealing { age_ms_min: 2_000, rows_min: 4, rows_max: 16 };
    let store = Embedded::open_with(Path::new(&folder), sealing).expect("the folder opens");
    let newest = store.latest(&[DatastreamId { object: ObjectNo(0), slot: 0 }]).expect("latest");
    let mut number = newest[0].map_or(0, |newest| newest.time.0 / 100);
    // Ends by itself when nobody reads, so that a failed parent leaves nothing running.
    while writeln!(std::io::stdout(), "acknowledged {number}").is_ok() {
        number += 1;
        store.append(&batch_of(number)).expect("append");
        if number % 5 == 0 {
            store.seal(Timestamp(number * 100)).expect("seal");
        }
    }
}

fn start_child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("the test's binary"))
        .args(["--exact", "series::embedded::tests::crash::child_appends_until_it_is_killed"])
        .args(["--nocapture", "--test-threads", "1"])
        .env(FOLDER_VARIABLE, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts")
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_once_after_it() {
    let folder = folder();
    let mut acknowledged = 0;
    for kill in 0..KILLS {
        let mut child = start_child(folder.path());
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut left = 1 + kill * 7 % 40; // batches before the kill
        let number_of = |line: &str| line.rsplit_once("acknowledged ")?.1.parse::<i64>().ok();
        while left > 0 {
            let line = lines.next().expect("the child runs").expect("a line");
            if let Some(number) = number_of(&line) {
                acknowledged = number;
                left -= 1;
            }
        }
        child.kill().expect("the child is killed");
        let rest: Vec<_> = lines.map_while(Result::ok).filter_map(|l| number_of(&l)).collect();
        acknowledged = rest.last().copied().unwrap_or(acknowledged);
        child.wait().expect("the child is gone");
        check_store(folder.path(), acknowledged);
    }
    assert!(acknowledged >= i64::from(KILLS), "{acknowledged} batches");
}

/// Everything up to `acknowledged` is there once; beyond it at most the one batch on its way,
/// wholly or not at all.
fn check_store(folder: &Path, acknowledged: i64) {
    let found = check(folder).expect("check");
    assert!(found.is_whole(), "{found:?}");
    let store = Embedded::open(folder).expect("the folder opens");
    let newest = store.latest(&[DatastreamId { object: ObjectNo(0), slot: 0 }]).expect("latest");
    let last = newest[0].map_or(0, |newest| newest.time.0 / 100);
    assert!(
        last == acknowledged || last == acknowledged + 1,
        "{last}, {acknowledged} acknowledged"
    );
    let all = batch((1..=last).flat_map(|number| batch_of(number).rows).collect());
    let again = store.append(&all).expect("append");
    assert!(again.cells.iter().all(|outcome| *outcome == Outcome::Duplicate));
    assert_eq!(found.rows, all.rows.len() as u64);
    assert_eq!(store.size().expect("size").observations, found.rows * 2);
}
