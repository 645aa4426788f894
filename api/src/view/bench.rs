//! The test bench: a draft of a profile and a message go in, what would become of it comes out.

use domain::property::Property;
use serde::{Deserialize, Serialize};
use store::profile_file::{BadProfile, Form};
use utoipa::ToSchema;

use super::member_error::MemberError;
use super::profile::{ProfileDraft, ProfileForm};
use super::unit::{DisplayUnit, display_unit, label, to_display};
use super::word::{Moment, ValueKindWord};

/// How the bytes of a payload are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EncodingWord {
    /// As they are.
    #[default]
    Text,
    /// In hexadecimal, with or without spaces.
    Hex,
    /// In base64 (RFC 4648, with padding).
    Base64,
}

/// A draft, and a message to try it on: one from quarantine, a topic and a payload, or none yet.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryProfile {
    /// The profile.
    pub draft: ProfileDraft,
    /// Number of a message in quarantine.
    #[serde(default)]
    pub quarantine: Option<i64>,
    /// The topic on which the message would come; it says how the payload is written.
    #[serde(default)]
    #[schema(example = "tele/plug-7/SENSOR")]
    pub topic: Option<String>,
    /// The payload, at most 256 KiB of bytes.
    #[serde(default)]
    pub payload: Option<String>,
    /// How the payload is written here.
    #[serde(default)]
    pub encoding: EncodingWord,
}

/// What the test bench says of a draft.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BenchView {
    /// The draft as its file.
    pub text: String,
    /// The same as a form; absent: the file cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<ProfileForm>,
    /// Everything that is wrong with it.
    pub errors: Vec<MemberError>,
    /// What it makes of the message; absent: there is none, or the draft is no profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialView>,
}

impl BenchView {
    /// Before a message was tried.
    pub(crate) fn of(text: String, form: Option<Form>, BadProfile(mistakes): BadProfile) -> Self {
        let errors = mistakes.into_iter().map(Into::into).collect();
        Self { text, form: form.map(Into::into), errors, trial: None }
    }
}

/// What a profile makes of a message. Nothing of it is stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrialView {
    /// The readings, at most 100.
    pub readings: Vec<TriedReadingView>,
    /// Readings beyond them.
    pub left: u64,
    /// What would be put in quarantine.
    pub unusable: Vec<TriedUnusableView>,
}

/// A reading.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TriedReadingView {
    /// Its place in the array it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<u32>,
    /// When it was measured.
    pub time: Moment,
    /// Quality flags of the time.
    pub quality: Vec<String>,
    /// The values that the profile knows.
    pub values: Vec<TriedValueView>,
    /// Fields that it does not know.
    pub unknown: Vec<UnknownFieldView>,
}

/// A value as it would be stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TriedValueView {
    /// Name on the wire.
    pub name: String,
    /// What it measures.
    pub property: String,
    /// Name of the property in Ukrainian.
    pub title_uk: String,
    /// Name of the property in English.
    pub title_en: String,
    /// How its values behave.
    pub kind: ValueKindWord,
    /// In the canonical unit; a truth is 0 or 1; absent: it is a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Unit inside the platform.
    pub canonical_unit: String,
    /// In the unit of the trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_value: Option<f64>,
    /// Unit of the trade.
    pub display: DisplayUnit,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Quality flags.
    pub quality: Vec<String>,
}

impl TriedValueView {
    /// A value of a field before it is filled in.
    pub(crate) fn of(name: &str, property: &Property) -> Self {
        Self {
            name: name.to_owned(),
            property: property.id.to_owned(),
            title_uk: property.title_uk.to_owned(),
            title_en: property.title_en.to_owned(),
            kind: property.kind.into(),
            value: None,
            canonical_unit: label(property.canonical).to_owned(),
            display_value: None,
            display: display_unit(property),
            text: None,
            quality: Vec::new(),
        }
    }

    /// With a number in the canonical unit.
    pub(crate) fn with_number(self, property: &Property, value: f64) -> Self {
        let display_value = Some(to_display(property).apply(value));
        Self { value: Some(value), display_value, ..self }
    }
}

/// A field that the profile does not know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnknownFieldView {
    /// Its name; of a JSON payload read by pointers, its pointer.
    pub name: String,
    /// Its value as it came.
    pub value: String,
}

/// What would be put in quarantine.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TriedUnusableView {
    /// Its place in the array it came in; absent: the whole message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<u32>,
    /// Stable code of the reason.
    pub reason: String,
    /// What was expected, in words.
    pub detail: String,
}
