//! Tests of the native codec, with the samples of docs/WIRE.md.

use domain::limits::PAYLOAD_BYTES_MAX;
use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);

fn read(payload: &str) -> Decoded<'_> {
    decode(payload.as_bytes(), ARRIVED).expect("a message")
}

fn refused(payload: &[u8]) -> Reason {
    decode(payload, ARRIVED).expect_err("no message").reason
}

fn only(payload: &str) -> Reading<'_> {
    let decoded = read(payload);
    assert_eq!((decoded.readings.len(), decoded.unusable.len()), (1, 0), "{payload}");
    decoded.readings.into_iter().next().expect("one reading")
}

#[test]
fn the_samples_of_the_wire_are_read() {
    let reading = only(
        r#"{"ts":"2026-11-21T10:15:00Z","seq":1234,
            "values":{"pm25":12.5,"route":"5","ignition":true,"humidity":81}}"#,
    );
    assert_eq!(reading.time, Timestamp(1_795_256_100_000));
    assert_eq!(reading.flags, Quality::GOOD);
    assert_eq!(
        reading.fields.as_slice(),
        [
            ("pm25".into(), Value::Number(12.5)),
            ("route".into(), Value::Text("5".into())),
            ("ignition".into(), Value::Boolean(true)),
            ("humidity".into(), Value::Number(81.0)),
        ]
    );
    let reading = only(r#"{"ts":1795342500000,"values":{"lat":46.4825,"lon":30.7233}}"#);
    assert_eq!(reading.time, Timestamp(1_795_342_500_000));
}

