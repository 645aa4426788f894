//! Tests of the Teltonika codec, with the frames that its vendor publishes.

use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);
const CODEC_8: &str = "000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503\
                       010101425E0F01F10000601A014E0000000000000000010000C7CF";
const CODEC_8_EXTENDED: &str = "000000000000004A8E010000016B412CEE000100000000000000000000000000000000010005000100010100010011\
     001D00010010015E2C880002000B000000003544C87A000E000000001DD7E06A00000100002994";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// A frame of Codec 8 with a right checksum around whatever records.
fn frame(codec: u8, count: u8, records: &[u8], behind: u8) -> Vec<u8> {
    let data = [&[codec, count], records, &[behind]].concat();
    let length = (data.len() as u32).to_be_bytes();
    let checksum = u32::from(crc16(&data)).to_be_bytes();
    [&[0; 4][..], &length, &data, &checksum].concat()
}

/// A record of Codec 8 with a fix at the Potemkin Stairs and one input of one byte.
fn record(time_ms: u64, input: (u8, u8)) -> Vec<u8> {
    let (lon, lat) = (307_233_000_i32, 464_825_000_i32);
    [
        &time_ms.to_be_bytes()[..],
        &[1],
        &lon.to_be_bytes(),
        &lat.to_be_bytes(),
        &[0, 40, 0, 184, 9, 0, 36],
        &[0, 1, 1, input.0, input.1, 0, 0, 0],
    ]
    .concat()
}

fn number(name: &str, value: f64) -> (Cow<'static, str>, Value<'static>) {
    (name.to_owned().into(), Value::Number(value))
}

#[test]
fn the_published_frames_are_read() {
    let frame = bytes(CODEC_8);
    assert_eq!(frame.len(), 66);
    let decoded = decode(&frame, ARRIVED).expect("a frame");
    let reading = &decoded.readings[0];
    assert_eq!(reading.time, Timestamp(1_560_161_086_000));
    let expected = [
        number("satellites", 0.0),
        number("io_21", 3.0),
        number("io_1", 1.0),
        number("io_66", 24_079.0),
        number("io_241", 24_602.0),
        number("io_78", 0.0),
    ];
    assert_eq!(reading.fields, expected, "without a fix there is no place");
    assert_eq!(count(&frame), Ok(1));

    let frame = bytes(CODEC_8_EXTENDED);
    assert_eq!(frame.len(), 86);
    let decoded = decode(&frame, ARRIVED).expect("a frame");
    let reading = &decoded.readings[0];
    assert_eq!(reading.time, Timestamp(1_560_166_592_000));
    let expected = [
        number("satellites", 0.0),
        number("io_1", 1.0),
        number("io_17", 29.0),
        ("odometer".into(), Value::Quantity(22_949_000.0, Unit::Metre)),
        number("io_11", 893_700_218.0),
        number("io_14", 500_686_954.0),
    ];
    assert_eq!(reading.fields, expected);
}

#[test]
fn a_fix_gives_place_speed_and_bearing_with_their_units() {
    let frame = frame(0x08, 1, &record(1_795_342_500_000, (239, 1)), 1);
    let decoded = decode(&frame, ARRIVED).expect("a frame");
    let degrees = |value| Value::Quantity(value, Unit::Degree);
    let fields = &decoded.readings[0].fields;
    assert_eq!(fields[0], ("lat".into(), degrees(464_825_000.0 * 1e-7)));
    assert_eq!(fields[1], ("lon".into(), degrees(307_233_000.0 * 1e-7)));
    assert_eq!(fields[2], ("speed".into(), Value::Quantity(36.0, Unit::KilometrePerHour)));
    assert_eq!(fields[3], ("bearing".into(), degrees(184.0)));
    assert_eq!(fields[4], number("satellites", 9.0));
    assert_eq!(fields[5], number("ignition", 1.0));
}

#[test]
fn records_of_a_backlog_are_put_in_the_order_of_their_times() {
    let records: Vec<u8> = (0..255).rev().flat_map(|i| record(1_000 + i, (1, 0))).collect();
    let decoded_frame = frame(0x08, 255, &records, 255);
    let decoded = decode(&decoded_frame, ARRIVED).expect("a frame");
    assert_eq!((decoded.readings.len(), decoded.unusable.len()), (255, 0));
    assert!(decoded.readings.windows(2).all(|pair| pair[0].time < pair[1].time));
    let timeless = frame(0x08, 1, &record(0, (1, 0)), 1);
    let decoded = decode(&timeless, ARRIVED).expect("a frame");
    assert!(decoded.readings[0].flags.has(Quality::NO_DEVICE_TIME));
}

#[test]
fn times_beyond_the_calendar_are_none_and_end_the_frame_for_nobody() {
    let last = u64::try_from(i64::MAX).expect("positive");
    let records: Vec<u8> = (0..3).flat_map(|i| record(last, (1, i))).collect();
    let frame = frame(0x08, 3, &records, 3);
    let decoded = decode(&frame, ARRIVED).expect("a frame");
    assert!(decoded.readings.is_empty());
    assert!(decoded.unusable.iter().all(|u| u.reason == Reason::BadTime));
    assert_eq!(decoded.unusable.len(), 3);
}

#[test]
fn a_frame_that_is_cut_or_changed_anywhere_is_refused() {
    let whole = bytes(CODEC_8);
    for cut in 0..whole.len() {
        let refused = decode(&whole[..cut], ARRIVED).expect_err("cut");
        assert_eq!(refused.reason, Reason::BadFrame, "cut at {cut}");
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(decode(&changed, ARRIVED).is_err() && count(&changed).is_err(), "at {at}");
    }
}

#[test]
fn a_vendors_own_layout_ends_in_quarantine_and_keeps_what_was_read_before_it() {
    let good = record(1_795_342_500_000, (1, 1));
    let broken = [&good[..], &good[..10]].concat();
    let decoded_frame = frame(0x08, 2, &broken, 2);
    let decoded = decode(&decoded_frame, ARRIVED).expect("a frame");
    assert_eq!(decoded.readings.len(), 1);
    assert_eq!(
        (decoded.unusable[0].element, decoded.unusable[0].reason),
        (Some(1), Reason::BadFrame)
    );
    let longer = frame(0x08, 1, &[&good[..], &[7]].concat(), 1);
    assert_eq!(decode(&longer, ARRIVED).expect("a frame").unusable.len(), 1);
    for (codec, behind) in [(0x10, 1), (0x0C, 1), (0x08, 2)] {
        let other = frame(codec, 1, &good, behind);
        assert_eq!(decode(&other, ARRIVED).expect_err("refused").reason, Reason::BadFrame);
    }
}

proptest! {
    #[test]
    fn no_records_make_it_panic(
        records in prop::collection::vec(any::<u8>(), 0..300),
        codec in prop::sample::select(vec![0x08_u8, 0x8E]),
        count in any::<u8>(),
    ) {
        let frame = frame(codec, count, &records, count);
        let decoded = decode(&frame, ARRIVED).expect("a frame with a right checksum");
        prop_assert!(decoded.readings.len() + decoded.unusable.len() <= usize::from(count) + 1);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _outcome = (decode(&bytes, ARRIVED), count(&bytes));
    }
}
