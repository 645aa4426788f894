//! What a device that nobody registered seems to be: its latest messages, read by each profile of
//! the registry. The profile that knows most of the fields is the best guess.

use std::cmp::Reverse;

use domain::Timestamp;
use domain::directory::Directory;
use domain::intake::Glimpse;
use domain::limits::FIELDS_PER_READING_MAX;
use domain::profile::{Kind, Profile};
use store::intake::Quarantined;

use crate::route::{Format, Route};

/// Profiles that are suggested.
const PROFILES_MAX: usize = 3;
/// Characters of a value that are shown.
const VALUE_CHARS_MAX: usize = 64;
/// Bytes of a message that is read: anybody may have written it, and each profile reads it.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Looks at what was kept of a device, the newest message first. What cannot be read is passed
/// over: the reason stands in quarantine.
pub fn glimpse(directory: &Directory, messages: &[Quarantined]) -> Glimpse {
    let routes = messages.iter().filter_map(|m| Some((Route::of(&m.topic).ok()?, m)));
    let routes: Vec<(Route<'_>, &Quarantined)> = routes.collect();
    let Some((route, newest)) = routes.first() else { return Glimpse::default() };
    let kind = kind_of(route);
    let fits = |profile: &&Profile| kind.is_none_or(|kind| profile.kind == kind);
    let of_kind = directory.profiles().map(|profile| &**profile).filter(fits);
    let mut read: Vec<Read<'_>> = of_kind.map(|profile| Read::by(profile, &routes)).collect();
    // Of two that know as much the one with less to miss.
    read.sort_by_key(|read| (Reverse(read.known), read.profile.fields.len(), &read.profile.id));
    let suggested = read.iter().filter(|read| read.known > 0).take(PROFILES_MAX);
    let profiles = suggested.map(|read| (read.profile.id.clone(), read.known)).collect();
    let device = route.look_up(directory, &newest.payload);
    Glimpse {
        format: Some(route.format.as_str()),
        external_id: route.external_id(&newest.payload),
        device: device.map(|entry| entry.device.id.clone()),
        community: route.home().and_then(|(community, _)| community.parse().ok()),
        kind,
        fields: read.into_iter().next().map(|best| best.fields).unwrap_or_default(),
        profiles,
    }
}

fn kind_of(route: &Route<'_>) -> Option<Kind> {
    match (route.home(), route.format) {
        (Some((_, kind)), _) => kind.parse().ok(),
        (None, Format::Teltonika | Format::Wialon | Format::Hfp) => Some(Kind::Vehicle),
        (None, Format::Airrohr) => Some(Kind::Air),
        (None, _) => None,
    }
}

/// The messages as a device of the profile would have sent them.
struct Read<'a> {
    profile: &'a Profile,
    fields: Vec<(String, String)>,
    /// Fields that the profile knows.
    known: usize,
}

impl<'a> Read<'a> {
    fn by(profile: &'a Profile, messages: &[(Route<'_>, &Quarantined)]) -> Self {
        let fields = fields(profile, messages);
        let known = fields.iter().filter(|(name, _)| profile.field(name).is_some()).count();
        Self { profile, fields, known }
    }
}

