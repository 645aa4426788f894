//! Profiles of devices: what is in force, what was before, and what somebody wants to make of them.

use domain::freshness::{Thresholds, thresholds};
use domain::profile::Profile;
use domain::property::Property;
use domain::unit::Unit;
use serde::{Deserialize, Serialize};
use store::profile_file::{Form, FormField, Retention};
use store::registry::Edition;
use utoipa::ToSchema;

use super::unit::{DisplayUnit, display_unit, label};
use super::word::{KindWord, Moment, ValueKindWord};

/// All profiles.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileList {
    /// The profiles, by id.
    pub profiles: Vec<ProfileView>,
}

/// A device profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileView {
    /// Its id.
    pub id: String,
    /// Kind of the objects.
    pub kind: KindWord,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// `periodic`, `while-energised`, `in-service` or `heartbeat-and-events`.
    pub regime: String,
    /// Expected interval between readings, seconds.
    pub interval_s: u32,
    /// What a time stamp means: `instant`, `begin` or `end` of the averaging interval.
    pub stamp: String,
    /// Averaging time of a reading, seconds; 0 for momentary values.
    pub averaging_s: u32,
    /// How long raw readings are kept, days; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// From which age on a reading changes its state.
    pub thresholds: ThresholdsView,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// The edition.
    pub edition: EditionView,
    /// Devices in operation that have the profile.
    pub devices: u64,
}

/// Ages at which the state changes, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ThresholdsView {
    /// Fresh up to this age.
    pub fresh_ms: i64,
    /// Delayed up to this age.
    pub delayed_ms: i64,
    /// Stale up to this age; silent beyond it.
    pub stale_ms: i64,
}

/// The thresholds of a profile.
pub fn thresholds_view(profile: &Profile) -> ThresholdsView {
    let Thresholds { fresh_ms, delayed_ms, stale_ms } = thresholds(profile);
    ThresholdsView { fresh_ms, delayed_ms, stale_ms }
}

/// A field of a profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// Name on the wire.
    pub name: String,
    /// Where it stands in a JSON payload; absent: at the top, under its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What it measures.
    pub property: String,
    /// Name of the property in Ukrainian.
    pub title_uk: String,
    /// Name of the property in English.
    pub title_en: String,
    /// Unit in which the device sends it.
    pub unit: String,
    /// Unit inside the platform.
    pub canonical_unit: String,
    /// Unit of the trade.
    pub display: DisplayUnit,
    /// Valid range, canonical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// Largest believable change per second, canonical unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_s_max: Option<f64>,
    /// A value unchanged for longer is flagged `flat`, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_s_max: Option<u32>,
}

/// An edition of a profile; the one with the highest number is in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditionView {
    /// Its number, from 1 on.
    pub number: u32,
    /// `shipped` with the program, or `own`: made here.
    pub origin: String,
    /// When it was made.
    pub made_at: Moment,
    /// Who made it; absent: it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl From<&Edition> for EditionView {
    fn from(edition: &Edition) -> Self {
        Self {
            number: edition.number,
            origin: edition.origin.as_str().to_owned(),
            made_at: edition.made_at.into(),
            author: edition.author.clone(),
            remark: edition.remark.clone(),
        }
    }
}

/// One edition of a profile, as a form and as its file, with the list of all editions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileDetail {
    /// The profile as this edition has it.
    pub profile: ProfileView,
    /// The same as it is written, for a form.
    pub form: ProfileForm,
    /// The readable file.
    pub text: String,
    /// All editions, newest first.
    pub editions: Vec<EditionView>,
}

/// A profile as it is written: the keys of its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileForm {
    /// The comment at the head of the file.
    #[serde(default)]
    pub note: String,
    /// Its id, `[a-z0-9][a-z0-9-]{0,63}`.
    pub id: String,
    /// `air`, `vehicle`, `light`, `water` or `gateway`.
    pub kind: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// `periodic`, `while-energised`, `in-service` or `heartbeat-and-events`.
    pub regime: String,
    /// Expected interval between readings, seconds.
    pub interval_s: u32,
    /// What a time stamp means: `instant`, `begin` or `end` of the averaging interval.
    pub stamp: String,
    /// Averaging time of a reading, seconds; 0 for momentary values.
    #[serde(default)]
    pub averaging_s: u32,
    /// How long raw readings are kept, days; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// The fields.
    pub fields: Vec<ProfileFormField>,
}

