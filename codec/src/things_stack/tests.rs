//! Tests of the codec of The Things Stack, with uplinks of its v3 form.

use proptest::prelude::*;

use super::*;
use crate::Value;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);

const UP: &str = r#"{"end_device_ids":{"device_id":"well-7","application_ids":{"application_id":"leaks"},
  "dev_eui":"0004A30B001C0530","join_eui":"800000000000000C","dev_addr":"00BCB929"},
 "correlation_ids":["as:up:01"],"received_at":"2026-11-22T10:15:00.500Z",
 "uplink_message":{"session_key_id":"AXA50","f_port":1,"frm_payload":"AXVc",
  "decoded_payload":{"battery_level":92,"leak":true},
  "rx_metadata":[{"gateway_ids":{"gateway_id":"g1"},"time":"2026-11-22T10:14:59.900Z","rssi":-35},
   {"gateway_ids":{"gateway_id":"g2"},"time":"2026-11-22T10:14:59.800Z","rssi":-70},
   {"gateway_ids":{"gateway_id":"g3"},"time":"1980-01-06T00:00:00Z"}],
  "settings":{"frequency":"868300000"},"received_at":"2026-11-22T10:15:00.200Z"}}"#;

fn only(payload: &str) -> Reading<'_> {
    let decoded = decode("up", payload.as_bytes(), ARRIVED).expect("an uplink");
    decoded.readings.into_iter().next().expect("a reading")
}

#[test]
fn the_earliest_gateway_with_a_plausible_clock_tells_the_time() {
    let reading = only(UP);
    assert_eq!(reading.time, Timestamp(1_795_342_499_800));
    let silent = UP.replace("\"time\"", "\"timing\"");
    assert_eq!(only(&silent).time, Timestamp(1_795_342_500_200), "the server's, without it");
    let bare = r#"{"uplink_message":{"decoded_payload":{"a":1}}}"#;
    assert_eq!((only(bare).time, only(bare).flags), (ARRIVED, Quality::NO_DEVICE_TIME));
}

#[test]
fn the_decoded_payload_and_the_loudest_gateway_are_the_fields() {
    let expected = [
        ("battery_level".into(), Value::Number(92.0)),
        ("leak".into(), Value::Boolean(true)),
        // A gateway without `rssi` heard it with 0 dBm: zero is left out of every message.
        ("rssi".into(), Value::Quantity(0.0, Unit::DecibelMilliwatt)),
    ];
    assert_eq!(only(UP).fields, expected);
    let heard = UP.replace("\"1980-01-06T00:00:00Z\"", "\"1980-01-06T00:00:00Z\",\"rssi\":-90");
    assert_eq!(only(&heard).fields[2].1, Value::Quantity(-35.0, Unit::DecibelMilliwatt));
    assert_eq!(dev_eui(UP.as_bytes()).as_deref(), Some("0004A30B001C0530"));
    assert_eq!(dev_eui(b"{}"), None);
}

#[test]
fn what_is_no_measurement_is_not_taken_for_one() {
    fn of(payload: &str) -> Result<Decoded<'_>, Reason> {
        decode("up", payload.as_bytes(), ARRIVED).map_err(|unusable| unusable.reason)
    }
    let simulated = UP.replace("\"correlation_ids\"", "\"simulated\":true,\"correlation_ids\"");
    assert_eq!(of(&simulated), Err(Reason::BadElement));
    assert_eq!(of("{}"), Err(Reason::BadElement));
    let undecoded = r#"{"uplink_message":{"frm_payload":"AXVc"}}"#;
    assert_eq!(of(undecoded), Err(Reason::NoKnownField));
    assert_eq!(of(r#"{"uplink_message":{"f_port":1}}"#), Ok(Decoded::default()));
    for event in ["join", "down", "service", "location"] {
        assert_eq!(decode(event, b"{}", ARRIVED), Ok(Decoded::default()), "{event}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        head in "|\\{\"uplink_message\":\\{\"decoded_payload\":",
    ) {
        let payload = [head.as_bytes(), &bytes].concat();
        let _outcome = (decode("up", &payload, ARRIVED), dev_eui(&payload));
    }
}
