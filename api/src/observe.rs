//! A question to the series: which properties of which objects, from when to when, raw or in
//! buckets; and the answer in the units that were asked for.

mod buckets;
mod corrections;
mod view;

pub(crate) use buckets::ObservedBucket;
pub(crate) use corrections::{CorrectionsPage, newest_corrections};
pub(crate) use view::bucket_value;

use std::sync::Arc;

use domain::calendar::{BucketSize, Calendar};
use domain::capture::Span;
use domain::change::LatestText;
use domain::directory::{DeviceEntry, Directory};
use domain::limits::OBSERVATIONS_PER_ANSWER_MAX;
use domain::property::{PROPERTIES, Property, ValueKind, property};
use domain::registry::Object;
use domain::unit::{Conversion, Unit};
use domain::{DatastreamId, DeviceId, PropertyId};
use store::series::{Observation, Series, SeriesError};

use crate::problem::{Code, Problem};
use crate::view::{FunctionWord, UnitsWord, to_display};

/// Which buckets, and what of them.
#[derive(Debug, Clone)]
pub(crate) struct Buckets {
    /// How long.
    pub(crate) size: BucketSize,
    /// Whose days.
    pub(crate) calendar: Calendar,
    /// Which values.
    pub(crate) functions: Vec<FunctionWord>,
}

/// Whose observations, and from when to when.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    object: Arc<Object>,
    device: Option<DeviceId>,
    period: Span,
    /// The parts of the period with the object of each, oldest first.
    stays: Vec<(Arc<Object>, Span)>,
}

/// The answer.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) object: Arc<Object>,
    pub(crate) device: Option<DeviceId>,
    pub(crate) period: Span,
    pub(crate) units: UnitsWord,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) simulated: bool,
    pub(crate) series: Vec<ObservedProperty>,
}

/// The answer for one property.
#[derive(Debug, Clone)]
pub(crate) struct ObservedProperty {
    pub(crate) property: &'static Property,
    pub(crate) unit: Unit,
    pub(crate) values: Values,
}

/// Values, oldest first.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Observations as they are kept.
    Raw(Vec<Observation>),
    /// Texts of an attribute.
    Texts(Vec<LatestText>),
    /// Buckets, gaps among them.
    Buckets(Vec<ObservedBucket>),
}

impl Asked {
    /// All observations of an object, whichever devices brought them.
    pub(crate) fn of_object(object: &Arc<Object>, period: Span) -> Self {
        let stays = vec![(Arc::clone(object), period)];
        Self { object: Arc::clone(object), device: None, period, stays }
    }

    /// The observations of the objects on which a device sat, while it sat there. What came before
    /// its first installation may count to that one, as [`DeviceEntry::binding_at`] has it.
    pub(crate) fn of_device(device: &DeviceEntry, period: Span) -> Result<Self, Problem> {
        let mut stays = Vec::new();
        for binding in &device.bindings {
            let begin = if binding.reaches_back { period.from } else { binding.from };
            let from = period.from.max(begin);
            let to = binding.until.map_or(period.to, |until| until.min(period.to));
            if from < to {
                stays.push((Arc::clone(&binding.object), Span { from, to }));
            }
        }
        let last = device.bindings.last().map(|binding| Arc::clone(&binding.object));
        let object = last.ok_or_else(|| {
            let id = device.device.id.as_str();
            let detail = format!("device `{id}` has never sat on an object");
            Problem::unknown(Code::UnknownObject, detail, id)
        })?;
        Ok(Self { object, device: Some(device.device.id.clone()), period, stays })
    }

    /// Asks the series. Blocks.
    pub(crate) fn observe(
        self,
        series: &dyn Series,
        directory: &Directory,
        properties: Option<Vec<PropertyId>>,
        buckets: Option<Buckets>,
        units: UnitsWord,
    ) -> Result<Observed, Problem> {
        let properties = self.properties(directory, properties, buckets.is_some())?;
        let mut room = OBSERVATIONS_PER_ANSWER_MAX;
        let mut answers = Vec::with_capacity(properties.len());
        for property in properties {
            let (unit, conversion) = unit_of(property, units);
            let values = match &buckets {
                Some(buckets) => self.buckets(series, directory, property, buckets, room)?,
                None => self.raw(series, directory, property, room)?,
            };
            room = room.checked_sub(values.len()).ok_or_else(too_many)?;
            let values = values.converted(conversion);
            answers.push(ObservedProperty { property, unit, values });
        }
        let simulated = self.is_simulated();
        let Self { object, device, period, .. } = self;
        Ok(Observed { object, device, period, units, buckets, simulated, series: answers })
    }