#[test]
fn the_common_case_borrows_from_the_payload() {
    let reading = only(r#"{"ts":1795342500000,"values":{"route":"5"}}"#);
    assert!(matches!(reading.fields[0], (Cow::Borrowed(_), Value::Text(Cow::Borrowed(_)))));
    let reading = only(r#"{"values":{"r\u006fute":"п\u0027ять"}}"#);
    assert_eq!(reading.fields[0], ("route".into(), Value::Text("п'ять".into())));
}

#[test]
fn times_are_read_and_what_was_guessed_is_flagged() {
    let of = |ts: &str| {
        let payload = format!(r#"{{"ts":{ts},"values":{{"a":1}}}}"#);
        let decoded = decode(payload.as_bytes(), ARRIVED).expect("a message");
        match decoded.readings.first() {
            Some(reading) => Ok((reading.time.millis(), reading.flags)),
            None => Err(decoded.unusable[0].reason),
        }
    };
    assert_eq!(of("1795342500"), Ok((1_795_342_500_000, Quality::CLOCK)));
    assert_eq!(of("1795342500.25"), Ok((1_795_342_500_250, Quality::CLOCK)));
    assert_eq!(of("1795342500000.0"), Ok((1_795_342_500_000, Quality::GOOD)));
    assert_eq!(of(r#""2026-11-21T12:15:00+02:00""#), Ok((1_795_256_100_000, Quality::GOOD)));
    assert_eq!(of("null"), Ok((ARRIVED.millis(), Quality::NO_DEVICE_TIME)));
    for bad in [r#""2026-11-21T10:15:00""#, r#""today""#, "true", "[1]", "1e300", "{}"] {
        assert_eq!(of(bad), Err(Reason::BadTime), "{bad}");
    }
    assert_eq!(only(r#"{"values":{"a":1}}"#).flags, Quality::NO_DEVICE_TIME);
}

#[test]
fn good_elements_are_kept_and_bad_ones_named_by_their_index() {
    let decoded = read(
        r#"[{"ts":1795342500000,"values":{"a":1}}, 5, {"ts":1795342500001,"values":[]},
            {"ts":1795342500002}, {"ts":"2026-11-21T10:15:00","values":{"a":1}},
            {"ts":1795342500003,"values":{"a":1e999}}, {"ts":1795342500004,"values":{"a":2}}]"#,
    );
    let kept: Vec<_> = decoded.readings.iter().map(|r| r.element).collect();
    assert_eq!(kept, [Some(0), Some(6)]);
    let bad: Vec<_> = decoded.unusable.iter().map(|u| (u.element, u.reason)).collect();
    let element = Reason::BadElement;
    assert_eq!(
        bad,
        [
            (Some(1), element),
            (Some(2), element),
            (Some(3), element),
            (Some(4), Reason::BadTime),
            (Some(5), element),
        ]
    );
}

#[test]
fn a_value_that_is_none_of_ours_spoils_only_itself() {
    let reading = only(r#"{"ts":1795342500000,"values":{"a":1,"b":[1,2],"c":{"d":1},"e":null}}"#);
    assert_eq!(
        reading.fields.as_slice(),
        [
            ("a".into(), Value::Number(1.0)),
            ("b".into(), Value::Unusable("an array")),
            ("c".into(), Value::Unusable("an object")),
        ]
    );
}

#[test]
fn what_is_no_message_is_refused_with_its_reason() {
    assert_eq!(refused(b"\xff\xfe"), Reason::NotUtf8);
    assert_eq!(refused(b""), Reason::NotJson);
    assert_eq!(refused(b"{\"values\":{\"a\":1}"), Reason::NotJson);
    assert_eq!(refused(b"[{\"values\":{\"a\":1}},"), Reason::NotJson);
    assert_eq!(refused(b"5"), Reason::BadElement);
    assert_eq!(refused(b"[]"), Reason::BadElement);
    assert_eq!(refused(&vec![b' '; PAYLOAD_BYTES_MAX + 1]), Reason::TooLarge);
    let many = format!("[{}]", vec!["0"; READINGS_PER_MESSAGE_MAX + 1].join(","));
    assert_eq!(refused(many.as_bytes()), Reason::TooMany);
    let deep = "[".repeat(100_000);
    assert_eq!(refused(deep.as_bytes()), Reason::NotJson);
}

#[test]
fn readings_of_one_frame_never_share_a_time_unless_they_are_the_same() {
    let decoded = read(
        r#"[{"ts":1795342500000,"values":{"a":1}},{"ts":1795342500000,"values":{"a":2}},
            {"ts":1795342500001,"values":{"a":3}},{"ts":1795342500000,"values":{"a":1}}]"#,
    );
    let times: Vec<_> =
        decoded.readings.iter().map(|r| (r.time.millis() - 1_795_342_500_000, r.flags)).collect();
    let (good, moved) = (Quality::GOOD, Quality::CLOCK);
    assert_eq!(times, [(0, good), (1, moved), (2, moved), (0, good)]);
}

#[test]
fn thousands_of_equal_times_are_separated_quickly() {
    let elements: Vec<_> = (0..READINGS_PER_MESSAGE_MAX)
        .map(|n| format!(r#"{{"ts":1e12,"values":{{"a":{n}}}}}"#))
        .collect();
    let payload = format!("[{}]", elements.join(","));
    let payload = &payload[..payload.len().min(PAYLOAD_BYTES_MAX)];
    let whole = &payload[..=payload.rfind("},{").expect("elements")];
    let text = format!("{whole}]");
    let decoded = read(&text);
    let last = decoded.readings.last().expect("readings");
    assert_eq!(last.time.millis(), 1_000_000_000_000 + decoded.readings.len() as i64 - 1);
}

#[test]
fn readings_at_the_end_of_time_are_separated_in_finite_time() {
    let reading = |n: i32| Reading {
        element: None,
        time: Timestamp(i64::MAX),
        flags: Quality::GOOD,
        fields: vec![("a".into(), Value::Number(n.into()))],
    };
    let mut readings = [reading(1), reading(2), reading(3)];
    crate::separate(&mut readings);
    assert!(readings.iter().all(|r| r.time == Timestamp(i64::MAX)));
}

proptest! {
    #[test]
    fn no_bytes_make_it_fall_over(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&payload, ARRIVED);
    }

    #[test]
    fn no_text_that_looks_like_ours_makes_it_fall_over(
        payload in r#"[\[\]{}:,"a-z0-9.\\ ]{0,80}"#,
    ) {
        let _ = decode(payload.as_bytes(), ARRIVED);
    }

    #[test]
    fn every_finite_number_comes_back_bit_by_bit(value in prop::num::f64::NORMAL) {
        let payload = format!(r#"{{"ts":1795342500000,"values":{{"a":{value:?}}}}}"#);
        let decoded = decode(payload.as_bytes(), ARRIVED).expect("a message");
        prop_assert_eq!(&decoded.readings[0].fields[0].1, &Value::Number(value));
    }
}
