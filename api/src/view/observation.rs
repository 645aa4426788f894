//! Observations: raw or in buckets.

use serde::Serialize;
use utoipa::ToSchema;

use super::unit::DisplayUnit;
use super::word::{BucketWord, CalendarWord, Moment, UnitsWord, ValueKindWord};

/// Observations of an object, or of an object while a device sat on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObservationsView {
    /// The object; of a device the one it sits on, or sat on last.
    pub object: String,
    /// The device that was asked for; absent when the object was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Begin of the time asked for, inclusive.
    pub from: Moment,
    /// End of the time asked for, exclusive.
    pub to: Moment,
    /// Length of the buckets; absent for raw observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketWord>,
    /// Whose days; absent for raw observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarWord>,
    /// Units of the values.
    pub units: UnitsWord,
    /// Readings come from a simulator.
    pub simulated: bool,
    /// One for each property.
    pub series: Vec<SeriesView>,
}

/// Observations of one property.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesView {
    /// The property.
    pub property: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// Behaviour over time.
    pub kind: ValueKindWord,
    /// Unit of the values.
    pub unit: String,
    /// From the canonical unit to that of the trade.
    pub display: DisplayUnit,
    /// Raw observations, oldest first; absent with buckets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observations: Option<Vec<ObservationView>>,
    /// Buckets, oldest first, gaps among them with count 0; absent for raw observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<BucketView>>,
}

/// One observation. A text stands in `text`, everything else in `value`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObservationView {
    /// Phenomenon time.
    pub time: Moment,
    /// Arrival time; absent for texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Moment>,
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The text of an attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Quality flags; absent when nothing speaks against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
}

/// One bucket; of the values only those asked for by `function`, and none in a gap.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BucketView {
    /// Begin, inclusive.
    pub begin: Moment,
    /// End, exclusive.
    pub end: Moment,
    /// Number of observations.
    pub count: u64,
    /// Arithmetic mean; of directions the mean of unit vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// First in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<f64>,
    /// Last in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<f64>,
    /// Mean of values that count for as long as they held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_weighted_mean: Option<f64>,
    /// Of how much of the bucket that is known, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_s: Option<f64>,
}
