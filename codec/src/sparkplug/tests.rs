use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);
const SENT: u64 = 1_795_342_500_000;

/// Written by hand from the field numbers: sent 2026-11-22T10:15:00Z as message 1 of its session, with
/// `Power`, alias 3, a Float of 61.5 measured at the same time.
const BYTES: &[u8] = &[
    0x08, 0xa0, 0x81, 0x82, 0x96, 0xa0, 0x34, 0x12, 0x17, 0x0a, 0x05, 0x50, 0x6f, 0x77, 0x65, 0x72,
    0x10, 0x03, 0x18, 0xa0, 0x81, 0x82, 0x96, 0xa0, 0x34, 0x20, 0x09, 0x65, 0x00, 0x00, 0x76, 0x42,
    0x18, 0x01,
];

fn metric(name: &str, datatype: u32, value: Held) -> Metric {
    Metric {
        name: Some(name.to_owned()),
        datatype: Some(datatype),
        value: Some(value),
        ..Metric::default()
    }
}

fn payload(metrics: Vec<Metric>) -> Payload {
    Payload { timestamp: Some(SENT), metrics, seq: Some(0) }
}

fn decoded(birth: &Birth, metrics: Vec<Metric>) -> Decoded<'static> {
    let bytes = payload(metrics).encode_to_vec();
    decode("DDATA", birth, &bytes, ARRIVED).expect("readable")
}

fn values(metrics: Vec<Metric>) -> Vec<Value<'static>> {
    let readings = decoded(&Birth::default(), metrics).readings;
    readings.into_iter().flat_map(|reading| reading.fields).map(|(_, value)| value).collect()
}

#[test]
fn a_payload_is_read_by_the_field_numbers_of_the_specification() {
    let told = read(BYTES).expect("a payload");
    assert_eq!((told.timestamp, told.seq), (Some(SENT), Some(1)));
    let power =
        Metric { alias: Some(3), timestamp: Some(SENT), ..metric("Power", 9, Held::Float(61.5)) };
    assert_eq!(told.metrics, [power]);
    assert_eq!(told.encode_to_vec(), BYTES, "and written");
    let decoded = decode("DBIRTH", &Birth::default(), BYTES, ARRIVED).expect("readable");
    let reading = &decoded.readings[0];
    assert_eq!((reading.time.millis(), reading.flags), (SENT as i64, Quality::GOOD));
    assert_eq!(reading.fields, [("Power".into(), Value::Number(61.5))]);
}

#[test]
fn negative_numbers_are_read_in_their_narrow_and_their_stretched_form() {
    let numbers = values(vec![
        metric("a", 1, Held::Int(0xff)),
        metric("b", 1, Held::Int(0xffff_ffff)),
        metric("c", 2, Held::Int(0xfffe)),
        metric("d", 3, Held::Int(0xffff_fffd)),
        metric("e", 4, Held::Long(u64::MAX - 3)),
        metric("f", 7, Held::Int(0xffff_ffff)),
        metric("g", 8, Held::Long(5)),
        metric("h", 10, Held::Double(f64::NAN)),
    ]);
    let mut expected: Vec<_> =
        [-1.0, -1.0, -2.0, -3.0, -4.0, 4_294_967_295.0, 5.0].map(Value::Number).into();
    expected.push(NOT_FINITE);
    assert_eq!(numbers, expected);
}

#[test]
fn what_cannot_be_used_spoils_its_own_metric_only() {
    let bad = Properties {
        keys: vec!["engUnit".into(), QUALITY.into()],
        values: vec![Property { int: None }, Property { int: Some(0) }],
    };
    let read = values(vec![
        metric("set", 16, Held::DataSet(vec![1, 2])),
        metric("template", 19, Held::Template(Vec::new())),
        metric("file", 18, Held::Bytes(vec![0])),
        Metric { properties: Some(bad), ..metric("stuck", 10, Held::Double(1.0)) },
        Metric { is_null: Some(true), ..metric("none", 10, Held::Double(1.0)) },
        metric("Node Control/Rebirth", 11, Held::Boolean(false)),
        metric("bdSeq", 4, Held::Long(0)),
        metric("door", 11, Held::Boolean(true)),
        metric("route", 12, Held::Text("5".into())),
    ]);
    let unusable = [
        "a data set",
        "a template",
        "bytes, a file or an array",
        "marked bad or stale by its node",
    ];
    let mut expected: Vec<_> = unusable.map(Value::Unusable).into();
    expected.extend([Value::Boolean(true), Value::Text("5".into())]);
    assert_eq!(read, expected);
}

