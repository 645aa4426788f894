//! Identifiers: each is a type, parsed once, printed one way (invariant I9).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::ID_CHARS_MAX;

/// A text that does not fit the identifier it was meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}, expected {expected}")]
pub struct BadId {
    /// What was being read: `device id`, `measure` …
    pub what: &'static str,
    /// The text as it came, cut to a length that fits a log line.
    pub text: String,
    /// The form that would have been right.
    pub expected: &'static str,
}

fn bad(what: &'static str, text: &str, expected: &'static str) -> BadId {
    BadId { what, text: text.chars().take(80).collect(), expected }
}

fn is_slug(text: &str) -> bool {
    let mut chars = text.bytes();
    text.len() <= ID_CHARS_MAX
        && chars.next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

fn is_external(text: &str) -> bool {
    let is_known = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || "-._:/ ".contains(c);
    text.chars().nth(ID_CHARS_MAX).is_none()
        && text.starts_with(char::is_alphanumeric)
        && !text.ends_with(' ')
        && text.chars().all(is_known)
}

fn is_field(text: &str) -> bool {
    let mut chars = text.bytes();
    text.len() <= ID_CHARS_MAX
        && chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
}

fn is_numbering(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_CHARS_MAX
        && text.split('.').all(|p| !p.is_empty() && p.chars().all(char::is_alphanumeric))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $test:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as it is written everywhere.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                if $test(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(bad($what, text, $expected))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id!(
    /// A community (громада) or oblast: `odesa`, `odesa-oblast`, `rozdilna`.
    CommunityId, "community id", is_slug, "[a-z0-9][a-z0-9-]{0,63}");
text_id!(
    /// A device, which is also its MQTT user name and the third part of its topics.
    DeviceId, "device id", is_slug, "[a-z0-9][a-z0-9-]{0,63}");
text_id!(
    /// An object: what people name (post, vehicle, luminaire, cabinet, metering point).
    ObjectId, "object id", is_slug, "[a-z0-9][a-z0-9-]{0,63}");
text_id!(
    /// A device profile: `air-post`, `gps-tracker`.
    ProfileId, "profile id", is_slug, "[a-z0-9][a-z0-9-]{0,63}");
text_id!(
    /// A district, DMA, feeder or depot.
    ZoneId, "zone id", is_slug, "[a-z0-9][a-z0-9-]{0,63}");
text_id!(
    /// A budget programme: `odesa-city-2024`.
    ProgrammeId, "programme id", is_slug, "[a-z0-9][a-z0-9-]{0,63}");
text_id!(
    /// The name under which a foreign format knows a device: devEUI, IMEI, `esp8266-123456`, the
    /// `operator/vehicle` of HFP, the friendly name of `Zigbee2MQTT`.
    ExternalId, "external id", is_external,
    "lower-case letters of any script, digits, inner spaces and -._:/, at most 64 characters");
text_id!(
    /// An observed property by its native field name: `pm25`, `pressure_water`.
    PropertyId, "property", is_field, "[a-z][a-z0-9_]{0,63}");
text_id!(
    /// The number of a measure, direction or task inside its programme: `4.2.1`.
    MeasureId, "measure", is_numbering, "parts of letters or digits joined by dots, like 4.2.1");

/// An organisation: owner, balance holder or responsible party, under the name it writes itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationId(pub Arc<str>);

/// The number under which the series store keeps an object's rows; given once by the registry and
/// never used again for another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectNo(pub u32);

/// A measure named from outside its programme: `odesa-city-2024/4.2.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureRef {
    /// The programme.
    pub programme: ProgrammeId,
    /// The measure inside it.
    pub measure: MeasureId,
}

impl FromStr for MeasureRef {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let expected = "programme/measure, like odesa-city-2024/4.2.1";
        let (programme, measure) =
            text.split_once('/').ok_or_else(|| bad("measure reference", text, expected))?;
        Ok(Self { programme: programme.parse()?, measure: measure.parse()? })
    }
}

impl fmt::Display for MeasureRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.programme, self.measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_refuse_what_a_topic_could_not_carry() {
        for text in ["", "-a", "Air", "a/b", "a+b", "пост", &"x".repeat(65)] {
            assert!(text.parse::<DeviceId>().is_err(), "{text}");
        }
        assert_eq!("air-01".parse::<DeviceId>().expect("valid").to_string(), "air-01");
    }

    #[test]
    fn a_foreign_name_is_written_in_one_way() {
        let longest = "ж".repeat(64);
        for text in [
            "0004a30b001c0530",
            "356307042441013",
            "esp8266-123456",
            "18/423",
            "підвал 2/датчик",
            &longest,
        ] {
            assert_eq!(text.parse::<ExternalId>().expect("valid").as_str(), text);
        }
        for text in ["", "0004A30B001C0530", "/18", "a ", "a+b", "Підвал", &"1".repeat(65)] {
            assert!(text.parse::<ExternalId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_measure_reference_names_programme_and_measure() {
        let reference: MeasureRef = "odesa-city-2024/4.2.1".parse().expect("valid");
        assert_eq!(reference.to_string(), "odesa-city-2024/4.2.1");
        assert!("odesa-city-2024".parse::<MeasureRef>().is_err());
        assert!("odesa-city-2024/4..1".parse::<MeasureRef>().is_err());
    }
}