/// A field as it is written; what is absent follows from its property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileFormField {
    /// Name on the wire.
    pub name: String,
    /// Where it stands in a JSON payload (RFC 6901), when not at the top under its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What it measures, when that is not its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Unit in which the device sends it, when it is not the canonical one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// To the canonical unit, for a gas in ppb or ppm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Valid range, canonical unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// Largest believable change per second, canonical unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_s_max: Option<f64>,
    /// A value unchanged for longer is flagged `flat`, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat_s_max: Option<u32>,
}

impl From<Form> for ProfileForm {
    fn from(form: Form) -> Self {
        let field = |field: FormField| ProfileFormField {
            name: field.name,
            pointer: field.pointer,
            property: field.property,
            unit: field.unit,
            factor: field.factor,
            range: field.range.map(Into::into),
            rate_per_s_max: field.rate_per_s_max,
            flat_s_max: field.flat_s_max,
        };
        Self {
            note: form.note,
            id: form.id,
            kind: form.kind,
            title_uk: form.title_uk,
            title_en: form.title_en,
            regime: form.regime,
            interval_s: form.interval_s,
            stamp: form.stamp,
            averaging_s: form.averaging_s,
            retention_days: match form.retention_days {
                Retention::Days(days) => Some(days),
                Retention::Word(_) => None,
            },
            fields: form.fields.into_iter().map(field).collect(),
        }
    }
}

impl From<ProfileForm> for Form {
    fn from(form: ProfileForm) -> Self {
        let field = |field: ProfileFormField| FormField {
            name: field.name,
            pointer: field.pointer,
            property: field.property,
            unit: field.unit,
            factor: field.factor,
            range: field.range.map(Into::into),
            rate_per_s_max: field.rate_per_s_max,
            flat_s_max: field.flat_s_max,
        };
        let for_ever = || Retention::Word(Retention::FOR_EVER.to_owned());
        Self {
            note: form.note,
            id: form.id,
            kind: form.kind,
            title_uk: form.title_uk,
            title_en: form.title_en,
            regime: form.regime,
            interval_s: form.interval_s,
            stamp: form.stamp,
            averaging_s: form.averaging_s,
            retention_days: form.retention_days.map_or_else(for_ever, Retention::Days),
            fields: form.fields.into_iter().map(field).collect(),
        }
    }
}

/// A profile that is being written: as a form or as its file, one of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileDraft {
    /// As a form.
    #[serde(default)]
    pub form: Option<ProfileForm>,
    /// As its file.
    #[serde(default)]
    pub text: Option<String>,
}

/// The next edition of a profile, or the first one of a new profile.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditProfile {
    /// What it says.
    pub draft: ProfileDraft,
    /// Who makes it, 1 to 120 characters.
    pub author: String,
    /// Why, 1 to 500 characters.
    pub remark: String,
    /// The edition that was changed, 0 for a new profile; absent: whichever is in force.
    #[serde(default)]
    pub based_on: Option<u32>,
    /// Properties that the profile shall no longer have although devices report them.
    #[serde(default)]
    pub drops: Vec<String>,
    /// Raw readings shall go that are older than so many days, which the profile keeps from now on.
    #[serde(default)]
    pub drops_after_days: Option<u32>,
}

/// What devices can report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PropertyList {
    /// The properties, in the order of the wire's description.
    pub properties: Vec<PropertyView>,
}

/// An observed property.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PropertyView {
    /// The native field name.
    pub id: String,
    /// How its values behave.
    pub kind: ValueKindWord,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// Unit inside the platform.
    pub canonical_unit: String,
    /// Unit of the trade.
    pub display: DisplayUnit,
    /// Units in which a device may send it, the canonical one first.
    pub units: Vec<String>,
    /// Units in which it may send it when the field has a factor.
    pub factor_units: Vec<String>,
}

impl From<&Property> for PropertyView {
    fn from(property: &Property) -> Self {
        let canonical = property.canonical;
        let others = Unit::all().filter(|unit| *unit != canonical && unit.to(canonical).is_some());
        let units = std::iter::once(canonical).chain(others);
        let by_volume = [Unit::PartsPerBillion, Unit::PartsPerMillion];
        let is_gas = canonical == Unit::MicrogramPerCubicMetre;
        let factor_units = by_volume.into_iter().filter(|_| is_gas);
        Self {
            id: property.id.to_owned(),
            kind: property.kind.into(),
            title_uk: property.title_uk.to_owned(),
            title_en: property.title_en.to_owned(),
            canonical_unit: label(canonical).to_owned(),
            display: display_unit(property),
            units: units.map(|unit| unit.label().to_owned()).collect(),
            factor_units: factor_units.map(|unit| unit.label().to_owned()).collect(),
        }
    }
}
