//! Data capture of the devices of a measure: what they owed by their regimes, what excused them,
//! and what came.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use domain::calendar::{BucketSize, Calendar, TooMany, begin_of_day, buckets};
use domain::capture::{Capture, Duty, Excuse, ExcuseReason, Span, capture, spans_while};
use domain::directory::{Binding, DeviceEntry, Directory};
use domain::limits::OBSERVATIONS_PER_ANSWER_MAX;
use domain::profile::Regime;
use domain::registry::Object;
use domain::{CommunityId, DatastreamId, Timestamp, ZoneId};
use store::series::{Series, SeriesError};

use crate::view::CaptureView;

/// How far before the period a state is looked for that still holds in it, milliseconds.
const STATE_BACK_MS: i64 = 24 * 3600 * 1000;

/// Capture of some devices together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Captured {
    /// Sums in which no device's surplus hides another's silence.
    capture: Capture,
    /// All readings that came.
    delivered: u64,
}

impl Captured {
    /// As the API shows it.
    pub(crate) fn view(&self, period: Span) -> CaptureView {
        CaptureView {
            from: period.from.into(),
            to: period.to.into(),
            expected: self.capture.expected,
            excused: self.capture.excused,
            delivered: self.delivered,
            percent: self.capture.percent(),
        }
    }
}

/// The capture of these devices in a period. Blocks.
pub(crate) fn captured(
    series: &dyn Series,
    directory: &Directory,
    devices: &[Arc<DeviceEntry>],
    period: Span,
) -> Result<Captured, SeriesError> {
    let mut all = Captured::default();
    let mut lines = Lines::default();
    for device in devices {
        for (place, binding) in device.bindings.iter().enumerate() {
            let is_first = place == 0 && is_first_on(directory, device, binding);
            let stay = Stay { device, binding, is_first };
            let (capture, delivered) = stay.captured(series, directory, period, &mut lines)?;
            all.capture = all.capture.and(capture);
            all.delivered += delivered;
        }
    }
    Ok(all)
}

fn is_first_on(directory: &Directory, device: &DeviceEntry, binding: &Binding) -> bool {
    let first = directory.installations(binding.object.no).first();
    first.is_some_and(|first| first.device == device.device.id)
}

/// A device on an object.
struct Stay<'a> {
    device: &'a DeviceEntry,
    binding: &'a Binding,
    /// Nothing sat on the object before: older readings are a backlog of this device.
    is_first: bool,
}

impl Stay<'_> {
    fn captured(
        &self,
        series: &dyn Series,
        directory: &Directory,
        period: Span,
        lines: &mut Lines,
    ) -> Result<(Capture, u64), SeriesError> {
        let until = match (self.binding.until, self.device.device.decommissioned_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let begin = if self.is_first { period.from } else { self.binding.from.max(period.from) };
        let end = until.map_or(period.to, |until| until.min(period.to));
        if begin >= end {
            return Ok((Capture::default(), 0));
        }
        let delivered = series.count_rows(&[self.binding.object.no], begin, end)?;
        let delivered = delivered.first().copied().unwrap_or_default();
        let Some(commissioned) = self.commissioned_at() else {
            return Ok((Capture::default(), delivered));
        };
        let object = &self.binding.object;
        let regime = self.device.profile.regime;
        let in_service = match regime {
            Regime::InService => in_service(series, directory, object, period)?,
            _ => Vec::new(),
        };
        let excuses = match regime {
            Regime::WhileEnergised => lines.dark(series, directory, object, period)?,
            _ => &[],
        };
        // The registry learns of a device after it was put up: on its first object it is on duty
        // since its commissioning, on any other since it was installed there.
        let since = if self.is_first { commissioned } else { commissioned.max(self.binding.from) };
        let duty = Duty {
            regime,
            interval_s: self.device.profile.interval_s,
            since,
            until,
            in_service: &in_service,
            excuses,
        };
        Ok((capture(&duty, period.from, period.to, delivered), delivered))
    }

    fn commissioned_at(&self) -> Option<Timestamp> {
        let day = self.device.device.commissioned_on.as_deref()?;
        // The registry takes nothing that is no day.
        day.parse().ok().map(begin_of_day)
    }
}

