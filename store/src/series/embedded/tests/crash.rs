//! kill -9 while appending, sealing, dropping and copying: the test starts its own binary again as a
//! child that does so and tells each acknowledged batch on its standard output, kills it at a random
//! moment, and looks at what is on disk. `OBRII_TEST_KILLS` says how often; few in an ordinary run.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicI64;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::series::Retention;

const FOLDER_VARIABLE: &str = "OBRII_TEST_SERIES_CRASH_FOLDER";
const WORK_VARIABLE: &str = "OBRII_TEST_SERIES_CRASH_WORK";
const KILLS_VARIABLE: &str = "OBRII_TEST_KILLS";
const KILLS_USUAL: u32 = 3;
const SEED: u64 = 20_261_122;
const OBJECTS: u32 = 8;
const MINUTE: i64 = 60_000;

/// What the child does besides appending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Seal,
    /// Seals, and drops what is older than two hours.
    Drop,
    /// Copies the store, again and again.
    Copy,
}

impl Work {
    const ALL: [Self; 3] = [Self::Seal, Self::Drop, Self::Copy];

    fn word(self) -> String {
        format!("{self:?}")
    }
}

/// Batch `n`: a row for each object, every third one also a row out of order.
fn batch_of(number: i64) -> Batch {
    let mut rows: Vec<_> =
        (0..OBJECTS).map(|o| row(o, number * MINUTE, number as f64 / 10.0)).collect();
    if number % 3 == 0 {
        rows.push(row(number as u32 % OBJECTS, number * MINUTE - 630_000, 0.5));
    }
    batch(rows)
}

/// Number of the newest batch that the store holds.
fn last_batch(store: &Embedded) -> i64 {
    let newest = store.latest(&[DatastreamId { object: ObjectNo(0), slot: 0 }]).expect("latest");
    newest[0].map_or(0, |newest| newest.time.0 / MINUTE)
}

/// The child's part: works until it is killed. Does nothing in an ordinary run.
#[test]
fn child_works_until_it_is_killed() {
    let (Some(folder), Ok(work)) =
        (std::env::var_os(FOLDER_VARIABLE), std::env::var(WORK_VARIABLE))
    else {
        return;
    };
    let folder = Path::new(&folder);
    let work = Work::ALL.into_iter().find(|w| w.word() == work).expect("a kind of work");
    let sealing = Sealing { age_ms_min: 20 * MINUTE, rows_min: 4, rows_max: 16 };
    let store = Embedded::open_with(&folder.join("series"), sealing).expect("the folder opens");
    let acknowledged = AtomicI64::new(last_batch(&store));
    std::thread::scope(|scope| {
        if work == Work::Copy {
            scope.spawn(|| copy_again_and_again(&store, folder, &acknowledged));
        }
        let mut number = acknowledged.load(Ordering::SeqCst);
        // Ends by itself when nobody reads, so that a failed parent leaves nothing running.
        while writeln!(std::io::stdout(), "acknowledged {number}").is_ok() {
            number += 1;
            store.append(&batch_of(number)).expect("append");
            acknowledged.store(number, Ordering::SeqCst);
            if number % 5 == 0 {
                store.seal(Timestamp(number * MINUTE)).expect("seal");
            }
            if work == Work::Drop && number % 7 == 0 {
                drop_old(&store, number);
            }
        }
        store.halt();
    });
}

fn drop_old(store: &Embedded, number: i64) {
    let before = Timestamp((number - 120) * MINUTE);
    let retention = Retention { before, held: &[], holds_ms_max: 5 * MINUTE };
    for object in 0..OBJECTS {
        store.retain(ObjectNo(object), &retention).expect("retain");
    }
}

fn copy_again_and_again(store: &Embedded, folder: &Path, acknowledged: &AtomicI64) {
    for number in 0.. {
        let copy = folder.join(format!("copy-{}-{number}", std::process::id()));
        let before = acknowledged.load(Ordering::SeqCst);
        if store.snapshot(&copy).is_err() {
            return; // the store is being closed
        }
        if writeln!(std::io::stdout(), "copied {before} {}", copy.display()).is_err() {
            return;
        }
    }
}