#[test]
fn metrics_of_one_time_are_one_reading() {
    let at = |name: &str, timestamp: Option<u64>| Metric {
        timestamp,
        ..metric(name, 10, Held::Double(1.0))
    };
    let told = vec![at("a", Some(1)), at("b", None), at("c", Some(1))];
    let decoded = decoded(&Birth::default(), told);
    let names: Vec<Vec<&str>> = decoded
        .readings
        .iter()
        .map(|reading| reading.fields.iter().map(|(name, _)| name.as_ref()).collect())
        .collect();
    assert_eq!(names, [vec!["a", "c"], vec!["b"]]);
    assert_eq!(decoded.readings[1].time.millis(), SENT as i64, "the payload's time");
    let untimed = Payload { timestamp: None, ..payload(vec![at("a", None)]) }.encode_to_vec();
    let untimed = decode("NDATA", &Birth::default(), &untimed, ARRIVED).expect("readable");
    assert_eq!(untimed.readings[0].time, ARRIVED);
    assert_eq!(untimed.readings[0].flags, Quality::NO_DEVICE_TIME);
}

#[test]
fn an_alias_is_what_the_birth_said_and_without_one_it_is_put_aside() {
    let by_alias = |alias, bits| Metric {
        alias: Some(alias),
        value: Some(Held::Int(bits)),
        ..Metric::default()
    };
    let told = vec![Metric { alias: Some(7), ..metric("temperature", 2, Held::Int(0)) }];
    let birth = Birth::of(&payload(told));
    let decoded = decoded(&birth, vec![by_alias(9, 1), by_alias(7, 0xfffb)]);
    let fields = &decoded.readings[0].fields;
    assert_eq!(
        *fields,
        [("temperature".into(), Value::Number(-5.0))],
        "with the type of its birth"
    );
    let refused = &decoded.unusable[0];
    assert_eq!((refused.element, refused.reason), (Some(0), Reason::BadElement));
    assert!(refused.detail.contains("`9`"), "{}", refused.detail);
}

#[test]
fn deaths_carry_no_readings_and_what_is_no_payload_is_refused() {
    assert_eq!(decode("NDEATH", &Birth::default(), &[0xff], ARRIVED), Ok(Decoded::default()));
    let refused = decode("DDATA", &Birth::default(), b"{\"value\":1}", ARRIVED);
    assert_eq!(refused.expect_err("no payload").reason, Reason::BadElement);
    let wide = (0..=FIELDS_PER_READING_MAX)
        .map(|index| metric(&index.to_string(), 10, Held::Double(1.0)))
        .collect();
    let refused = decode("DDATA", &Birth::default(), &payload(wide).encode_to_vec(), ARRIVED);
    assert_eq!(refused.expect_err("too wide").reason, Reason::TooMany);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0..BYTES.len(),
    ) {
        let _outcome = decode("DDATA", &Birth::default(), &bytes, ARRIVED);
        let spoilt = [&BYTES[..cut], &bytes].concat();
        let _outcome = decode("DDATA", &Birth::default(), &spoilt, ARRIVED);
    }

    #[test]
    fn every_number_comes_out_as_it_went_in(number in any::<i32>(), wide in any::<f64>()) {
        let read = values(vec![
            metric("a", 3, Held::Int(number as u32)),
            metric("b", 10, Held::Double(wide)),
        ]);
        prop_assert_eq!(&read[0], &Value::Number(f64::from(number)));
        let expected = if wide.is_finite() { Value::Number(wide) } else { NOT_FINITE };
        prop_assert_eq!(&read[1], &expected);
    }
}
