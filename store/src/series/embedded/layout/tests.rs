//! Golden bytes: what was written once must be read for ever. A change here is a new layout
//! version with its own reader, never an edit of these lines.

use proptest::prelude::*;

use super::*;

const TIME: Timestamp = Timestamp(1_795_256_100_250);

fn cell(slot: u16, value: f64) -> StoredCell {
    StoredCell { slot, quality: Quality::GOOD, arrival_s: 1_795_256_102, value }
}

fn check_golden(cells: &[StoredCell], golden: &[u8]) {
    let mut written = Vec::new();
    encode_row(TIME, cells, &mut written);
    assert_eq!(written, golden, "{written:02x?}");
    assert_eq!(*decode_row(TIME, golden).expect("golden bytes"), *cells);
}

#[test]
fn keys_are_what_they_were() {
    let key = row_key(ObjectNo(258), TIME);
    assert_eq!(key, [0, 0, 1, 2, 0x80, 0, 1, 0xa1, 0xfd, 0x9a, 0x25, 0x9a]);
    assert_eq!(parse_row_key(&key).expect("golden bytes"), (ObjectNo(258), TIME));
    let before_1970 = row_key(ObjectNo(258), Timestamp(-1));
    assert_eq!(before_1970[4..], [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert!(before_1970 < key);
    assert!(parse_row_key(&key[..11]).is_err());
}

#[test]
fn a_row_of_four_values_takes_twelve_bytes() {
    let cells = [cell(0, 12.5), cell(1, 20.1), cell(2, 33.0), cell(3, 4.25)];
    check_golden(&cells, &[4, 1, 0xfa, 1, 1, 0x92, 3, 0, 0x42, 2, 0xd2, 6]);
}

#[test]
fn every_form_of_a_value_is_what_it_was() {
    let cells = [
        cell(0, -1.0),
        cell(1, 12.345),
        cell(2, 46.482_53),
        cell(3, 30.723_312_3),
        cell(4, f64::from(0.1_f32)),
        cell(5, 1.0 / 3.0),
        cell(6, -0.0),
        cell(7, 1e300),
    ];
    check_golden(
        &cells,
        &[
            4, 0, 1, 3, 0xf2, 0xc0, 1, 4, 0xfa, 0xb4, 0xb7, 4, 5, 0xc6, 0x85, 0x80, 0xa5, 2, 6,
            0xcd, 0xcc, 0xcc, 0x3d, 7, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5, 0x3f, 6, 0, 0, 0,
            0x80, 7, 0x9c, 0x75, 0, 0x88, 0x3c, 0xe4, 0x37, 0x7e,
        ],
    );
}

#[test]
fn skipped_slots_flags_and_arrivals_are_what_they_were() {
    let cells = [
        StoredCell { arrival_s: 1_795_256_099, ..cell(2, 1.0) },
        StoredCell { quality: Quality::LATE.with(Quality::CORRECTED), ..cell(9, 1.0) },
        StoredCell { quality: Quality::RANGE, ..cell(255, 0.0) },
    ];
    check_golden(&cells, &[1, 0x40, 2, 0xd8, 0xa0, 2, 6, 2, 0xf8, 0xee, 1, 1, 6, 0]);
}

#[test]
fn a_cut_row_is_damaged_and_never_a_shorter_row() {
    let cells = [cell(0, 12.5), cell(9, 1.0 / 3.0), cell(200, 1e300)];
    let mut written = Vec::new();
    encode_row(TIME, &cells, &mut written);
    let is_whole = |length: usize| length == 1 || length == 4 || length == 14;
    for length in (0..written.len()).filter(|length| !is_whole(*length)) {
        let read = decode_row(TIME, &written[..length]);
        assert!(matches!(read, Err(SeriesError::Damaged(_))), "{length}: {read:?}");
    }
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("values are finite", |value| value.is_finite()),
        any::<f32>().prop_map(f64::from).prop_filter("finite", |value| value.is_finite()),
        (any::<i32>(), 0_i32..9).prop_map(|(n, digits)| f64::from(n) / 10_f64.powi(digits)),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_bit_for_bit(
        time: i64,
        cells in prop::collection::btree_map(
            0_u16..300,
            (any_value(), any::<u16>(), -5_000_000_000_i64..5_000_000_000),
            0..9,
        ),
    ) {
        let cells: Vec<_> = cells
            .into_iter()
            .map(|(slot, (value, quality, arrival_s))| StoredCell {
                slot,
                quality: Quality(quality),
                arrival_s,
                value,
            })
            .collect();
        let time = Timestamp(time);
        let mut written = Vec::new();
        encode_row(time, &cells, &mut written);
        let read = decode_row(time, &written).expect("just written");
        prop_assert_eq!(read.len(), cells.len());
        for (read, cell) in read.iter().zip(&cells) {
            prop_assert_eq!(read.value.to_bits(), cell.value.to_bits());
            prop_assert_eq!(read, cell);
            let found = find_cell(time, &written, cell.slot).expect("just written");
            prop_assert_eq!(found, Some(*cell));
        }
        prop_assert_eq!(find_cell(time, &written, 301).expect("just written"), None);
        prop_assert_eq!(parse_row_key(&row_key(ObjectNo(7), time)).expect("a key").1, time);
    }

    #[test]
    fn bytes_that_nobody_wrote_are_no_panic(time: i64, bytes: Vec<u8>) {
        let read = decode_row(Timestamp(time), &bytes);
        prop_assert!(matches!(read, Ok(_) | Err(SeriesError::Damaged(_))));
    }
}
