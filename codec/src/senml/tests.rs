//! Tests of the `SenML` codec, with the rules of RFC 8428 and packs in the manner of its examples.

use proptest::prelude::*;

use super::*;
use domain::unit::Unit;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);

fn read(payload: &[u8]) -> Decoded<'_> {
    decode(payload, ARRIVED).expect("a pack")
}

fn refused(payload: &[u8]) -> Reason {
    decode(payload, ARRIVED).expect_err("no pack").reason
}

/// The only field of the only reading.
fn value(record: &str) -> Value<'static> {
    let pack = format!(r#"[{{"n":"sensor:a",{record}}}]"#);
    let decoded = read(pack.as_bytes());
    match &decoded.readings[0].fields[0].1 {
        Value::Text(text) => Value::Text(text.clone().into_owned().into()),
        Value::Number(number) => Value::Number(*number),
        Value::Quantity(number, unit) => Value::Quantity(*number, *unit),
        Value::Boolean(truth) => Value::Boolean(*truth),
        Value::Unusable(what) => Value::Unusable(what),
    }
}

#[test]
fn base_fields_hold_until_they_are_changed() {
    let decoded = read(
        br#"[{"bn":"urn:dev:ow:10e2073a01080063:","bt":1795342500,"bu":"Cel","bv":20,
              "n":"temperature","v":1.5},
             {"n":"humidity","u":"%RH","bv":0,"v":61},
             {"n":"temperature","t":60,"v":21.5},
             {"bt":1795342620,"n":"door","vb":true}]"#,
    );
    assert!(decoded.unusable.is_empty(), "{:?}", decoded.unusable);
    let of = |at: usize| (decoded.readings[at].time.millis(), &decoded.readings[at].fields);
    let celsius = |value| Value::Quantity(value, Unit::Celsius);
    let first = vec![
        ("temperature".into(), celsius(21.5)),
        ("humidity".into(), Value::Quantity(61.0, Unit::Percent)),
    ];
    assert_eq!(of(0), (1_795_342_500_000, &first));
    assert_eq!(of(1), (1_795_342_560_000, &vec![("temperature".into(), celsius(21.5))]));
    assert_eq!(of(2), (1_795_342_620_000, &vec![("door".into(), Value::Boolean(true))]));
    assert!(decoded.readings.iter().all(|reading| reading.flags == Quality::GOOD));
}

