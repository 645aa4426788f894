//! Profile files: readable TOML that says what a kind of device sends. The shipped ones lie in
//! `store/profiles`. Units are converted to the canonical unit of the property; a gas in ppb needs
//! a factor, because only the temperature of its standard makes it µg/m³.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use domain::ids::BadId;
use domain::limits::{PROFILE_FIELDS_MAX, RETENTION_DAYS_DEFAULT};
use domain::profile::{Field, Kind, Profile, Regime, Stamp};
use domain::property::{ValueKind, property};
use domain::unit::{Conversion, Unit, UnknownUnit};
use serde::Deserialize;

/// A profile that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its id, which is the name of its file.
    pub id: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($id:literal),* $(,)?) => {
        &[$(Shipped { id: $id, text: include_str!(concat!("../profiles/", $id, ".toml")) }),*]
    };
}

/// The profiles that come with the program.
pub const SHIPPED: &[Shipped] = shipped![
    "air-post",
    "flow-meter",
    "gateway",
    "gps-tracker",
    "gtfs-rt-vehicle",
    "leak-sensor",
    "lighting-cabinet",
    "luminaire",
    "openair-mydata",
    "pressure-meter",
    "tasmota-plug",
    "uba-air",
    "zigbee-climate",
];

/// The shipped profiles, parsed; a test proves that each of them is one.
pub fn shipped() -> Vec<Profile> {
    SHIPPED.iter().filter_map(|profile| parse(profile.text).ok()).collect()
}

/// Why a text is no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProfile {
    /// No TOML, or not of a profile's form.
    #[error("{0}")]
    Form(String),
    /// A value of the profile is wrong.
    #[error("`{key}`: {reason}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// A field is wrong.
    #[error("field `{name}`: {reason}")]
    Field {
        /// The field's name.
        name: String,
        /// What is wrong and what was expected.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    kind: String,
    title_uk: String,
    title_en: String,
    regime: String,
    interval_s: u32,
    stamp: String,
    #[serde(default)]
    averaging_s: u32,
    #[serde(default)]
    retention_days: Retention,
    #[serde(default)]
    fields: Vec<FileField>,
}

/// `400`, or `"for-ever"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Retention {
    Days(u32),
    Word(String),
}

