use proptest::prelude::*;

use super::*;

fn cell(slot: u16, arrival_s: i64, value: f64) -> StoredCell {
    StoredCell { slot, quality: Quality::GOOD, arrival_s, value }
}

/// Equal bit for bit: −0.0 is not 0.0.
fn check_same(read: &[TimedRow], written: &[TimedRow]) {
    assert_eq!(read, written);
    let bits = |rows: &[TimedRow]| -> Vec<u64> {
        rows.iter().flat_map(|(_, cells)| cells.iter().map(|c| c.value.to_bits())).collect()
    };
    assert_eq!(bits(read), bits(written));
}

fn any_rows() -> impl Strategy<Value = Vec<TimedRow>> {
    let value = prop_oneof![
        4 => (-2_000_i32..2_000).prop_map(|n| f64::from(n) / 10.0),
        1 => any::<f64>().prop_filter("values are finite", |value| value.is_finite()),
    ];
    let quality = prop_oneof![3 => Just(0_u16), 1 => any::<u16>()];
    let cells = prop::collection::btree_map(0_u16..5, (value, quality, 0_i64..3), 1..5);
    prop::collection::btree_map(-5_000_i64..1_795_256_100_250, cells, 1..40).prop_map(|rows| {
        let row = |(time, cells): (i64, std::collections::BTreeMap<_, _>)| {
            let cells = cells.into_iter().map(|(slot, (value, quality, later_s))| StoredCell {
                slot,
                quality: Quality(quality),
                arrival_s: time / 1000 + later_s,
                value,
            });
            (Timestamp(time), cells.collect())
        };
        rows.into_iter().map(row).collect()
    })
}

proptest! {
    #[test]
    fn what_is_sealed_is_unsealed_bit_for_bit(rows in any_rows(), window: (u16, u16)) {
        let bytes = encode_block(&rows).expect("rows");
        let block = Block::parse(&bytes).expect("just written");
        check_same(&block.unseal().expect("just written"), &rows);
        prop_assert_eq!((block.first, block.last), (rows[0].0, rows[rows.len() - 1].0));
        let at = |n: u16| rows[usize::from(n) % rows.len()].0;
        let (from, to) = (at(window.0), at(window.1));
        let places = block.places(from, to).expect("just written");
        let expected = rows.iter().filter(|(time, _)| *time >= from && *time < to).count();
        prop_assert_eq!(places.len(), expected);
        for slot in 0..6 {
            let of_slot: Vec<f64> = rows
                .iter()
                .flat_map(|(_, cells)| cells.iter().filter(|c| c.slot == slot).map(|c| c.value))
                .collect();
            let section = block.section(slot).expect("just written");
            prop_assert_eq!(section.is_some(), !of_slot.is_empty());
            if let Some(section) = section {
                let column = section.column().expect("just written");
                prop_assert_eq!(&column.places, &section.places().expect("just written"));
                prop_assert_eq!(column.values, of_slot);
            }
        }
    }

    #[test]
    fn bytes_that_nobody_wrote_are_no_panic(rows in any_rows(), at: u16, byte: u8, cut: u16) {
        let mut bytes = encode_block(&rows).expect("rows");
        let at = usize::from(at) % bytes.len();
        bytes[at] = byte;
        bytes.truncate(usize::from(cut).max(at));
        if let Ok(block) = Block::parse(&bytes) {
            let read = block.unseal();
            prop_assert!(matches!(read, Ok(_) | Err(SeriesError::Damaged(_))));
        }
    }
}

#[test]
fn a_block_of_the_first_version_is_read_for_ever() {
    let golden: &[u8] = &[
        1, 2, 192, 146, 209, 217, 191, 104, 224, 212, 3, 3, 31, 112, 99, 111, 33, 3, 0, 129, 4, 1,
        4, 1, 0, 0, 0, 16, 0, 0, 37, 209, 236, 15, 13, 0, 0, 132, 0, 0, 0, 96, 234, 0, 27, 112, 99,
        111, 33, 3, 0, 129, 4, 1, 4, 1, 0, 0, 0, 16, 0, 8, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 43, 0,
        0, 0, 7, 38, 112, 99, 111, 33, 3, 0, 129, 4, 1, 6, 1, 0, 0, 0, 33, 0, 80, 85, 85, 85, 85,
        85, 85, 253, 11, 0, 0, 0, 0, 0, 0, 144, 2, 12, 0, 1, 0, 0, 3, 61, 1, 2, 23, 112, 99, 111,
        33, 3, 0, 129, 4, 1, 1, 1, 0, 0, 0, 16, 0, 8, 0, 0, 0, 0, 0, 0, 1, 32, 1, 1, 0, 16, 0, 27,
        112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 224, 255, 255, 255, 255, 255, 255,
        255, 3, 0, 0,
    ];
    let rows: Vec<TimedRow> = vec![
        (Timestamp(1_795_256_100_000), [cell(0, 1_795_256_101, 12.5)].into_iter().collect()),
        (
            Timestamp(1_795_256_160_000),
            [
                cell(0, 1_795_256_161, 1.0 / 3.0),
                StoredCell { quality: Quality::LATE, ..cell(3, 1_795_256_169, -4.0) },
            ]
            .into_iter()
            .collect(),
        ),
    ];
    check_same(&Block::parse(golden).expect("golden").unseal().expect("golden"), &rows);
}

/// A post with six values each hour: its observations take less than two bytes each.
#[test]
fn regular_air_data_takes_less_than_two_bytes_an_observation() {
    let mut noise = 12_345_u64;
    let mut next = move || {
        noise =
            noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33) as f64 / f64::from(1 << 30) - 1.0
    };
    let rows: Vec<TimedRow> = (0..2_000_i64)
        .map(|hour| {
            let time = Timestamp(1_795_219_200_000 + hour * 3_600_000);
            let daily = (hour as f64 * std::f64::consts::TAU / 24.0).sin();
            let cells = (0..6).map(|slot| {
                let level = 20.0 + f64::from(slot) * 5.0 + daily * 8.0 + next() * 4.0;
                cell(slot, time.0 / 1000 + 5, (level * 10.0).round() / 10.0)
            });
            (time, cells.collect())
        })
        .collect();
    let bytes = encode_block(&rows).expect("rows").len() as f64;
    let each = bytes / (rows.len() * 6) as f64;
    assert!(each <= 2.0, "{each} bytes an observation");
}
