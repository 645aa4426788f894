use proptest::prelude::*;

use super::*;

/// 2026-11-22T10:15:00Z, 12:15 in Kyiv.
const ARRIVED: Timestamp = Timestamp(1_795_342_500_000);

const SENSOR: &str = r#"{"Time":"2026-11-22T12:14:58","ENERGY":{
    "TotalStartTime":"2026-01-01T00:00:00","Total":3.185,"Yesterday":2.001,"Today":0,
    "Power":61,"ApparentPower":74,"ReactivePower":[1,2],"Factor":0.82,"Voltage":230,
    "Current":null},"Switch":{"a/b":"ON"}}"#;

/// The state of a leak sensor, as `Zigbee2MQTT` tells it.
const LEAK: &str = r#"{"water_leak":true,"tamper":false,"battery":97,"battery_low":false,
    "voltage":3000,"linkquality":120,"last_seen":"2026-11-22T12:14:59+02:00"}"#;

fn profile(fields: &str) -> Profile {
    let text = format!(
        "id = \"any\"\nkind = \"light\"\ntitle_uk = \"А\"\ntitle_en = \"A\"\n\
         regime = \"periodic\"\ninterval_s = 300\nstamp = \"instant\"\nfields = [{fields}]"
    );
    store::profile_file::parse(&text).expect("a profile")
}