    fn is_simulated(&self) -> bool {
        self.object.simulated || self.stays.iter().any(|(object, _)| object.simulated)
    }

    /// The properties asked for, or all that the objects have; in the order of exports.
    fn properties(
        &self,
        directory: &Directory,
        asked: Option<Vec<PropertyId>>,
        in_buckets: bool,
    ) -> Result<Vec<&'static Property>, Problem> {
        let has = |property: &Property| match property.kind {
            // Texts have no datastream: whether there are some, only the series knows.
            ValueKind::Text => directory
                .installations(self.object.no)
                .iter()
                .filter_map(|i| directory.device(i.device.as_str()))
                .any(|d| d.profile.fields.iter().any(|f| f.property.as_str() == property.id)),
            _ => {
                self.stays
                    .iter()
                    .any(|(object, _)| directory.slot(object.no, property.id).is_some())
                    || directory.slot(self.object.no, property.id).is_some()
            }
        };
        let fits = |property: &Property| !in_buckets || property.kind != ValueKind::Text;
        let Some(asked) = asked else {
            return Ok(PROPERTIES.iter().filter(|p| fits(p) && has(p)).collect());
        };
        let mut found: Vec<&'static Property> = Vec::new();
        for id in asked {
            let known = property(id.as_str()).filter(|p| has(p)).ok_or_else(|| {
                let names: Vec<&str> = PROPERTIES.iter().filter(|p| has(p)).map(|p| p.id).collect();
                let expected = names.join(", ");
                let detail = format!(
                    "`{}` has no property `{id}`, expected one of {expected}",
                    self.object.id
                );
                Problem::unknown(Code::UnknownProperty, detail, id.as_str())
            })?;
            if !fits(known) {
                let detail = format!("property `{id}` is a text, expected no bucket with it");
                return Err(Problem::bad_request(detail));
            }
            if !found.iter().any(|p| p.id == known.id) {
                found.push(known);
            }
        }
        Ok(found)
    }

    fn raw(
        &self,
        series: &dyn Series,
        directory: &Directory,
        property: &Property,
        room: usize,
    ) -> Result<Values, Problem> {
        if property.kind == ValueKind::Text {
            return self.texts(series, property);
        }
        let mut all = Vec::new();
        for (object, span) in &self.stays {
            let Some(slot) = directory.slot(object.no, property.id) else { continue };
            let id = DatastreamId { object: object.no, slot };
            let room = room.checked_sub(all.len()).filter(|room| *room > 0).ok_or_else(too_many)?;
            all.extend(series.range(id, span.from, span.to, room)?);
        }
        Ok(Values::Raw(all))
    }

    fn texts(&self, series: &dyn Series, property: &Property) -> Result<Values, Problem> {
        let id: PropertyId = property.id.parse().map_err(|e| Problem::internal(&e))?;
        let mut all = Vec::new();
        for (object, span) in &self.stays {
            all.extend(series.texts(object.no, &id, span.from, span.to)?);
        }
        Ok(Values::Texts(all))
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Raw(values) => values.len(),
            Self::Texts(texts) => texts.len(),
            Self::Buckets(buckets) => buckets.len(),
        }
    }

    fn converted(mut self, by: Conversion) -> Self {
        match &mut self {
            Self::Texts(_) => {}
            Self::Raw(values) => values.iter_mut().for_each(|o| o.value = by.apply(o.value)),
            Self::Buckets(buckets) => {
                for ObservedBucket { bucket: b, weighted } in buckets {
                    let values = [&mut b.mean, &mut b.min, &mut b.max, &mut b.first, &mut b.last];
                    for value in values.into_iter().chain([&mut weighted.mean]) {
                        *value = by.apply(*value);
                    }
                }
            }
        }
        self
    }
}

/// The unit in which a property is answered, and how values come to it.
fn unit_of(property: &Property, units: UnitsWord) -> (Unit, Conversion) {
    match units {
        UnitsWord::Canonical => (property.canonical, Conversion::NONE),
        UnitsWord::Display => (property.display, to_display(property)),
    }
}

fn too_many() -> Problem {
    SeriesError::TooMany { limit: OBSERVATIONS_PER_ANSWER_MAX }.into()
}