impl Default for Retention {
    fn default() -> Self {
        Self::Days(RETENTION_DAYS_DEFAULT)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileField {
    name: String,
    pointer: Option<String>,
    property: Option<String>,
    unit: Option<String>,
    factor: Option<f64>,
    range: Option<(f64, f64)>,
    rate_per_s_max: Option<f64>,
    flat_s_max: Option<u32>,
}

/// Reads a profile file.
pub fn parse(text: &str) -> Result<Profile, BadProfile> {
    let file: File =
        toml::from_str(text).map_err(|e| BadProfile::Form(e.to_string().trim().to_owned()))?;
    if file.interval_s == 0 {
        return Err(value("interval_s", "is 0, expected seconds between readings"));
    }
    let retention_days = match file.retention_days {
        Retention::Days(0) => return Err(value("retention_days", "is 0, expected days")),
        Retention::Days(days) => Some(days),
        Retention::Word(word) if word == "for-ever" => None,
        Retention::Word(word) => {
            let reason = format!("`{word}`, expected a number of days or \"for-ever\"");
            return Err(value("retention_days", reason));
        }
    };
    let kind = file.kind.parse().map_err(|e: BadId| value("kind", e.to_string()))?;
    Ok(Profile {
        id: file.id.parse().map_err(|e: BadId| value("id", e.to_string()))?,
        kind,
        title_uk: file.title_uk,
        title_en: file.title_en,
        regime: regime(&file.regime)?,
        interval_s: file.interval_s,
        stamp: stamp(&file.stamp)?,
        averaging_s: file.averaging_s,
        retention_days,
        fields: fields(kind, file.fields)?,
    })
}

fn value(key: &'static str, reason: impl Into<String>) -> BadProfile {
    BadProfile::Value { key, reason: reason.into() }
}

fn regime(word: &str) -> Result<Regime, BadProfile> {
    [Regime::Periodic, Regime::WhileEnergised, Regime::InService, Regime::HeartbeatAndEvents]
        .into_iter()
        .find(|regime| regime.as_str() == word)
        .ok_or_else(|| {
            let expected = "periodic, while-energised, in-service or heartbeat-and-events";
            value("regime", format!("`{word}`, expected {expected}"))
        })
}

fn stamp(word: &str) -> Result<Stamp, BadProfile> {
    match word {
        "instant" => Ok(Stamp::Instant),
        "begin" => Ok(Stamp::Begin),
        "end" => Ok(Stamp::End),
        _ => Err(value("stamp", format!("`{word}`, expected instant, begin or end"))),
    }
}

fn fields(kind: Kind, fields: Vec<FileField>) -> Result<Vec<Field>, BadProfile> {
    if (kind == Kind::Gateway) != fields.is_empty() || fields.len() > PROFILE_FIELDS_MAX {
        let reason = format!("expected 1 to {PROFILE_FIELDS_MAX} of them, and none of a gateway");
        return Err(value("fields", reason));
    }
    let mut names = HashSet::new();
    let mut properties = HashSet::new();
    let mut pointers = HashSet::new();
    let mut read = Vec::with_capacity(fields.len());
    for file in fields {
        let name = file.name.clone();
        let wrong = |reason: String| BadProfile::Field { name: name.clone(), reason };
        let field = field(file).map_err(wrong)?;
        if !names.insert(field.name.clone()) {
            return Err(wrong("stands twice".to_owned()));
        }
        if !properties.insert(field.property.clone()) {
            return Err(wrong(format!("property `{}` stands twice", field.property)));
        }
        if let Some(pointer) = &field.pointer
            && !pointers.insert(pointer.clone())
        {
            return Err(wrong(format!("pointer `{pointer}` stands twice")));
        }
        read.push(field);
    }
    Ok(read)
}

fn field(file: FileField) -> Result<Field, String> {
    let id = file.property.as_deref().unwrap_or(&file.name);
    let property = property(id)
        .ok_or_else(|| format!("`{id}` is no property, expected one of docs/WIRE.md"))?;
    let unit: Unit = match &file.unit {
        Some(label) => label.parse().map_err(|e: UnknownUnit| e.to_string())?,
        None => property.canonical,
    };
    let conversion = match (file.factor, unit.to(property.canonical)) {
        (None, Some(conversion)) => conversion,
        (Some(factor), None) if factor.is_finite() && factor > 0.0 => {
            Conversion { factor, offset: 0.0 }
        }
        (Some(_), Some(_)) => {
            return Err(format!("a factor and the unit `{unit}`, which needs none"));
        }
        (_, None) => {
            let to = property.canonical;
            return Err(format!("unit `{unit}` becomes `{to}` only by a factor above 0"));
        }
    };
    if property.kind == ValueKind::Text && (file.range.is_some() || file.unit.is_some()) {
        return Err("a text has neither unit nor range".to_owned());
    }
    if file.range.is_some_and(|(low, high)| low.is_nan() || high.is_nan() || low >= high) {
        return Err("range, expected a lower and a higher end".to_owned());
    }
    if file.rate_per_s_max.is_some_and(|rate| rate.is_nan() || rate <= 0.0) {
        return Err("rate_per_s_max, expected a number above 0".to_owned());
    }
    if let Some(pointer) = file.pointer.as_deref().filter(|pointer| !is_pointer(pointer)) {
        return Err(format!("`{pointer}` is no JSON pointer, expected one like /ENERGY/Power"));
    }
    Ok(Field {
        property: id.parse().map_err(|e: BadId| e.to_string())?,
        unit,
        conversion,
        range: file.range,
        rate_per_s_max: file.rate_per_s_max,
        flat_s_max: file.flat_s_max,
        name: file.name,
        pointer: file.pointer,
    })
}

/// RFC 6901: each part begins with a slash; `~` stands only before 0 or 1.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
        && text.split('~').skip(1).all(|rest| rest.starts_with('0') || rest.starts_with('1'))
}
