//! Tests of the topics, and of foreign formats on their way through the embedded broker.

use super::*;
use crate::testing::{City, Client, Login, MQTT_5, NOW, Running, topic};

const LEAK: &str = "own:test,Власник,,";

/// The test city with a `LoRaWAN` server `lora` that speaks for `well-1` and not for `well-2`.
async fn started() -> Running {
    let mut city = City::new();
    city.import(
        "gateway,external_id,object",
        &[
            "lora,odesa,gateway,gateway,LoRaWAN,,,own:test,Власник,,,,,",
            &format!("well-1,odesa,water,leak-sensor,К 1,46.4,30.7,{LEAK},lora,24e124136b502217,"),
            &format!("well-2,odesa,water,leak-sensor,К 2,46.4,30.7,{LEAK},,0004a30b001c0530,"),
        ],
    );
    city.start().await
}

fn uplink(object: &str) -> String {
    let time = NOW.plus_ms(-1_000);
    format!(r#"{{"time":"{time}","fPort":85,"data":"AXVk","object":{object}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uplink_of_a_lorawan_server_is_stored_for_the_devices_bound_to_it() {
    let running = started().await;
    let mut server = running.client(MQTT_5, "lora").await;
    let chirpstack = |eui: &str, event: &str| format!("application/1/device/{eui}/event/{event}");
    let leak = uplink(r#"{"leak":true,"battery_level":0,"snowfall":1}"#);
    let bound = chirpstack("24E124136B502217", "up");
    assert_eq!(server.publish(&bound, leak.clone()).await, Some(0));
    assert_eq!(server.publish(&chirpstack("24e124136b502217", "join"), "{}").await, Some(0));
    let foreign = chirpstack("0004a30b001c0530", "up");
    assert_eq!(server.publish(&foreign, leak.clone()).await, Some(0), "kept, so acknowledged");
    let unknown = chirpstack("ffffffffffffffff", "up");
    assert_eq!(server.publish(&unknown, leak.clone()).await, Some(0));
    let of_stack = r#"{"end_device_ids":{"device_id":"well","dev_eui":"24E124136B502217"},
        "uplink_message":{"decoded_payload":{"temperature":4.5},
        "received_at":"2026-11-22T10:14:00Z"}}"#;
    assert_eq!(server.publish("v3/leaks@ttn/devices/well/up", of_stack).await, Some(0));
    assert_eq!(running.city.values("well-1", "leak"), [1.0]);
    assert_eq!(running.city.values("well-1", "battery_level"), [0.0], "zero is a value");
    assert_eq!(running.city.values("well-1", "temperature"), [4.5]);
    assert!(running.city.values("well-2", "leak").is_empty());
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::NotBound, Reason::UnknownDevice]);
    let kept = city.quarantine();
    assert_eq!(
        (kept[0].device.as_str(), kept[0].payload.as_slice()),
        ("0004a30b001c0530", leak.as_bytes())
    );
    let tally = city.tally("well-1");
    assert_eq!((tally.received, tally.stored, tally.unknown_field), (4, 3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tram_that_speaks_hfp_is_found_by_operator_and_number() {
    let mut city = City::new();
    city.import(
        "gateway,external_id,object",
        &[
            "depot,odesa,gateway,gateway,Депо,,,own:test,Власник,,,,,",
            "tram-2,odesa,vehicle,gps-tracker,Трамвай 2,,,own:test,Власник,,,depot,40/436,",
        ],
    );
    let running = city.start().await;
    let mut depot = running.client(MQTT_5, "depot").await;
    let topic = |time: &str, event: &str| {
        format!("/hfp/v2/journey/{time}/{event}/tram/0040/00436/5/1/Аркадія/12:10/1/4/46;30/47/82")
    };
    let event = r#"{"VP":{"desi":"5","dir":"1","tst":"2026-11-22T10:14:00Z","spd":5.5,"hdg":268,
        "lat":46.4825,"long":30.7233,"odo":9070,"dl":-62,"oper":40,"occu":0,"fuel":41.5}}"#;
    assert_eq!(depot.publish(&topic("ongoing", "vp"), event).await, Some(0));
    assert_eq!(depot.publish(&topic("upcoming", "vp"), event).await, Some(0));
    assert_eq!(depot.publish(&topic("ongoing", "doo"), "{}").await, Some(0));
    assert_eq!(running.city.values("tram-2", "speed"), [5.5]);
    assert_eq!(running.city.values("tram-2", "odometer"), [9.07], "in km");
    assert_eq!(running.city.values("tram-2", "delay"), [62.0], "late, as `dl` below zero says");
    // Beside good fields one that is no number is put aside.
    let next = event.replace("10:14:00", "10:14:01").replace("-62", "\"late\"");
    assert_eq!(depot.publish(&topic("ongoing", "vp"), next).await, Some(0));
    let city = running.stop().await;
    let tally = city.tally("tram-2");
    // Line and direction hold since the first message; nobody knows the fuel.
    assert_eq!((tally.stored, tally.duplicate, tally.unknown_field), (8 + 5, 2, 2));
    assert_eq!(city.reasons(), [Reason::BadValue]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_nobodys_gateway_may_not_publish_for_a_format() {
    let running = started().await;
    let mut device = running.client(MQTT_5, "well-2").await;
    let own = "application/1/device/0004a30b001c0530/event/up";
    assert_eq!(device.publish(own, uplink(r#"{"leak":true}"#)).await, Some(0x87));
    let senml = topic("water", "well-2", "senml");
    let pack = r#"[{"bn":"urn:dev:mac:1:","n":"pressure_water","u":"Pa","v":400000,"t":-5}]"#;
    assert_eq!(device.publish(&senml, pack).await, Some(0), "SenML is a device's own");
    assert_eq!(running.city.values("well-2", "pressure_water"), [4.0], "in bar");
    let other = topic("water", "well-1", "senml");
    assert_eq!(device.publish(&other, pack).await, Some(0x87));
    let wrong = r#"[{"n":"pressure_water","u":"Cel","v":4}]"#;
    assert_eq!(device.publish(&senml, wrong).await, Some(0));
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::BadValue], "degrees are no pressure");
}

/// `Zigbee2MQTT` says by its will that it is gone, and publishes much that carries no readings.
#[tokio::test(flavor = "multi_thread")]
async fn meters_and_sensors_behind_a_home_gateway_are_read_by_the_maps_of_their_profiles() {
    let mut city = City::new();
    city.import(
        "gateway,external_id,object",
        &[
            "hub,odesa,air,zigbee-climate,Концентратор,46.4,30.7,own:test,Власник,,,,,-",
            "hall,odesa,air,zigbee-climate,Зала,46.4,30.7,own:test,Власник,,,hub,school-4/hall,",
            "meter,odesa,light,tasmota-plug,Лічильник,46.4,30.7,own:test,Власник,,,hub,cabinet_7,",
        ],
    );
    let running = city.start().await;
    let mut login = Login::new(MQTT_5, "hub", &running.city.tokens["hub"]);
    login.will_topic = Some("zigbee2mqtt/hall".to_owned());
    let (_, refused) = Client::connect(running.address(), &login).await;
    assert_ne!(refused.reason(), 0, "readings are no will");
    login.will_topic = Some("zigbee2mqtt/bridge/state".to_owned());
    let (mut hub, answer) = Client::connect(running.address(), &login).await;
    assert_eq!(answer.reason(), 0);
    let climate = r#"{"battery":88,"voltage":2900,"temperature":19.5,"humidity":null,
        "linkquality":77,"last_seen":"2026-11-22T12:14:00+02:00"}"#;
    let energy = r#"{"Time":"2026-11-22T12:14:00","ENERGY":{"Total":3.185,"Power":61,
        "Factor":"high"}}"#;
    for (topic, payload) in [
        ("zigbee2mqtt/bridge/state", r#"{"state":"online"}"#),
        ("zigbee2mqtt/School-4/Hall/availability", r#"{"state":"online"}"#),
        ("zigbee2mqtt/School-4/Hall", climate),
        ("tele/cabinet_7/LWT", "Online"),
        ("tele/cabinet_7/SENSOR", energy),
        ("zigbee2mqtt/attic", climate),
    ] {
        assert_eq!(hub.publish(topic, payload).await, Some(0), "{topic}");
    }
    assert_eq!(running.city.values("hall", "temperature"), [19.5]);
    assert_eq!(running.city.values("hall", "battery_level"), [88.0]);
    assert_eq!(running.city.values("hall", "battery"), [2.9], "in volts");
    assert_eq!(running.city.values("meter", "energy"), [3185.0], "in Wh");
    let power = running.city.stored("meter", "power");
    assert_eq!((power[0].time, power[0].value), (NOW.plus_ms(-60_000), 61.0));
    let city = running.stop().await;
    assert_eq!(city.reasons(), [Reason::BadValue, Reason::UnknownDevice]);
    let tally = city.tally("hall");
    assert_eq!((tally.received, tally.stored, tally.unknown_field), (4, 3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_with_esphome_speaks_for_itself_and_for_nobody_else() {
    let mut city = City::new();
    let place = "46.4,30.7,own:test,Власник,,";
    city.import(
        "gateway,external_id,object",
        &[
            &format!("post-7,odesa,air,zigbee-climate,Пост 7,{place},,,"),
            &format!("post-8,odesa,air,zigbee-climate,Пост 8,{place},,yard/post_8,"),
        ],
    );
    let running = city.start().await;
    let mut login = Login::new(MQTT_5, "post-7", &running.city.tokens["post-7"]);
    login.will_topic = Some("yard/post_8/status".to_owned());
    let (_, refused) = Client::connect(running.address(), &login).await;
    assert_ne!(refused.reason(), 0, "the will of another");
    login.will_topic = Some("post-7/status".to_owned());
    let (mut post, answer) = Client::connect(running.address(), &login).await;
    assert_eq!(answer.reason(), 0);
    for (topic, payload) in [
        ("post-7/status", "online"),
        ("post-7/sensor/temperature/state", "21.50"),
        ("post-7/sensor/humidity/state", "nan"),
        ("post-7/sensor/uptime/state", "3600"),
    ] {
        assert_eq!(post.publish(topic, payload).await, Some(0), "{topic}");
    }
    assert_eq!(post.publish("yard/post_8/sensor/humidity/state", "55").await, Some(0x87));
    let mut other = running.client(MQTT_5, "post-8").await;
    assert_eq!(other.publish("yard/post_8/sensor/humidity/state", "55").await, Some(0));
    assert_eq!(running.city.values("post-7", "temperature"), [21.5]);
    assert_eq!(running.city.values("post-8", "humidity"), [55.0]);
    let flags = running.city.stored("post-7", "temperature")[0].quality;
    assert!(flags.has(domain::Quality::NO_DEVICE_TIME));
    let city = running.stop().await;
    assert!(city.reasons().is_empty());
    let tally = city.tally("post-7");
    assert_eq!(
        (tally.received, tally.stored, tally.unknown_field),
        (2, 1, 1),
        "`uptime` is unknown"
    );
}

#[test]
fn each_topic_names_its_format_and_its_device() {
    for (topic, format, device) in [
        ("obrii/v1/odesa/air/air-01/telemetry", Format::Native, "air-01"),
        ("obrii/v1/odesa/air/air-01/senml", Format::Senml, "air-01"),
        ("application/1/device/24e124/event/up", Format::Chirpstack, "24e124"),
        ("v3/leaks@ttn/devices/well-7/up", Format::ThingsStack, "well-7"),
        ("v3/leaks@ttn/devices/well-7/down/ack", Format::ThingsStack, "well-7"),
        ("airrohr/esp8266-1", Format::Airrohr, "esp8266-1"),
        ("teltonika/356307042441013", Format::Teltonika, "356307042441013"),
        ("wialon/356307042441013", Format::Wialon, "356307042441013"),
        ("tele/cabinet_7/SENSOR", Format::Tasmota, "cabinet_7"),
        ("post-7/sensor/outdoor_pm25/state", Format::Esphome, "post-7"),
        ("school/hall/binary_sensor/door/state", Format::Esphome, "school/hall"),
        ("post-7/status", Format::Esphome, "post-7"),
        ("spBv1.0/Odesa/NBIRTH/Cabinet", Format::Sparkplug, "Odesa/Cabinet"),
        ("spBv1.0/Odesa/DDATA/Cabinet/Meter", Format::Sparkplug, "Odesa/Cabinet/Meter"),
        ("zigbee2mqtt/school/hall", Format::Zigbee2Mqtt, "school/hall"),
        ("zigbee2mqtt/school/hall/availability", Format::Zigbee2Mqtt, "school/hall"),
        ("zigbee2mqtt/bridge/devices", Format::Zigbee2Mqtt, ""),
        (
            "/hfp/v2/journey/ongoing/vp/tram/0040/00436/1003/1/Люстдорф/12:50/x",
            Format::Hfp,
            "40/436",
        ),
        ("hfp/v2/deadrun/ongoing/vp/trolleybus/7/52", Format::Hfp, "7/52"),
    ] {
        let route = Route::of(topic).expect("a topic");
        assert_eq!((route.format, route.device.as_ref()), (format, device), "{topic}");
    }
    for topic in [
        "",
        "obrii/v1/odesa/air/air-01/command",
        "obrii/v1/odesa/air",
        "application/1/device/24e124/command/down",
        "application/1/device//event/up",
        "tele//SENSOR",
        "sensor/outdoor_pm25/state",
        "/sensor/outdoor_pm25/state",
        "post-7/switch/relay/state",
        "post-7/sensor//state",
        "post-7/sensor/outdoor_pm25/command",
        "/status",
        "status",
        "spBv1.0/Odesa/NCMD/Cabinet",
        "spBv1.0/Odesa/DDATA/Cabinet",
        "spBv1.0/Odesa/NDATA/Cabinet/Meter",
        "spBv1.0/STATE/scada",
        "zigbee2mqtt/",
        "zigbee2mqtt/school/hall/set",
        "airrohr/a/b",
        "/hfp/v2/journey/ongoing/vp/tram/x/00436/1003",
        "application/+/device/24e124/event/up",
        "v3/leaks@ttn/devices/well-7",
    ] {
        assert_eq!(Route::of(topic).expect_err(topic).reason, Reason::TopicMismatch);
    }
}
