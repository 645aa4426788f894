//! What has to hold of whatever a device sends: the codecs by name, and one check for all of them.
//! The fuzzer feeds it, and so does a test that knows the seeds.

use codec::checksum::crc16;
use codec::teltonika::{HEAD_BYTES, TAIL_BYTES};
use codec::{Decoded, Unusable, Value};
use codec::{
    airrohr, chirpstack, hfp, mapped, native, senml, sparkplug, teltonika, things_stack, wialon,
};
use domain::Timestamp;
use domain::limits::{FIELDS_PER_READING_MAX, PAYLOAD_BYTES_MAX, READINGS_PER_MESSAGE_MAX};
use domain::profile::{Field, Kind, Profile, Regime, Stamp};
use domain::unit::{Conversion, Unit};

/// 2026-11-22T10:15:00Z.
const ARRIVED: Timestamp = Timestamp(1_795_342_500_000);

/// Reads a payload by one of the codecs.
pub type Read = for<'p> fn(&Profile, &'p [u8]) -> Result<Decoded<'p>, Unusable>;

/// The codecs, by the names of the folders of their seeds.
pub const CODECS: [(&str, Read); 13] = [
    ("airrohr", |_, payload| airrohr::decode(payload, ARRIVED)),
    ("chirpstack-status", |_, payload| chirpstack::decode("status", payload, ARRIVED)),
    ("chirpstack-up", |_, payload| chirpstack::decode("up", payload, ARRIVED)),
    ("esphome", |profile, payload| mapped::esphome("power", profile, payload, ARRIVED)),
    ("hfp", |_, payload| hfp::decode("vp", payload, ARRIVED)),
    ("native", |_, payload| native::decode(payload, ARRIVED)),
    ("senml", |_, payload| senml::decode(payload, ARRIVED)),
    ("sparkplug", |_, payload| sparkplug(payload)),
    ("tasmota", |profile, payload| mapped::tasmota("SENSOR", profile, payload, ARRIVED)),
    ("teltonika", |_, payload| teltonika::decode(payload, ARRIVED)),
    ("things-stack", |_, payload| things_stack::decode("up", payload, ARRIVED)),
    ("wialon", |_, payload| wialon::decode(payload, ARRIVED)),
    ("zigbee2mqtt", |profile, payload| mapped::zigbee2mqtt("", profile, payload, ARRIVED)),
];

/// A birth that tells of its own metrics, and what follows it.
fn sparkplug(payload: &[u8]) -> Result<Decoded<'_>, Unusable> {
    let birth = sparkplug::Birth::of(&sparkplug::read(payload)?);
    sparkplug::decode("NBIRTH", &birth, payload, ARRIVED)
}

/// Reads a payload by the codec of a name and panics when what comes out breaks the contract of
/// codecs: it depends on the payload alone, its numbers are finite, and its bounds hold.
pub fn check(name: &str, payload: &[u8]) {
    let Some((_, read)) = CODECS.into_iter().find(|(known, _)| *known == name) else {
        panic!("no codec `{name}`, expected one of {}", CODECS.map(|(name, _)| name).join(", "));
    };
    hold(read, payload);
    if name == "teltonika" {
        hold(read, &sealed(payload));
    }
}

/// The frame with the length and the checksum that it must have: nothing finds those by trying.
fn sealed(frame: &[u8]) -> Vec<u8> {
    let end = frame.len().saturating_sub(TAIL_BYTES).max(HEAD_BYTES);
    let data = frame.get(HEAD_BYTES..end).unwrap_or_default();
    let head = [0, data.len() as u32].map(u32::to_be_bytes).concat();
    [&head, data, &u32::from(crc16(data)).to_be_bytes()].concat()
}

fn hold(read: Read, payload: &[u8]) {
    let profile = profile();
    let outcome = read(&profile, payload);
    assert_eq!(outcome, read(&profile, payload), "read twice, it says two things");
    let Ok(decoded) = outcome else { return };
    assert!(payload.len() <= PAYLOAD_BYTES_MAX, "more bytes than are taken");
    assert!(decoded.readings.len() <= READINGS_PER_MESSAGE_MAX, "more readings than are taken");
    for reading in &decoded.readings {
        assert!(reading.fields.len() <= FIELDS_PER_READING_MAX, "more fields than are taken");
        for (name, value) in &reading.fields {
            if let Value::Number(number) | Value::Quantity(number, _) = value {
                assert!(number.is_finite(), "`{name}` is {number}");
            }
        }
    }
    for unusable in &decoded.unusable {
        assert!(!unusable.detail.is_empty(), "refused without a word");
    }
}

/// A profile whose fields are found by pointers, of numbers and of truths.
fn profile() -> Profile {
    let field = |name: &str, pointer: Option<&str>| {
        let property = name.parse().expect("the name of a property");
        let (unit, conversion) = (Unit::One, Conversion::NONE);
        let pointer = pointer.map(str::to_owned);
        let (name, range, rate_per_s_max, flat_s_max) = (name.to_owned(), None, None, None);
        Field { name, pointer, property, unit, conversion, range, rate_per_s_max, flat_s_max }
    };
    Profile {
        id: "any".parse().expect("an id"),
        kind: Kind::Light,
        title_uk: String::new(),
        title_en: String::new(),
        regime: Regime::Periodic,
        interval_s: 300,
        stamp: Stamp::Instant,
        averaging_s: 0,
        retention_days: None,
        fields: vec![
            field("power", Some("/ENERGY/Power")),
            field("contactor", Some("/Switch/a~1b")),
            field("leak", Some("/water_leak")),
            field("battery", None),
        ],
    }
}

#[cfg(test)]
mod tests;