fn start_child(folder: &Path, work: Work) -> Child {
    Command::new(std::env::current_exe().expect("the test's binary"))
        .args(["--exact", "series::embedded::tests::crash::child_works_until_it_is_killed"])
        .args(["--nocapture", "--test-threads", "1"])
        .env(FOLDER_VARIABLE, folder)
        .env(WORK_VARIABLE, work.word())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts")
}

/// What a child told before its end.
#[derive(Default)]
struct Told {
    acknowledged: i64,
    /// Batches acknowledged before the last finished copy began, and its folder.
    copied: Option<(i64, String)>,
}

impl Told {
    fn hear(&mut self, line: &str) {
        let word = |word| line.split_once(word).map(|(_, rest)| rest);
        if let Some(number) = word("acknowledged ") {
            self.acknowledged = number.parse().expect("a number");
        } else if let Some((number, copy)) = word("copied ").and_then(|rest| rest.split_once(' ')) {
            self.copied = Some((number.parse().expect("a number"), copy.to_owned()));
        }
    }
}

/// Kills a child at a random moment after some lines; what it told.
fn kill_child(folder: &Path, work: Work, random: &mut SmallRng) -> Told {
    let mut child = start_child(folder, work);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut told = Told::default();
    for _ in 0..random.random_range(10..200) {
        told.hear(&lines.next().expect("the child runs").expect("a line"));
    }
    std::thread::sleep(Duration::from_micros(random.random_range(0..5_000)));
    child.kill().expect("the child is killed");
    for line in lines.map_while(Result::ok) {
        told.hear(&line);
    }
    child.wait().expect("the child is gone");
    told
}

fn check_kills(work: Work) {
    let kills = std::env::var(KILLS_VARIABLE).map_or(KILLS_USUAL, |n| n.parse().expect("a number"));
    let mut random = SmallRng::seed_from_u64(SEED + work as u64);
    let folder = folder();
    for _ in 0..kills {
        let told = kill_child(folder.path(), work, &mut random);
        check_store(&folder.path().join("series"), told.acknowledged, told.acknowledged + 1);
        if let Some((acknowledged, copy)) = told.copied {
            check_store(Path::new(&copy), acknowledged, told.acknowledged + 1);
        }
        remove_copies(folder.path());
    }
}

fn remove_copies(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path.ends_with("series") {
            std::fs::remove_dir_all(path).expect("removed");
        }
    }
}

/// Every batch up to `acknowledged` is there once, as rows or in the hours of dropped rows; beyond it
/// some up to `begun`, each wholly or not at all.
fn check_store(folder: &Path, acknowledged: i64, begun: i64) {
    let found = check(folder).expect("check");
    assert!(found.is_whole(), "{found:?}");
    let store = Embedded::open(folder).expect("the folder opens");
    let last = last_batch(&store);
    assert!((acknowledged..=begun).contains(&last), "{last}, {acknowledged} acknowledged");
    let all: Vec<Row> = (1..=last).flat_map(|number| batch_of(number).rows).collect();
    assert_eq!(found.observations + found.gone, all.len() as u64 * 2, "{found:?}");
    let rows =
        |object| store.rows(ObjectNo(object), Timestamp(i64::MIN), Timestamp(i64::MAX), all.len());
    let kept: Vec<Vec<Row>> = (0..OBJECTS).map(|object| rows(object).expect("rows")).collect();
    let oldest = |object: ObjectNo| kept[object.0 as usize].first().map(|row| row.time);
    let is_standing = |row: &Row| oldest(row.object) <= Some(row.time);
    let mut standing: Vec<Row> = all.into_iter().filter(is_standing).collect();
    standing.sort_by_key(|row| (row.object, row.time)); // so that each block is unpacked once
    let again = store.append(&batch(standing)).expect("append");
    assert!(again.cells.iter().all(|outcome| *outcome == Outcome::Duplicate));
    assert_eq!(again.cells.len() as u64, found.observations);
    assert_eq!(store.size().expect("size").observations, found.observations);
}

#[test]
fn a_kill_while_sealing_loses_nothing_and_doubles_nothing() {
    check_kills(Work::Seal);
}

#[test]
fn a_kill_while_dropping_loses_nothing_and_doubles_nothing() {
    check_kills(Work::Drop);
}

#[test]
fn a_kill_while_copying_leaves_the_store_and_the_copies_whole() {
    check_kills(Work::Copy);
}
