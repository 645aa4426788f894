//! Tests of the HFP codec, with events as vehicles and third parties write them.

use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);
const TRAM: &str = r#"{"VP":{"desi":"5","dir":"1","oper":40,"veh":436,
  "tst":"2026-11-22T10:15:00.251Z","tsi":1795342500,"spd":5.5,"hdg":268,"lat":46.4825,
  "long":30.7233,"acc":0.11,"dl":-62,"odo":9070,"drst":0,"oday":"2026-11-22","jrn":762,"line":31,
  "start":"12:10","loc":"GPS","stop":null,"route":"1005","occu":0}}"#;

fn only(payload: &str) -> Reading<'_> {
    let decoded = decode("vp", payload.as_bytes(), ARRIVED).expect("an event");
    decoded.readings.into_iter().next().expect("a reading")
}

#[test]
fn a_position_is_read_with_its_traps() {
    let reading = only(TRAM);
    assert_eq!(reading.time, Timestamp(1_795_342_500_251));
    let expected = [
        ("lat", Value::Quantity(46.4825, Unit::Degree)),
        ("lon", Value::Quantity(30.7233, Unit::Degree)),
        ("speed", Value::Number(5.5)),
        ("bearing", Value::Quantity(268.0, Unit::Degree)),
        ("odometer", Value::Quantity(9070.0, Unit::Metre)),
        ("door", Value::Number(0.0)),
        ("delay", Value::Quantity(62.0, Unit::Second)),
        ("route", Value::Text("5".into())),
        ("direction", Value::Text("0".into())),
    ];
    assert_eq!(
        reading.fields,
        expected.map(|(n, v)| (n.into(), v)),
        "no `acc`: m/s² is no accuracy"
    );
}

#[test]
fn third_parties_write_numbers_as_texts_and_texts_as_numbers() {
    let loose = r#"{"VP":{"desi":7455,"dir":2,"oper":"51","veh":"72",
        "tst":"2026-11-22T10:15:00+00:00","spd":"35","hdg":357,"lat":"46.39","long":30.74}}"#;
    let reading = only(loose);
    assert_eq!(reading.time, Timestamp(1_795_342_500_000));
    let expected = [
        ("lat", Value::Quantity(46.39, Unit::Degree)),
        ("lon", Value::Quantity(30.74, Unit::Degree)),
        ("speed", Value::Number(35.0)),
        ("bearing", Value::Quantity(357.0, Unit::Degree)),
        ("route", Value::Text("7455".into())),
        ("direction", Value::Text("1".into())),
    ];
    assert_eq!(reading.fields, expected.map(|(n, v)| (n.into(), v)));
    let blind =
        only(r#"{"VP":{"lat":null,"long":null,"spd":"fast","dir":"3","tsi":"1795342500"}}"#);
    assert_eq!(blind.time, Timestamp(1_795_342_500_000));
    assert_eq!(blind.fields[0], ("speed".into(), crate::NOT_FINITE));
    assert!(matches!(blind.fields[1].1, Value::Unusable(_)));
    let timeless = only(r#"{"VP":{"spd":1}}"#);
    assert_eq!((timeless.time, timeless.flags), (ARRIVED, Quality::NO_DEVICE_TIME));
}

/// The value of a field of a message that says no more.
fn value_of(json: &str) -> Value<'_> {
    only(json).fields.swap_remove(0).1
}

#[test]
fn a_vehicle_behind_its_schedule_has_a_positive_delay() {
    // Of the published example: "negative values indicate lagging behind the schedule".
    let late = only(
        r#"{"VP":{"desi":"81","dir":"2","oper":22,"veh":792,"tst":"2018-04-05T17:38:36Z",
        "tsi":1522949916,"spd":0.16,"acc":0,"dl":-25,"oday":"2018-04-05","start":"20:25"}}"#,
    );
    assert_eq!(late.fields[1], ("delay".into(), Value::Quantity(25.0, Unit::Second)));
    for (dl, expected) in [("62", "-62 s"), ("\" -90 \"", "90 s"), ("0", "0 s")] {
        let json = format!(r#"{{"VP":{{"dl":{dl}}}}}"#);
        assert_eq!(value_of(&json).to_string(), expected, "{dl}");
    }
    for wrong in ["\"late\"", "[1]", "{}"] {
        let json = format!(r#"{{"VP":{{"spd":1,"dl":{wrong}}}}}"#);
        let fields = only(&json).fields;
        assert_eq!(fields[0], ("speed".into(), Value::Number(1.0)), "{wrong}");
        assert_eq!(fields[1], ("delay".into(), crate::NOT_FINITE), "{wrong}");
    }
    assert_eq!(only(r#"{"VP":{"spd":1,"dl":null}}"#).fields.len(), 1);
}

#[test]
fn what_is_no_field_of_hfp_goes_by_its_own_name() {
    let reading = only(
        r#"{"VP":{"spd":5,"fuel":41.5,"cabin":{"temp":21},"tags":[1],"nothing":null,
        "speed":99,"tlp-requestid":7,"ttarr":"2026-11-22T10:15:00Z","dr-type":1,"label":"A"}}"#,
    );
    let expected = [
        ("cabin.temp", Value::Number(21.0)),
        ("fuel", Value::Number(41.5)),
        ("speed", Value::Number(99.0)),
        ("tags", Value::Unusable("an array")),
        ("speed", Value::Number(5.0)),
    ];
    assert_eq!(reading.fields, expected.map(|(n, v)| (n.into(), v)), "HFP's own speed is the last");
    let many: Vec<String> = (0..64).map(|n| format!("\"x{n}\":1")).collect();
    let json = format!(r#"{{"VP":{{"spd":1,{}}}}}"#, many.join(","));
    let refused = decode("vp", json.as_bytes(), ARRIVED).expect_err("65 fields");
    assert_eq!(refused.reason, Reason::TooMany);
}

#[test]
fn other_events_and_other_forms_are_told_apart() {
    for event in ["due", "arr", "dep", "doo", "doc", "tlr", "upcoming"] {
        assert_eq!(decode(event, b"{}", ARRIVED), Ok(Decoded::default()), "{event}");
    }
    for (payload, reason) in [
        (&b"{"[..], Reason::NotJson),
        (b"{\"DUE\":{}}", Reason::BadElement),
        (b"{\"VP\":{}}", Reason::NoKnownField),
        (b"{\"VP\":[]}", Reason::BadElement),
        (br#"{"VP":{"oper":22,"acc":0.1,"occu":100}}"#, Reason::NoKnownField),
        (br#"{"VP":{"spd":1,"tst":"2026-11-22T10:15:00"}}"#, Reason::BadTime),
    ] {
        assert_eq!(decode("vp", payload, ARRIVED).expect_err("refused").reason, reason);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        head in "|\\{\"VP\":\\{\"(lat|tst|tsi|dir)\":",
    ) {
        let _outcome = decode("vp", &[head.as_bytes(), &bytes].concat(), ARRIVED);
    }
}
