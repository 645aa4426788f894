//! Words of the API with a closed set of values, and the one way times are written.

use std::fmt;

use domain::Timestamp;
use domain::calendar::{BucketSize, Calendar};
use domain::freshness::Freshness;
use domain::profile::Kind;
use domain::property::ValueKind;
use domain::registry::Access;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A moment: RFC 3339 in UTC when written; any offset, but not none, when read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:15:00Z")]
pub struct Moment(pub Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // In a query string the `+` of an offset arrives as a space.
        let text = String::deserialize(deserializer)?.replace(' ', "+");
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Kind of an object or device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindWord {
    /// Air-quality posts.
    Air,
    /// Public transport.
    Vehicle,
    /// Luminaires and lighting cabinets.
    Light,
    /// Leak sensors, flow and pressure meters.
    Water,
    /// Gateways: they speak for other devices and sit on no object.
    Gateway,
}

impl From<Kind> for KindWord {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Air => Self::Air,
            Kind::Vehicle => Self::Vehicle,
            Kind::Light => Self::Light,
            Kind::Water => Self::Water,
            Kind::Gateway => Self::Gateway,
        }
    }
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Air => Self::Air,
            KindWord::Vehicle => Self::Vehicle,
            KindWord::Light => Self::Light,
            KindWord::Water => Self::Water,
            KindWord::Gateway => Self::Gateway,
        }
    }
}

/// State of an object by the age of its newest reading.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum StateWord {
    /// Дані свіжі.
    Fresh,
    /// Дані із запізненням.
    Delayed,
    /// Дані застаріли.
    Stale,
    /// Не передає дані.
    Silent,
    /// Registered, and nothing has come yet.
    NoData,
    /// Знеструмлено: its line is without voltage.
    DeEnergised,
    /// Технічне обслуговування.
    Maintenance,
    /// Не на лінії, or switched off by its timetable.
    OutOfService,
    /// Виведено з експлуатації.
    Decommissioned,
}

impl From<Freshness> for StateWord {
    fn from(freshness: Freshness) -> Self {
        match freshness {
            Freshness::Fresh => Self::Fresh,
            Freshness::Delayed => Self::Delayed,
            Freshness::Stale => Self::Stale,
            Freshness::Silent => Self::Silent,
            Freshness::DeEnergised => Self::DeEnergised,
            Freshness::Maintenance => Self::Maintenance,
            Freshness::OutOfService => Self::OutOfService,
        }
    }
}

impl StateWord {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Delayed => "delayed",
            Self::Stale => "stale",
            Self::Silent => "silent",
            Self::NoData => "no-data",
            Self::DeEnergised => "de-energised",
            Self::Maintenance => "maintenance",
            Self::OutOfService => "out-of-service",
            Self::Decommissioned => "decommissioned",
        }
    }

    /// "Live" in the sense of the measures' counts: fresh or delayed.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Fresh | Self::Delayed)
    }
}

/// Who may see an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessWord {
    /// Everybody.
    Public,
    /// People of the city's services.
    Internal,
    /// Only those who run it.
    Restricted,
}

impl From<Access> for AccessWord {
    fn from(access: Access) -> Self {
        match access {
            Access::Public => Self::Public,
            Access::Internal => Self::Internal,
            Access::Restricted => Self::Restricted,
        }
    }
}

/// How values of a property behave over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKindWord {
    /// A quantity.
    Number,
    /// A state that holds until the next one, 0 or 1.
    Boolean,
    /// A counter that only grows until it is reset.
    Counter,
    /// A direction, 0–360°.
    Angle,
    /// A short text.
    Text,
}

impl From<ValueKind> for ValueKindWord {
    fn from(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Number => Self::Number,
            ValueKind::Boolean => Self::Boolean,
            ValueKind::Counter => Self::Counter,
            ValueKind::Angle => Self::Angle,
            ValueKind::Text => Self::Text,
        }
    }
}

/// Length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BucketWord {
    /// 60 s.
    Minute,
    /// An hour of the calendar.
    Hour,
    /// A day of the calendar: 23, 24 or 25 h.
    Day,
    /// A month of the calendar.
    Month,
}

impl From<BucketWord> for BucketSize {
    fn from(word: BucketWord) -> Self {
        match word {
            BucketWord::Minute => Self::Minute,
            BucketWord::Hour => Self::Hour,
            BucketWord::Day => Self::Day,
            BucketWord::Month => Self::Month,
        }
    }
}

/// Whose days they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarWord {
    /// Civil days of Europe/Kyiv.
    #[default]
    Civil,
    /// Days of UTC+2 all the year.
    #[serde(rename = "utc+2", alias = "utc 2")]
    UtcPlus2,
    /// Days from noon to noon of Europe/Kyiv: one night is one day.
    Noon,
    /// Service days of transport, from 03:00 to 03:00 of Europe/Kyiv.
    Service,
}

impl From<CalendarWord> for Calendar {
    fn from(word: CalendarWord) -> Self {
        match word {
            CalendarWord::Civil => Self::Civil,
            CalendarWord::UtcPlus2 => Self::UtcPlus2,
            CalendarWord::Noon => Self::Noon,
            CalendarWord::Service => Self::Service,
        }
    }
}

/// What is made of the values of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionWord {
    /// Number of observations.
    Count,
    /// Arithmetic mean.
    Mean,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// First in time.
    First,
    /// Last in time.
    Last,
    /// Mean of values that count for as long as they held.
    TimeWeightedMean,
}

impl FunctionWord {
    /// Those of an answer to which nothing was said, in the order of columns.
    pub const USUAL: [Self; 6] =
        [Self::Count, Self::Mean, Self::Min, Self::Max, Self::First, Self::Last];

    /// The one of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::USUAL.into_iter().chain([Self::TimeWeightedMean]).find(|f| f.as_str() == text)
    }

    /// The word of the query and of the columns of machine files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::TimeWeightedMean => "time_weighted_mean",
        }
    }
}

/// Form of an answer with observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormatWord {
    /// JSON.
    #[default]
    Json,
    /// Comma, decimal point, ISO times, English column names: for programs.
    Csv,
    /// Semicolon, decimal comma, byte order mark, Ukrainian column names: for spreadsheets.
    CsvExcel,
    /// A workbook; identifiers are text cells.
    Xlsx,
}

/// In which units values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnitsWord {
    /// Units inside the platform.
    Canonical,
    /// Units of the trade, as on screen.
    Display,
}
