//! Tests of the `ChirpStack` codec, with events of the form of its 4.20 line.

use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);

const UP: &str = r#"{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
 "time":"2026-11-22T10:15:00.123456789+00:00",
 "deviceInfo":{"tenantId":"52f14cd4","applicationId":"17c82e96","deviceName":"well-7",
   "devEui":"24e124136b502217","deviceClassEnabled":"CLASS_A","tags":{}},
 "devAddr":"00189440","adr":true,"dr":1,"fCnt":0,"fPort":85,"confirmed":false,"data":"AXVk",
 "object":{"battery_level":92,"temperature":0,"leak":false,"position":{"x":1.5},"none":null,
   "history":[{"t":1}],"state":"normal"},
 "rxInfo":[{"gatewayId":"0016c001f153a14c","uplinkId":4217106255,"gwTime":"2026-11-22T10:15:00Z",
   "rssi":-96,"snr":8.5},{"gatewayId":"0016c001f153a14d","rssi":-110,"location":{}}],
 "txInfo":{"frequency":868500000,"modulation":{"lora":{"bandwidth":125000}}}}"#;

fn fields(event: &str, payload: &str) -> Vec<(String, Value<'static>)> {
    let decoded = decode(event, payload.as_bytes(), ARRIVED).expect("an event");
    let fields = decoded.readings.into_iter().flat_map(|reading| reading.fields);
    let owned = |value| match value {
        Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        Value::Number(number) => Value::Number(number),
        Value::Quantity(number, unit) => Value::Quantity(number, unit),
        Value::Boolean(truth) => Value::Boolean(truth),
        Value::Unusable(what) => Value::Unusable(what),
    };
    fields.map(|(name, value)| (name.into_owned(), owned(value))).collect()
}

#[test]
fn an_uplink_gives_the_fields_of_its_object_and_the_loudest_gateway() {
    let decoded = decode("up", UP.as_bytes(), ARRIVED).expect("an uplink");
    assert_eq!(decoded.readings[0].time, Timestamp(1_795_342_500_123));
    assert_eq!(decoded.readings[0].flags, Quality::GOOD);
    let expected = [
        ("battery_level", Value::Number(92.0)),
        ("history", Value::Unusable("an array")),
        ("leak", Value::Boolean(false)),
        ("position.x", Value::Number(1.5)),
        ("state", Value::Text("normal".into())),
        ("temperature", Value::Number(0.0)),
        ("rssi", Value::Quantity(-96.0, Unit::DecibelMilliwatt)),
    ];
    assert_eq!(fields("up", UP), expected.map(|(n, v)| (n.to_owned(), v)));
}

#[test]
fn what_is_zero_may_be_missing_or_null() {
    let bare = r#"{"time":null,"object":{"temperature":1},"rxInfo":[{"gatewayId":"a"}]}"#;
    let decoded = decode("up", bare.as_bytes(), ARRIVED).expect("an uplink");
    assert_eq!(decoded.readings[0].time, ARRIVED);
    assert_eq!(decoded.readings[0].flags, Quality::NO_DEVICE_TIME);
    assert_eq!(
        fields("up", bare)[1],
        ("rssi".to_owned(), Value::Quantity(0.0, Unit::DecibelMilliwatt))
    );
    for without in [r#"{"object":{"a":1},"rxInfo":[]}"#, r#"{"object":{"a":1},"rxInfo":null}"#] {
        assert_eq!(fields("up", without).len(), 1);
    }
    let older = r#"{"object":{"a":1},"rxInfo":[{"nsTime":"2026-11-22T10:14:59Z"}]}"#;
    let decoded = decode("up", older.as_bytes(), ARRIVED).expect("an uplink");
    assert_eq!(decoded.readings[0].time, Timestamp(1_795_342_499_000));
}

#[test]
fn a_payload_that_the_server_could_not_decode_is_kept_and_an_empty_one_says_nothing() {
    let undecoded = br#"{"time":"2026-11-22T10:15:00Z","data":"AXVk"}"#;
    let refused = decode("up", undecoded, ARRIVED).expect_err("no object");
    assert_eq!(refused.reason, Reason::NoKnownField);
    let silent = br#"{"time":"2026-11-22T10:15:00Z","data":""}"#;
    assert_eq!(decode("up", silent, ARRIVED), Ok(Decoded::default()));
    for event in ["join", "ack", "txack", "log", "location", "integration"] {
        assert_eq!(decode(event, b"{}", ARRIVED), Ok(Decoded::default()), "{event}");
    }
    let bad_time = br#"{"time":"yesterday","object":{"a":1}}"#;
    assert_eq!(decode("up", bad_time, ARRIVED).expect_err("refused").reason, Reason::BadTime);
}

#[test]
fn a_status_tells_the_battery_unless_there_is_none() {
    let level = r#"{"time":"2026-11-22T10:15:00Z","margin":10,"batteryLevel":75.5}"#;
    let expected = [("battery_level".to_owned(), Value::Quantity(75.5, Unit::Percent))];
    assert_eq!(fields("status", level), expected);
    for none in [r#"{"externalPowerSource":true}"#, r#"{"batteryLevelUnavailable":true}"#] {
        assert!(fields("status", none).is_empty());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        event in "up|status",
        head in "|\\{\"object\":|\\{\"rxInfo\":\\[",
    ) {
        let _outcome = decode(&event, &[head.as_bytes(), &bytes].concat(), ARRIVED);
    }
}
