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

/// Ten minutes of one hour: slot 0 decimals with rollups, slot 1 as they are, slot 3 in one row.
#[test]
fn a_block_of_the_first_version_is_read_for_ever() {
    let golden: &[u8] = &[
        1, 10, 192, 146, 209, 217, 191, 104, 224, 250, 32, 21, 52, 112, 99, 111, 33, 3, 0, 131, 2,
        4, 1, 4, 9, 0, 0, 1, 166, 14, 0, 0, 0, 0, 0, 0, 16, 0, 184, 213, 115, 53, 123, 94, 4, 0,
        32, 64, 0, 0, 64, 27, 0, 0, 0, 0, 0, 0, 0, 16, 50, 84, 118, 152, 0, 28, 112, 99, 111, 33,
        3, 0, 131, 2, 4, 1, 4, 9, 0, 0, 0, 16, 0, 8, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 254, 1, 0, 0,
        0, 1, 1, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 208, 223, 60, 0, 0, 0,
        0, 0, 4, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 2, 0, 0, 0, 0, 16, 0, 80, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 32, 53, 0, 0,
        0, 0, 0, 0, 4, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 232, 3, 0,
        0, 0, 0, 0, 0, 4, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 184, 6,
        0, 0, 0, 0, 0, 0, 4, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 232,
        3, 0, 0, 0, 0, 0, 0, 4, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0,
        184, 6, 0, 0, 0, 0, 0, 0, 4, 0, 0, 52, 112, 99, 111, 33, 3, 0, 131, 2, 4, 1, 4, 9, 0, 0,
        161, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 200, 102, 102, 102, 102, 102, 102, 102, 32, 64, 0, 96,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 50, 84, 118, 152, 0, 1, 151, 2, 0, 0, 0, 7, 1, 27, 112, 99,
        111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 208, 223, 60, 0, 0, 0, 0, 0, 4, 0, 0, 27,
        112, 99, 111, 33, 3, 0, 64, 4, 1, 2, 0, 0, 0, 0, 16, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 6, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 112, 1, 6, 0,
        0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 6, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4,
        0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 6, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 64, 0,
        6, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 6, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 4, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 6, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0,
        64, 0, 6, 0, 0, 77, 112, 99, 111, 33, 3, 0, 131, 2, 4, 1, 6, 9, 0, 0, 16, 50, 4, 0, 172,
        170, 170, 170, 170, 170, 234, 0, 1, 162, 170, 170, 170, 170, 170, 170, 255, 23, 128, 85,
        85, 85, 85, 85, 85, 255, 31, 96, 255, 255, 255, 255, 255, 255, 255, 127, 2, 0, 0, 0, 0, 0,
        0, 0, 128, 85, 85, 85, 85, 85, 85, 213, 63, 168, 2, 185, 64, 130, 0, 3, 63, 1, 2, 24, 112,
        99, 111, 33, 3, 0, 129, 4, 1, 1, 1, 0, 0, 0, 16, 0, 8, 0, 0, 0, 24, 0, 6, 0, 1, 32, 1, 1,
        0, 16, 0, 0, 27, 112, 99, 111, 33, 3, 0, 64, 4, 1, 4, 0, 0, 0, 0, 16, 0, 224, 255, 255,
        255, 255, 255, 255, 255, 3, 0, 0,
    ];
    let rows: Vec<TimedRow> = (0..10_i64)
        .map(|n| {
            let (time, arrival_s) = (1_795_256_100_000 + n * 60_000, 1_795_256_101 + n * 60);
            let mut cells = StoredCells::new();
            cells.push(cell(0, arrival_s, 12.5 + n as f64));
            cells.push(cell(1, arrival_s, n as f64 / 3.0));
            if n == 7 {
                let late = cell(3, arrival_s + 8, -4.0);
                cells.push(StoredCell { quality: Quality::LATE, ..late });
            }
            (Timestamp(time), cells)
        })
        .collect();
    let block = Block::parse(golden).expect("golden bytes");
    check_same(&block.unseal().expect("golden bytes"), &rows);
    let section = block.section(0).expect("golden bytes").expect("slot 0");
    let expected = hours_of(rows.iter().map(|(time, cells)| (*time, cells[0].value)));
    let hours = section.hours().expect("golden bytes");
    assert_eq!(hours.len(), 1);
    assert!(hours[0].0 == expected[0].0 && hours[0].1.agrees_with(&expected[0].1), "{hours:?}");
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
