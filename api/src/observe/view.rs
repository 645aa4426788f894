//! The answer as JSON.

use store::series::Observation;

use super::{Observed, ObservedBucket, ObservedProperty, Values};
use crate::view::{
    BucketView, BucketWord, CalendarWord, FunctionWord, ObservationView, ObservationsView,
    SeriesView, display_unit, label,
};

impl Observed {
    /// The answer as JSON, with the words of the question.
    pub(crate) fn view(
        &self,
        bucket: Option<BucketWord>,
        calendar: CalendarWord,
    ) -> ObservationsView {
        let functions = self.buckets.as_ref().map_or(&[][..], |b| b.functions.as_slice());
        ObservationsView {
            object: self.object.id.to_string(),
            device: self.device.as_ref().map(ToString::to_string),
            from: self.period.from.into(),
            to: self.period.to.into(),
            bucket,
            calendar: bucket.map(|_| calendar),
            units: self.units,
            simulated: self.simulated,
            series: self.series.iter().map(|of| series_view(of, functions)).collect(),
        }
    }
}

fn series_view(observed: &ObservedProperty, functions: &[FunctionWord]) -> SeriesView {
    let property = observed.property;
    let (mut observations, mut buckets) = (None, None);
    match &observed.values {
        Values::Raw(values) => {
            observations = Some(values.iter().map(observation_view).collect());
        }
        Values::Texts(texts) => {
            let view = texts.iter().map(|text| ObservationView {
                time: text.time.into(),
                arrived_at: None,
                value: None,
                text: Some(text.text.to_string()),
                quality: Vec::new(),
            });
            observations = Some(view.collect());
        }
        Values::Buckets(values) => {
            buckets = Some(values.iter().map(|b| bucket_view(b, functions)).collect());
        }
    }
    SeriesView {
        property: property.id.to_owned(),
        title_uk: property.title_uk.to_owned(),
        title_en: property.title_en.to_owned(),
        kind: property.kind.into(),
        unit: label(observed.unit).to_owned(),
        display: display_unit(property),
        observations,
        buckets,
    }
}

pub(super) fn observation_view(observation: &Observation) -> ObservationView {
    ObservationView {
        time: observation.time.into(),
        arrived_at: Some(observation.arrival.into()),
        value: Some(observation.value),
        text: None,
        quality: observation.quality.names().map(str::to_owned).collect(),
    }
}

fn bucket_view(observed: &ObservedBucket, functions: &[FunctionWord]) -> BucketView {
    let value = |function| {
        let asked = functions.contains(&function);
        bucket_value(observed, function).filter(|_| asked)
    };
    let bucket = &observed.bucket;
    let weighted = value(FunctionWord::TimeWeightedMean);
    BucketView {
        begin: bucket.begin.into(),
        end: bucket.end.into(),
        count: bucket.count,
        mean: value(FunctionWord::Mean),
        min: value(FunctionWord::Min),
        max: value(FunctionWord::Max),
        first: value(FunctionWord::First),
        last: value(FunctionWord::Last),
        time_weighted_mean: weighted,
        known_s: weighted.map(|_| observed.weighted.known_ms as f64 / 1000.0),
    }
}

/// One value of a bucket; a gap has none but its count.
pub(crate) fn bucket_value(observed: &ObservedBucket, function: FunctionWord) -> Option<f64> {
    let bucket = &observed.bucket;
    let value = match function {
        FunctionWord::Count => bucket.count as f64,
        FunctionWord::Mean => bucket.mean,
        FunctionWord::Min => bucket.min,
        FunctionWord::Max => bucket.max,
        FunctionWord::First => bucket.first,
        FunctionWord::Last => bucket.last,
        FunctionWord::TimeWeightedMean => observed.weighted.mean,
    };
    (!value.is_nan()).then_some(value)
}