/// The fields of all messages as a device of the profile would send them, by name, each with its
/// newest value, as many as one reading may have.
fn fields(profile: &Profile, messages: &[(Route<'_>, &Quarantined)]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let is_short = |message: &Quarantined| message.payload.len() <= MESSAGE_BYTES_MAX;
    for (route, message) in messages.iter().filter(|(_, message)| is_short(message)) {
        let at: Timestamp = message.arrived_at;
        let Ok(decoded) = route.decode(profile, &message.payload, at) else { continue };
        for reading in decoded.readings.iter().rev() {
            for (name, value) in &reading.fields {
                if fields.len() == FIELDS_PER_READING_MAX {
                    return fields;
                }
                if fields.iter().all(|(known, _)| *known != **name) {
                    fields.push((
                        name.clone().into_owned(),
                        value.to_string().chars().take(VALUE_CHARS_MAX).collect(),
                    ));
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use domain::intake::Reason;

    use super::*;
    use crate::testing::City;

    const EUI: &str = "application/0193/device/A84041FF01020304/event";

    fn kept(topic: &str, payload: &str) -> Quarantined {
        Quarantined {
            device: "claimed".to_owned(),
            topic: topic.to_owned(),
            payload: payload.as_bytes().to_vec(),
            payload_bytes: payload.len() as u64,
            reason: Reason::UnknownDevice,
            detail: "not registered".to_owned(),
            elements: None,
            readings: 1,
            sound: 0,
            arrived_at: Timestamp(1_795_341_600_000),
            gateway: "broker".to_owned(),
            speaker: Some("lns-1".to_owned()),
        }
    }

    fn seen(messages: &[Quarantined]) -> Glimpse {
        glimpse(&City::new().parts.directory.load(), messages)
    }

    #[test]
    fn a_lorawan_sensor_is_known_by_its_fields() {
        let up = r#"{"object":{"leak":true,"noise_level":41.5},"rxInfo":[{"rssi":-101}]}"#;
        let seen = seen(&[
            kept(&format!("{EUI}/join"), "{}"),
            kept(&format!("{EUI}/up"), up),
            kept(&format!("{EUI}/up"), r#"{"object":{"noise_level":7,"burst":false}}"#),
        ]);
        assert_eq!(seen.format, Some("chirpstack"));
        assert_eq!(seen.external_id.expect("a devEUI").as_str(), "a84041ff01020304");
        assert_eq!(seen.device, None);
        assert_eq!(seen.profiles[0].0.as_str(), "leak-sensor");
        let value = |of: &str| seen.fields.iter().find(|(name, _)| name == of).map(|(_, v)| &**v);
        assert_eq!(value("noise_level"), Some("41.5"), "the newest");
        assert_eq!((value("leak"), value("burst")), (Some("true"), Some("false")));
        assert_eq!(value("rssi"), Some("-101 dBm"));
    }

    #[test]
    fn a_native_topic_says_community_and_kind_and_no_foreign_name() {
        let seen = seen(&[kept(
            "obrii/v1/odesa/air/air-9/telemetry",
            r#"{"values":{"pm25":7,"gamma":1}}"#,
        )]);
        assert_eq!((seen.format, seen.external_id), (Some("native"), None));
        assert_eq!(seen.community.expect("said").as_str(), "odesa");
        assert_eq!(seen.kind, Some(Kind::Air));
        assert_eq!(seen.profiles[0].0.as_str(), "air-post");
    }

    #[test]
    fn what_no_profile_points_to_is_shown_by_its_place() {
        let seen = seen(&[kept("tele/plug-9/SENSOR", r#"{"SI7021":{"Acidity":21.5}}"#)]);
        assert_eq!(seen.fields, [("/SI7021/Acidity".to_owned(), "21.5".to_owned())]);
        assert_eq!(seen.profiles, []);
        assert_eq!(super::glimpse(&Directory::default(), &[]), Glimpse::default());
    }

    #[test]
    fn what_is_shown_of_a_hostile_device_is_bounded() {
        let pack = |names: std::ops::Range<u32>| {
            let values: Vec<_> = names.map(|n| format!(r#"{{"values":{{"f{n}":1}}}}"#)).collect();
            kept("obrii/v1/odesa/air/air-9/telemetry", &format!("[{}]", values.join(",")))
        };
        let many = seen(&[pack(0..200), pack(200..400)]);
        assert_eq!(many.fields.len(), FIELDS_PER_READING_MAX);
        let long = seen(&[pack(0..2_000)]);
        assert_eq!((long.fields.len(), long.format), (0, Some("native")));
    }
}
