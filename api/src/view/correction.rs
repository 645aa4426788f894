//! Corrections: observations that a newer arrival replaced, with what stands in their place.

use serde::Serialize;
use utoipa::ToSchema;

use super::PageMeta;
use super::observation::ObservationView;
use super::unit::DisplayUnit;
use super::word::{Moment, UnitsWord, ValueKindWord};

/// Corrections of an object, or of an object while a device sat on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorrectionsView {
    /// The object; of a device the one it sits on, or sat on last.
    pub object: String,
    /// The device that was asked for; absent when the object was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Begin of the time asked for, inclusive.
    pub from: Moment,
    /// End of the time asked for, exclusive.
    pub to: Moment,
    /// Units of the values.
    pub units: UnitsWord,
    /// Readings come from a simulator.
    pub simulated: bool,
    /// One for each property that has corrections.
    pub series: Vec<CorrectedSeriesView>,
}

/// Corrections of one property.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorrectedSeriesView {
    /// The property.
    pub property: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// Unit of the values.
    pub unit: String,
    /// From the canonical unit to that of the trade.
    pub display: DisplayUnit,
    /// Corrections by phenomenon time, oldest first; several of one time in the order they came.
    pub corrections: Vec<CorrectionView>,
}

/// Two values that were told for one phenomenon time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorrectionView {
    /// What does not stand any longer: it arrived earlier.
    pub old: ObservationView,
    /// What stood in its place from then on.
    pub new: ObservationView,
}

/// A page of an object's corrections, of whatever phenomenon time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewestCorrectionsView {
    /// The object.
    pub object: String,
    /// Units of the values.
    pub units: UnitsWord,
    /// Readings come from a simulator.
    pub simulated: bool,
    /// By the arrival of the new value, newest first.
    pub corrections: Vec<NewestCorrectionView>,
    /// The page.
    pub meta: PageMeta,
}

/// A correction with its property.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewestCorrectionView {
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
    /// Both values.
    #[serde(flatten)]
    pub correction: CorrectionView,
    /// The new value has not been replaced in its turn.
    pub stands: bool,
}
