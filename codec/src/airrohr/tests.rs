//! Tests of the airRohr codec, with a message as the firmware NRZ-2024-135 sends it.

use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);

const OWN_API: &str = r#"{"esp8266id": "12345678", "software_version": "NRZ-2024-135",
 "sensordatavalues":[
 {"value_type":"SDS_P1","value":"12.34"},{"value_type":"SDS_P2","value":"5.67"},
 {"value_type":"BME280_temperature","value":"21.50"},
 {"value_type":"BME280_pressure","value":"100912.34"},
 {"value_type":"BME280_humidity","value":"61.20"},{"value_type":"samples","value":"5009"},
 {"value_type":"signal","value":"-67"}]}"#;

fn fields(payload: &str) -> Vec<(String, Value<'_>)> {
    let decoded = decode(payload.as_bytes(), ARRIVED).expect("a message");
    assert_eq!(decoded.readings.len(), 1);
    assert_eq!(decoded.readings[0].time, ARRIVED);
    assert!(decoded.readings[0].flags.has(Quality::NO_DEVICE_TIME));
    let fields = decoded.readings.into_iter().flat_map(|reading| reading.fields);
    fields.map(|(name, value)| (name.into_owned(), value)).collect()
}

fn message(values: &[(&str, &str)]) -> String {
    let entry =
        |(name, value): &(&str, &str)| format!(r#"{{"value_type":"{name}","value":"{value}"}}"#);
    let entries: Vec<_> = values.iter().map(entry).collect();
    format!(r#"{{"sensordatavalues":[{}]}}"#, entries.join(","))
}

#[test]
fn p1_is_pm10_and_p2_is_pm25_and_pressure_comes_in_pascal() {
    let dust = Unit::MicrogramPerCubicMetre;
    let expected = [
        ("pm10", Value::Quantity(12.34, dust)),
        ("pm25", Value::Quantity(5.67, dust)),
        ("temperature", Value::Quantity(21.5, Unit::Celsius)),
        ("pressure", Value::Quantity(100_912.34, Unit::Pascal)),
        ("humidity", Value::Quantity(61.2, Unit::Percent)),
        ("samples", Value::Number(5009.0)),
        ("rssi", Value::Quantity(-67.0, Unit::DecibelMilliwatt)),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    assert_eq!(fields(OWN_API), expected);
}

#[test]
fn of_two_thermometers_the_better_one_is_the_stations() {
    let text = message(&[("temperature", "30"), ("BME280_temperature", "20"), ("humidity", "50")]);
    let expected = [
        ("DHT22_temperature", Value::Quantity(30.0, Unit::Celsius)),
        ("temperature", Value::Quantity(20.0, Unit::Celsius)),
        ("humidity", Value::Quantity(50.0, Unit::Percent)),
    ];
    assert_eq!(fields(&text), expected.map(|(n, v)| (n.to_owned(), v)));
}

#[test]
fn counts_of_particles_are_no_mass() {
    let counted = message(&[("durP1", "1"), ("ratioP1", "2"), ("P1", "300"), ("P2", "40")]);
    assert!(fields(&counted).iter().all(|(name, _)| !name.starts_with("pm")));
    let weighed = message(&[("P1", "12.3"), ("P2", "4.5")]);
    assert_eq!(fields(&weighed)[0].0, "pm10");
}

#[test]
fn what_is_no_number_is_said_and_a_form_that_is_another_is_refused() {
    let text = message(&[("SDS_P1", "nan"), ("SDS_P2", "-"), ("GPS_timestamp", "12:00")]);
    let read = fields(&text);
    assert_eq!(read[0].1, crate::NOT_FINITE);
    assert_eq!(read[1].1, crate::NOT_FINITE);
    assert_eq!(read[2].1, Value::Text("12:00".into()));
    for (payload, reason) in [
        (&b"{"[..], Reason::NotJson),
        (b"\xff", Reason::NotUtf8),
        (b"{\"esp8266id\":\"1\"}", Reason::BadElement),
        (b"{\"sensordatavalues\":[]}", Reason::BadElement),
    ] {
        assert_eq!(decode(payload, ARRIVED).expect_err("refused").reason, reason);
    }
    let many = message(&vec![("x", "1"); FIELDS_PER_READING_MAX + 1]);
    assert_eq!(decode(many.as_bytes(), ARRIVED).expect_err("refused").reason, Reason::TooMany);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _outcome = decode(&bytes, ARRIVED);
    }

    #[test]
    fn no_message_of_the_form_makes_it_panic_or_lose_a_value(
        values in prop::collection::vec(("[A-Z0-9a-z_]{0,12}", "[-0-9.a-z]{0,8}"), 1..40),
    ) {
        let pairs: Vec<_> = values.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        prop_assert_eq!(fields(&message(&pairs)).len(), values.len());
    }
}
