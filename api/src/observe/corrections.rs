//! What was corrected of the objects asked for: both values of each correction, in the units that
//! were asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use domain::directory::Directory;
use domain::limits::OBSERVATIONS_PER_ANSWER_MAX;
use domain::property::{PROPERTIES, Property, ValueKind};
use domain::registry::Object;
use domain::unit::Conversion;
use domain::{DatastreamId, ObjectNo, PropertyId, Timestamp};
use store::series::{Correction, CorrectionPlace, PlacedCorrection, Series};

use super::view::observation_view;
use super::{Asked, unit_of};
use crate::problem::Problem;
use crate::view::{
    CorrectedSeriesView, CorrectionView, CorrectionsView, NewestCorrectionView,
    NewestCorrectionsView, PageMeta, UnitsWord, display_unit, label,
};

impl Asked {
    /// Asks the series for corrections. Blocks.
    pub(crate) fn corrections(
        self,
        series: &dyn Series,
        directory: &Directory,
        properties: Option<Vec<PropertyId>>,
        units: UnitsWord,
    ) -> Result<CorrectionsView, Problem> {
        let properties = self.properties(directory, properties, false)?;
        let mut room = OBSERVATIONS_PER_ANSWER_MAX;
        let mut corrected = Vec::new();
        for property in properties.into_iter().filter(|p| p.kind != ValueKind::Text) {
            let corrections = self.corrections_of(series, directory, property, room)?;
            if corrections.is_empty() {
                continue;
            }
            room -= corrections.len();
            let (unit, conversion) = unit_of(property, units);
            corrected.push(CorrectedSeriesView {
                property: property.id.to_owned(),
                title_uk: property.title_uk.to_owned(),
                title_en: property.title_en.to_owned(),
                unit: label(unit).to_owned(),
                display: display_unit(property),
                corrections: corrections.iter().map(|c| correction_view(c, conversion)).collect(),
            });
        }
        Ok(CorrectionsView {
            object: self.object.id.to_string(),
            device: self.device.as_ref().map(ToString::to_string),
            from: self.period.from.into(),
            to: self.period.to.into(),
            units,
            simulated: self.is_simulated(),
            series: corrected,
        })
    }

    fn corrections_of(
        &self,
        series: &dyn Series,
        directory: &Directory,
        property: &Property,
        room: usize,
    ) -> Result<Vec<Correction>, Problem> {
        let mut all = Vec::new();
        for (object, span) in &self.stays {
            let Some(slot) = directory.slot(object.no, property.id) else { continue };
            let id = DatastreamId { object: object.no, slot };
            all.extend(series.corrections(id, span.from, span.to, room - all.len())?);
        }
        Ok(all)
    }
}

/// A page of the corrections of an object, of whatever phenomenon time, the newest arrival first.
/// Blocks.
pub(crate) fn newest_corrections(
    series: &dyn Series,
    directory: &Directory,
    object: &Object,
    units: UnitsWord,
    page: CorrectionsPage,
) -> Result<NewestCorrectionsView, Problem> {
    let of_slot: BTreeMap<u16, &Property> = PROPERTIES
        .iter()
        .filter(|property| property.kind != ValueKind::Text)
        .filter_map(|property| Some((directory.slot(object.no, property.id)?, property)))
        .collect();
    let id = |slot| DatastreamId { object: object.no, slot };
    let ids: Vec<DatastreamId> = of_slot.keys().map(|slot| id(*slot)).collect();
    let before = page.after.map(|after| after.place(object.no));
    let newest = series.newest_corrections(&ids, before, page.limit)?;
    let last = newest.corrections.last().filter(|_| newest.has_more);
    let next = last.map(|last| Cursor::of(last.place).to_string());
    let view = |one: &PlacedCorrection| {
        let property = of_slot.get(&one.place.id.slot)?;
        let (unit, conversion) = unit_of(property, units);
        Some(NewestCorrectionView {
            property: property.id.to_owned(),
            title_uk: property.title_uk.to_owned(),
            title_en: property.title_en.to_owned(),
            kind: property.kind.into(),
            unit: label(unit).to_owned(),
            display: display_unit(property),
            correction: correction_view(&one.correction, conversion),
            stands: one.stands,
        })
    };
    Ok(NewestCorrectionsView {
        object: object.id.to_string(),
        units,
        simulated: object.simulated,
        corrections: newest.corrections.iter().filter_map(view).collect(),
        meta: PageMeta { total: newest.total, next },
    })
}

/// Which page of an object's corrections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CorrectionsPage {
    /// Where the last one ended.
    pub(crate) after: Option<Cursor>,
    /// Rows at most.
    pub(crate) limit: usize,
}

/// Where a page of an object's corrections ended: arrival and time in milliseconds, slot, ordinal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor {
    arrival_ms: i64,
    time_ms: i64,
    slot: u16,
    ordinal: u32,
}

impl Cursor {
    fn of(place: CorrectionPlace) -> Self {
        let CorrectionPlace { arrival, time, id, ordinal } = place;
        let (arrival_ms, time_ms) = (arrival.millis(), time.millis());
        Self { arrival_ms, time_ms, slot: id.slot, ordinal }
    }

    fn place(self, object: ObjectNo) -> CorrectionPlace {
        let Self { arrival_ms, time_ms, slot, ordinal } = self;
        CorrectionPlace {
            arrival: Timestamp(arrival_ms),
            time: Timestamp(time_ms),
            id: DatastreamId { object, slot },
            ordinal,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arrival_ms, time_ms, slot, ordinal } = self;
        write!(f, "{arrival_ms}~{time_ms}~{slot}~{ordinal}")
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = || {
            let mut parts = text.split('~');
            let arrival_ms = parts.next()?.parse().ok()?;
            let time_ms = parts.next()?.parse().ok()?;
            let slot = parts.next()?.parse().ok()?;
            let ordinal = parts.next()?.parse().ok()?;
            parts.next().is_none().then_some(Self { arrival_ms, time_ms, slot, ordinal })
        };
        read().ok_or_else(|| {
            Problem::bad_request(format!("after is `{text}`, expected `meta.next` of a page"))
        })
    }
}

fn correction_view(correction: &Correction, conversion: Conversion) -> CorrectionView {
    let Correction { mut old, mut new, .. } = *correction;
    for observation in [&mut old, &mut new] {
        observation.value = conversion.apply(observation.value);
    }
    CorrectionView { old: observation_view(&old), new: observation_view(&new) }
}