#[test]
fn a_time_below_2_to_the_28_is_relative_to_the_arrival() {
    let time = |t: &str| {
        let pack = format!(r#"[{{"n":"a","v":1{t}}}]"#);
        let decoded = read(pack.as_bytes());
        (decoded.readings[0].time.since_ms(ARRIVED), decoded.readings[0].flags)
    };
    assert_eq!(time(""), (0, Quality::NO_DEVICE_TIME));
    assert_eq!(time(r#","t":0"#), (0, Quality::NO_DEVICE_TIME));
    assert_eq!(time(r#","t":-5.25"#), (-5_250, Quality::CLOCK));
    assert_eq!(time(r#","t":268435455"#), (268_435_455_000, Quality::CLOCK));
    let absolute = Timestamp(268_435_456_000).since_ms(ARRIVED);
    assert_eq!(time(r#","t":268435456"#), (absolute, Quality::GOOD));
    let decoded = read(br#"[{"n":"a","v":1,"t":1e300},{"n":"a","v":2}]"#);
    assert_eq!(decoded.unusable[0].reason, Reason::BadTime);
    assert_eq!(decoded.readings.len(), 1);
}

#[test]
fn units_are_the_packs_and_an_unknown_one_is_never_guessed() {
    assert_eq!(value(r#""v":0.5,"u":"m3/s""#), Value::Quantity(500.0, Unit::LitrePerSecond));
    assert_eq!(value(r#""v":100912,"u":"Pa""#), Value::Quantity(100_912.0, Unit::Pascal));
    assert_eq!(value(r#""v":1"#), Value::Number(1.0));
    assert!(matches!(value(r#""v":1,"u":"furlong""#), Value::Unusable(_)));
    assert_eq!(value(r#""vs":"5""#), Value::Text("5".into()));
    assert!(matches!(value(r#""vd":"aGk""#), Value::Unusable(_)));
    assert!(matches!(value(r#""s":5"#), Value::Unusable(_)), "a sum is an integral, no reading");
    assert_eq!(value(r#""v":2,"s":5"#), Value::Number(2.0));
}

#[test]
fn a_pack_that_has_to_be_understood_and_is_not_is_refused() {
    for (pack, reason) in [
        (&br#"{"n":"a","v":1}"#[..], Reason::BadElement),
        (b"[]", Reason::BadElement),
        (b"[{", Reason::NotJson),
        (br#"[{"bver":11,"n":"a","v":1}]"#, Reason::BadElement),
        (br#"[{"bver":9,"n":"a","v":1},{"bver":10,"n":"b","v":1}]"#, Reason::BadElement),
        (br#"[{"n":"a","v":1,"must_":1}]"#, Reason::BadElement),
        (br#"[{"n":"a","v":"1"}]"#, Reason::BadElement),
    ] {
        assert_eq!(refused(pack), reason, "{}", String::from_utf8_lossy(pack));
    }
    let many = format!("[{}]", vec![r#"{"n":"a","v":1}"#; RECORDS_MAX + 1].join(","));
    assert!(matches!(refused(many.as_bytes()), Reason::TooMany | Reason::TooLarge));
    assert_eq!(read(br#"[{"bver":10,"n":"a","v":1,"unknown":{"x":[1]}}]"#).readings.len(), 1);
}

#[test]
fn a_bad_record_is_kept_apart_with_its_place() {
    let decoded = read(
        br#"[{"n":"a","v":1},{"n":"b","v":1,"vs":"x"},{"n":"_c","v":1},{"n":"d"},{"n":"e","v":2}]"#,
    );
    let bad: Vec<_> = decoded.unusable.iter().map(|bad| (bad.element, bad.reason)).collect();
    let expected = [1, 2, 3].map(|at| (Some(at), Reason::BadElement));
    assert_eq!(bad, expected);
    assert_eq!(decoded.readings[0].fields.len(), 2);
}

#[test]
fn what_another_device_measured_is_not_taken_for_the_senders() {
    let decoded = read(
        br#"[{"bn":"urn:dev:mac:01:","n":"temperature","v":1},
             {"bn":"urn:dev:mac:02:","n":"temperature","v":2}]"#,
    );
    assert_eq!(decoded.readings[0].fields, [("temperature".into(), Value::Number(1.0))]);
    assert_eq!(decoded.unusable[0].reason, Reason::NotBound);
}

#[test]
fn cbor_gives_what_json_gives() {
    // [{-2: "dev:", -3: 1795342500, 0: "a", 1: "Cel", 2: 21.5 as a half float},
    //  {0: "b", 2: 4([-1, 615]) that is 61.5, 6: 60}, {0: "c", 3: "x"}, {0: "d", 4: true}]
    let pack = [
        &b"\x84\xa5\x21\x64dev:\x22\x1a"[..],
        &1_795_342_500_u32.to_be_bytes(),
        b"\x00\x61a\x01\x63Cel\x02\xf9\x4d\x60",
        b"\xa3\x00\x61b\x02\xc4\x82\x20\x19\x02\x67\x06\x18\x3c",
        b"\xa2\x00\x61c\x03\x61x",
        b"\xa2\x00\x61d\x04\xf5",
    ]
    .concat();
    let json = br#"[{"bn":"dev:","bt":1795342500,"n":"a","u":"Cel","v":21.5},
                    {"n":"b","v":61.5,"t":60},{"n":"c","vs":"x"},{"n":"d","vb":true}]"#;
    assert_eq!(read(&pack), read(json));
    for cut in 1..pack.len() {
        assert_eq!(refused(&pack[..cut]), Reason::BadFrame, "cut at {cut}");
    }
    assert_eq!(refused(&[&pack[..], b"\x00"].concat()), Reason::BadFrame);
    for (pack, what) in [
        (&b"\x9f\xa2\x00\x61a\x02\x01\xff"[..], "no definite length"),
        (b"\x81\xa3\x00\x61a\x02\x01\x63xy_\x01", "a label to be understood"),
        (b"\x81\xa2\x00\x61a\x02\xf9\x7c\x00", "infinity"),
        (b"\x81\xa2\x00\x61a\x02\x61x", "a text for a number"),
    ] {
        assert_eq!(refused(pack), Reason::BadElement, "{what}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0..4usize) {
        let head: &[u8] = [&b""[..], b"[{\"n\":\"a\",\"v\":", b"\x81\xa2\x00\x61a\x02", b"\x98"][head];
        let _outcome = decode(&[head, &bytes].concat(), ARRIVED);
    }

    #[test]
    fn every_record_becomes_a_field_or_is_kept_apart(
        records in prop::collection::vec((0..5u8, 0..4i64, -1e6..1e6f64), 1..100),
    ) {
        let record = |(name, t, v): &(u8, i64, f64)| format!(r#"{{"n":"f{name}","t":{t},"v":{v}}}"#);
        let pack = format!("[{}]", records.iter().map(record).collect::<Vec<_>>().join(","));
        let decoded = decode(pack.as_bytes(), ARRIVED).expect("a pack");
        let fields: usize = decoded.readings.iter().map(|reading| reading.fields.len()).sum();
        prop_assert_eq!(fields + decoded.unusable.len(), records.len());
        prop_assert!(decoded.readings.windows(2).all(|pair| pair[0].time < pair[1].time));
    }
}