fn plug() -> Profile {
    profile(
        "{ name = \"power\", pointer = \"/ENERGY/Power\" },
         { name = \"current\", pointer = \"/ENERGY/ReactivePower/1\", unit = \"A\" },
         { name = \"contactor\", pointer = \"/Switch/a~1b\" },
         { name = \"voltage\", pointer = \"/ENERGY\" }",
    )
}

fn only<'a>(decoded: &'a Decoded<'_>, name: &str) -> Option<&'a Value<'a>> {
    let reading = decoded.readings.first()?;
    reading.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

#[test]
fn fields_are_found_by_their_pointers_and_the_rest_goes_by_its_own() {
    let mut map = plug();
    map.fields.retain(|field| field.name != "voltage");
    let decoded = tasmota("SENSOR", &map, SENSOR.as_bytes(), ARRIVED).expect("readable");
    assert_eq!(only(&decoded, "power"), Some(&Value::Number(61.0)));
    assert_eq!(only(&decoded, "current"), Some(&Value::Number(2.0)));
    assert_eq!(only(&decoded, "contactor"), Some(&Value::Boolean(true)));
    assert_eq!(only(&decoded, "/ENERGY/Today"), Some(&Value::Number(0.0)));
    assert_eq!(only(&decoded, "/ENERGY/Current"), None, "null is no value");
    assert_eq!(only(&decoded, "/Time"), None);
    assert_eq!(decoded.readings[0].fields.len(), 11);
}

#[test]
fn a_field_whose_pointer_meets_an_object_has_no_usable_value() {
    let decoded = tasmota("SENSOR", &plug(), SENSOR.as_bytes(), ARRIVED).expect("readable");
    assert_eq!(only(&decoded, "voltage"), Some(&Value::Unusable("an object")));
}

#[test]
fn tasmotas_time_is_that_of_kyiv_and_one_that_is_not_now_is_flagged() {
    for (time, expected, flags) in [
        ("2026-11-22T12:14:58", "2026-11-22T10:14:58Z", Quality::GOOD),
        ("2026-11-22T10:14:58Z", "2026-11-22T10:14:58Z", Quality::GOOD),
        ("2026-11-22T10:14:58", "2026-11-22T08:14:58Z", Quality::CLOCK),
        ("1970-01-01T03:00:10", "1970-01-01T00:00:10Z", Quality::CLOCK),
    ] {
        let payload = format!(r#"{{"Time":"{time}","ENERGY":{{"Power":61}}}}"#);
        let decoded = tasmota("SENSOR", &plug(), payload.as_bytes(), ARRIVED).expect("readable");
        let reading = &decoded.readings[0];
        assert_eq!((reading.time.to_string().as_str(), reading.flags), (expected, flags));
    }
    let untimed = tasmota("SENSOR", &plug(), b"{}", ARRIVED).expect("readable");
    assert_eq!(untimed.readings[0].flags, Quality::NO_DEVICE_TIME);
    for time in ["\"noon\"", "7"] {
        let payload = format!(r#"{{"Time":{time}}}"#);
        let refused = tasmota("SENSOR", &plug(), payload.as_bytes(), ARRIVED);
        assert_eq!(refused.expect_err("no time").reason, Reason::BadTime);
    }
}

#[test]
fn zigbee2mqtt_says_when_it_saw_the_device_last_in_any_of_its_settings() {
    let map = profile(
        "{ name = \"leak\", pointer = \"/water_leak\" }, { name = \"tamper\" },
         { name = \"battery_level\", pointer = \"/battery\" },
         { name = \"battery\", pointer = \"/voltage\", unit = \"mV\" }",
    );
    let decoded = zigbee2mqtt("", &map, LEAK.as_bytes(), ARRIVED).expect("readable");
    assert_eq!(only(&decoded, "leak"), Some(&Value::Boolean(true)));
    assert_eq!(only(&decoded, "tamper"), Some(&Value::Boolean(false)), "by its name");
    assert_eq!(only(&decoded, "battery_level"), Some(&Value::Number(97.0)));
    assert_eq!(only(&decoded, "battery"), Some(&Value::Number(3000.0)), "the profile's mV");
    assert_eq!(decoded.readings[0].time, ARRIVED.plus_ms(-1000));
    for (last_seen, flags) in [
        (format!("{}", ARRIVED.millis()), Quality::GOOD),
        ("null".to_owned(), Quality::NO_DEVICE_TIME),
    ] {
        let payload = format!(r#"{{"tamper":true,"last_seen":{last_seen}}}"#);
        let decoded = zigbee2mqtt("", &map, payload.as_bytes(), ARRIVED).expect("readable");
        assert_eq!((decoded.readings[0].time, decoded.readings[0].flags), (ARRIVED, flags));
    }
    let local = zigbee2mqtt("", &map, br#"{"last_seen":"2026-11-22T12:15:00"}"#, ARRIVED);
    assert_eq!(local.expect_err("no offset").reason, Reason::BadTime);
}

#[test]
fn a_sensor_of_esphome_says_one_value_without_a_time() {
    let map = profile(
        "{ name = \"kitchen_temperature\", property = \"temperature\" },
         { name = \"contactor\", pointer = \"/relay\" }",
    );
    let read = |sensor: &str, state: &'static str| {
        let decoded = esphome(sensor, &map, state.as_bytes(), ARRIVED).expect("readable");
        let reading = decoded.readings.into_iter().next().expect("a reading");
        assert_eq!((reading.time, reading.flags), (ARRIVED, Quality::NO_DEVICE_TIME));
        let [field] = <[_; 1]>::try_from(reading.fields).expect("one field");
        field
    };
    let celsius = Value::Number(21.5);
    assert_eq!(read("kitchen_temperature", "21.50"), ("kitchen_temperature".into(), celsius));
    assert_eq!(read("relay", "ON"), ("contactor".into(), Value::Boolean(true)));
    assert_eq!(read("relay", "OFF\n"), ("contactor".into(), Value::Boolean(false)));
    assert_eq!(read("uptime", "1e3"), ("/uptime".into(), Value::Number(1000.0)));
    assert_eq!(
        read("firmware", "2026.11.1"),
        ("/firmware".into(), Value::Text("2026.11.1".into()))
    );
    for silent in ["nan", "NaN", "", " "] {
        let decoded = esphome("relay", &map, silent.as_bytes(), ARRIVED);
        assert_eq!(decoded, Ok(Decoded::default()), "{silent:?}");
    }
    let refused = esphome("relay", &map, b"-inf", ARRIVED).expect_err("no number");
    assert_eq!(refused.reason, Reason::BadValue);
}

#[test]
fn messages_that_carry_no_readings_are_read_as_none() {
    let none = Ok(Decoded::default());
    assert_eq!(tasmota("LWT", &plug(), b"Online", ARRIVED), none);
    assert_eq!(tasmota("STATE", &plug(), b"{}", ARRIVED), none);
    assert_eq!(zigbee2mqtt("availability", &plug(), b"online", ARRIVED), none);
}

#[test]
fn a_payload_that_is_no_object_or_too_wide_is_refused_as_a_whole() {
    let refused = |payload: &str| {
        zigbee2mqtt("", &plug(), payload.as_bytes(), ARRIVED).expect_err("refused").reason
    };
    assert_eq!(refused("online"), Reason::NotJson);
    assert_eq!(refused("[1]"), Reason::BadElement);
    let wide = format!(r#"{{"a":[{}]}}"#, ["0"; FIELDS_PER_READING_MAX + 1].join(","));
    assert_eq!(refused(&wide), Reason::TooMany);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        head in "|\\{\"Time\":|\\{\"last_seen\":|\\{\"ENERGY\":\\{\"Power\":",
    ) {
        let payload = [head.as_bytes(), &bytes].concat();
        let _outcome = tasmota("SENSOR", &plug(), &payload, ARRIVED);
        let _outcome = zigbee2mqtt("", &plug(), &payload, ARRIVED);
    }

    #[test]
    fn each_leaf_is_told_once_by_its_own_pointer(
        leaves in prop::collection::btree_map("[a-z~/]{1,6}", -1e9..1e9_f64, 0..20),
    ) {
        let leaves: Map<String, Json> =
            leaves.into_iter().map(|(key, number)| (key, number.into())).collect();
        let object = Json::Object([("x".to_owned(), Json::Object(leaves.clone()))].into_iter().collect());
        let payload = object.to_string();
        let decoded = zigbee2mqtt("", &plug(), payload.as_bytes(), ARRIVED).expect("readable");
        let fields = &decoded.readings[0].fields;
        prop_assert_eq!(fields.len(), leaves.len());
        for (pointer, value) in fields {
            let number = object.pointer(pointer).and_then(Json::as_f64).map(Value::Number);
            prop_assert_eq!(number.as_ref(), Some(value));
        }
    }
}
