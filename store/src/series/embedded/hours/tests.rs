//! Golden bytes: what was written once must be read for ever.

use domain::Quality;

use super::super::layout::StoredCell;
use super::*;

const HOUR: Timestamp = Timestamp(1_795_255_200_000);
/// What was written for the rows of the first test.
const GOLDEN: &str = "\
    01021c70636f21030081040104010000001000d0df3c00000000000c0002001c70636f21030081040102\
    01000000100008000000000000000800010000c70102011b70636f21030040040104000000001000d0df\
    3c00000000000400001b70636f2103004004010200000000100010000000000000000000001b70636f21\
    03004004010400000000100078500000000000000400001b70636f210300400401040000000010001027\
    0000000000000400001b70636f2103004004010400000000100068290000000000000400001b70636f21\
    03004004010400000000100010270000000000000400001b70636f210300400401040000000010006829\
    0000000000000400000007ac0200021c70636f21030081040104010000001000d0df3c00000000000c00\
    02001c70636f210300810401020100000010000800000000000000080001001c70636f21030081040104\
    01000000100000000000000000000c0001001b70636f2103008104010401000000100000000000000000\
    000400001c70636f2103008104010401000000100000000000000000000c0001001b70636f2103008104\
    010401000000100000000000000000000400001c70636f21030081040104010000001000000000000000\
    00000c000100021c70636f21030081040104010000001000d0df3c00000000000c0002002170636f2103\
    008104010201000000100000dd6d0000000000b000e03229000000002070636f21030081040102010000\
    00100000dd6d0000000000a000a0bb0d000000";

fn timed(ms: i64, cells: &[(u16, f64)]) -> TimedRow {
    let cell = |(slot, value): &(u16, f64)| StoredCell {
        slot: *slot,
        quality: Quality::GOOD,
        arrival_s: HOUR.0 / 1000,
        value: *value,
    };
    (HOUR.plus_ms(ms), cells.iter().map(cell).collect())
}

fn window(rows: &[TimedRow]) -> Window {
    let mut windows = Retired::of(rows, HOUR_MS).0.into_values();
    let window = windows.next().expect("a window");
    assert_eq!(windows.next(), None);
    window
}

fn golden() -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).expect("a hexadecimal digit") as u8;
    GOLDEN.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[test]
fn hours_are_read_as_they_were_written() {
    let rows = [
        timed(0, &[(0, 12.5), (7, 0.0)]),
        timed(1_800_000, &[(0, 13.25), (7, 1.0)]),
        timed(4_500_000, &[(7, 0.0)]),
    ];
    let window = window(&rows);
    let golden = golden();
    assert_eq!(Window::decode(&golden).expect("golden bytes"), window);
    assert_eq!(check_hours(&golden).expect("sound"), 5);
    let written = window.encode().expect("encodes");
    assert_eq!(Window::decode(&written).expect("what was written"), window);
    let held: Vec<_> = window.slots[&7].held.values().copied().collect();
    let half = Held { known_ms: 3_600_000, on_ms: 1_800_000 };
    assert_eq!(held, [half, Held { known_ms: 900_000, on_ms: 900_000 }]);
    assert_eq!(window.slots[&0].held, BTreeMap::new(), "no state");
}

#[test]
fn what_comes_later_is_added_to_its_hour() {
    let mut known = window(&[timed(0, &[(0, 1.0)]), timed(10, &[(0, 1.0 / 3.0)])]);
    known.absorb(window(&[timed(20, &[(0, 9.0)]), timed(3_600_000, &[(1, 5.0)])]));
    let bytes = known.encode().expect("encodes");
    let read = Window::decode(&bytes).expect("decodes");
    assert_eq!(read.rows.values().sum::<u64>(), 4);
    let hour = read.slots[&0].rollups.values().next().expect("an hour");
    let bucket = hour.bucket((HOUR, HOUR.plus_ms(HOUR_MS)));
    assert_eq!((bucket.count, bucket.first, bucket.last, bucket.max), (3, 1.0, 9.0, 9.0));
    assert!((bucket.mean - 31.0 / 9.0).abs() < 1e-12, "{bucket:?}");
}

#[test]
fn damaged_hours_are_told_and_never_panic() {
    let bytes = window(&[timed(0, &[(0, 1.0)]), timed(10, &[(3, 0.0)])]).encode().expect("encodes");
    let mut told = 0;
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        told += [&bytes[..place], &damaged].iter().filter(|b| check_hours(b).is_err()).count();
    }
    assert!(told > bytes.len(), "{told} of {} damages", bytes.len() * 2);
    let mut wrong = window(&[timed(0, &[(0, 1.0)])]);
    let slot = wrong.slots.get_mut(&0).expect("a slot");
    slot.held.insert(0, Held { known_ms: 1, on_ms: 2 });
    let bytes = wrong.encode().expect("encodes");
    assert!(check_hours(&bytes).is_err(), "on for longer than known");
}
