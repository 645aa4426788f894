//! What can be wrong with a profile. A mistake knows its place and its fault as words of their own,
//! so that a form shows it beside the cell it is about, in the language of whoever fills it in.

use std::fmt;

/// Where a mistake stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The profile as a whole.
    Whole,
    /// A key of the profile.
    Key(&'static str),
    /// A key of one of its fields.
    Field {
        /// The field's place among the fields, from 0.
        index: usize,
        /// Its name on the wire.
        name: String,
        /// The key.
        key: &'static str,
    },
}

impl Place {
    /// The place as a JSON pointer into the profile: `/fields/3/unit`, empty for the whole.
    pub fn pointer(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Key(key) => format!("/{key}"),
            Self::Field { index, key, .. } => format!("/fields/{index}/{key}"),
        }
    }
}

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No TOML, or not of a profile's form.
    Form,
    /// Larger than a profile may be.
    TooLarge,
    /// No identifier.
    BadId,
    /// A text that is empty, too long, or of more than one line.
    BadText,
    /// None of the words that it can be.
    NotOneOf,
    /// A number that is not above 0.
    NotPositive,
    /// No fields, or too many.
    FieldCount,
    /// Stands in another field already.
    Twice,
    /// No property that Obrii knows.
    UnknownProperty,
    /// No unit that Obrii knows.
    UnknownUnit,
    /// The unit does not become the canonical one without a factor.
    NeedsFactor,
    /// A factor beside a unit that needs none.
    NeedlessFactor,
    /// A text with a unit or a range.
    TextIsPlain,
    /// A range without a lower and a higher end.
    BadRange,
    /// No JSON pointer.
    BadPointer,
    /// The id of another profile than the one that is changed.
    OtherId,
    /// Another kind than the edition before.
    OtherKind,
    /// A property that devices report and that the edition does not have.
    LostProperty,
    /// Raw readings are kept for a shorter time than before.
    ShorterRetention,
    /// Somebody else has made an edition meanwhile.
    Outdated,
}

impl Fault {
    /// The stable code of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::TooLarge => "too-large",
            Self::BadId => "bad-id",
            Self::BadText => "bad-text",
            Self::NotOneOf => "not-one-of",
            Self::NotPositive => "not-positive",
            Self::FieldCount => "field-count",
            Self::Twice => "twice",
            Self::UnknownProperty => "unknown-property",
            Self::UnknownUnit => "unknown-unit",
            Self::NeedsFactor => "needs-factor",
            Self::NeedlessFactor => "needless-factor",
            Self::TextIsPlain => "text-is-plain",
            Self::BadRange => "bad-range",
            Self::BadPointer => "bad-pointer",
            Self::OtherId => "other-id",
            Self::OtherKind => "other-kind",
            Self::LostProperty => "lost-property",
            Self::ShorterRetention => "shorter-retention",
            Self::Outdated => "outdated",
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub place: Place,
    /// What kind of mistake it is.
    pub fault: Fault,
    /// What it is about, as it was given; of a lost property its id.
    pub given: String,
    /// What is wrong and what was expected, in words.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Whole => f.write_str(&self.reason),
            Place::Key(key) => write!(f, "`{key}`: {}", self.reason),
            Place::Field { name, .. } => write!(f, "field `{name}`: {}", self.reason),
        }
    }
}

/// Why a text is no profile, or not the next edition of one: all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadProfile(pub Vec<Mistake>);

impl fmt::Display for BadProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl From<Mistake> for BadProfile {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}
