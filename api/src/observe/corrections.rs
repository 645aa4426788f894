//! What was corrected of the objects asked for: both values of each correction, in the units that
//! were asked for.

use domain::DatastreamId;
use domain::PropertyId;
use domain::directory::Directory;
use domain::limits::OBSERVATIONS_PER_ANSWER_MAX;
use domain::property::{Property, ValueKind};
use domain::unit::Conversion;
use store::series::{Correction, Series};

use super::view::observation_view;
use super::{Asked, unit_of};
use crate::problem::Problem;
use crate::view::{
    CorrectedSeriesView, CorrectionView, CorrectionsView, UnitsWord, display_unit, label,
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

fn correction_view(correction: &Correction, conversion: Conversion) -> CorrectionView {
    let Correction { mut old, mut new, .. } = *correction;
    for observation in [&mut old, &mut new] {
        observation.value = conversion.apply(observation.value);
    }
    CorrectionView { old: observation_view(&old), new: observation_view(&new) }
}