/// When a vehicle was in service: while its ignition was on; of one that does not tell its
/// ignition, while it had a run.
fn in_service(
    series: &dyn Series,
    directory: &Directory,
    object: &Object,
    period: Span,
) -> Result<Vec<Span>, SeriesError> {
    if let Some(slot) = directory.slot(object.no, "ignition") {
        let steps = steps(series, DatastreamId { object: object.no, slot }, period)?;
        if !steps.is_empty() {
            return Ok(spans_while(steps, period.to));
        }
    }
    let Ok(run) = "run".parse() else { return Ok(Vec::new()) };
    let from = period.from.plus_ms(-STATE_BACK_MS);
    let runs = series.texts(object.no, &run, from, period.to)?;
    Ok(spans_while(runs.iter().map(|r| (r.time, !r.text.is_empty())), period.to))
}

/// When the lines of lamps were without voltage or switched off; each zone is read once.
#[derive(Default)]
struct Lines(HashMap<(CommunityId, ZoneId), Vec<Excuse>>);

impl Lines {
    fn dark(
        &mut self,
        series: &dyn Series,
        directory: &Directory,
        lamp: &Object,
        period: Span,
    ) -> Result<&[Excuse], SeriesError> {
        let Some(zone) = lamp.zone.clone() else { return Ok(&[]) };
        match self.0.entry((lamp.community.clone(), zone)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let dark = dark(series, directory, &new.key().0, &new.key().1, period)?;
                Ok(new.insert(dark))
            }
        }
    }
}

/// When the cabinets of a zone told a loss of supply, or an open contactor.
fn dark(
    series: &dyn Series,
    directory: &Directory,
    community: &CommunityId,
    zone: &ZoneId,
    period: Span,
) -> Result<Vec<Excuse>, SeriesError> {
    let mut dark = Vec::new();
    let is_in_zone = |object: &&Arc<Object>| {
        object.zone.as_ref() == Some(zone) && object.community == *community
    };
    for cabinet in directory.objects().filter(is_in_zone) {
        for (property, dark_when) in [("supply_loss", true), ("contactor", false)] {
            let Some(slot) = directory.slot(cabinet.no, property) else { continue };
            let steps = steps(series, DatastreamId { object: cabinet.no, slot }, period)?;
            let is_dark = steps.into_iter().map(|(time, on)| (time, on == dark_when));
            dark.extend(spans_while(is_dark, period.to).into_iter().map(|span| Excuse {
                from: span.from,
                to: span.to,
                reason: ExcuseReason::Outage,
            }));
        }
    }
    Ok(dark)
}

/// A state 0/1 and since when, oldest first, from a day before the period on. Hours in which it
/// stayed what it was are known from the hourly rollups; only the others are read.
fn steps(
    series: &dyn Series,
    id: DatastreamId,
    period: Span,
) -> Result<Vec<(Timestamp, bool)>, SeriesError> {
    let from = period.from.plus_ms(-STATE_BACK_MS);
    let hours = buckets(Calendar::Civil, BucketSize::Hour, from, period.to)
        .map_err(|TooMany { limit }| SeriesError::TooMany { limit })?;
    let mut steps: Vec<(Timestamp, bool)> = Vec::new();
    for hour in series.aggregate(id, &hours)? {
        let held = steps.last().map(|(_, on)| *on);
        let stays = hour.min.total_cmp(&hour.max).is_eq() && held == Some(hour.min != 0.0);
        if hour.count == 0 || stays {
            continue;
        }
        let to = hour.end.min(period.to);
        for o in series.range(id, hour.begin, to, OBSERVATIONS_PER_ANSWER_MAX)? {
            let on = o.value != 0.0;
            if steps.last().is_none_or(|(_, held)| *held != on) {
                steps.push((o.time, on));
            }
        }
    }
    Ok(steps)
}
