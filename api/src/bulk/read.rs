//! Reading the store for an export: a page of readings at a time, object after object, on a thread
//! that waits while who fetches the file does not take what is ready, and ends when he is gone.

use domain::capture::Span;
use domain::directory::{DeviceEntry, Directory};
use domain::property::{Property, ValueKind};
use domain::registry::{Installation, Object};
use domain::{PropertyId, Quality, Timestamp};
use store::series::{Observation, Reading, Series, SeriesError, Text};
use tokio::sync::mpsc;

use super::choice::{Choice, datastreams, held_of};
use super::line::{ALONG, Encoder, Line, POSITION, What, add_flags, unit};
use crate::config::{EXPORT_PART_BYTES, EXPORT_VALUES_PER_READ};
use crate::export::ExportError;
use crate::view::ExportFailureWord;

/// What the reading hands over.
#[derive(Debug)]
pub(super) enum Part {
    /// Some of the file, or only how far it is.
    Read { bytes: Vec<u8>, rows: u64, datastreams: u64, datastreams_done: u64, share: f64 },
    /// Everything was read.
    End,
    /// The rest cannot be read.
    Broken(ExportFailureWord),
}

/// Why the reading ends before its end.
#[derive(Debug, thiserror::Error)]
enum Stop {
    /// Nobody fetches the file any more.
    #[error("nobody fetches the file any more")]
    Unwanted,
    /// An object has left the registry.
    #[error("object number {0} of the selection has left the registry")]
    Gone(u32),
    #[error(transparent)]
    Series(#[from] SeriesError),
    #[error(transparent)]
    Encoder(#[from] ExportError),
    #[error("property: {0}")]
    Property(#[from] domain::ids::BadId),
}

/// Reads everything and hands it over. Blocks for as long as nobody takes it.
pub(super) fn read(
    choice: &Choice,
    series: &dyn Series,
    directory: &Directory,
    parts: &mpsc::Sender<Part>,
) {
    let last = match read_all(choice, series, directory, parts) {
        Ok(()) => Part::End,
        Err(Stop::Unwanted) => return,
        Err(stop) => {
            tracing::error!(error = %stop, "an export broke off");
            Part::Broken(match stop {
                Stop::Series(_) => ExportFailureWord::Store,
                Stop::Gone(_) => ExportFailureWord::Registry,
                Stop::Unwanted | Stop::Encoder(_) | Stop::Property(_) => {
                    ExportFailureWord::Internal
                }
            })
        }
    };
    if parts.blocking_send(last).is_err() {
        tracing::debug!("who fetched an export went away at its end");
    }
}

fn read_all(
    choice: &Choice,
    series: &dyn Series,
    directory: &Directory,
    parts: &mpsc::Sender<Part>,
) -> Result<(), Stop> {
    let encoder = Encoder::begin(choice.format)?;
    // The registry may have changed since the choice was made.
    let wanted = choice.properties.as_deref();
    let datastreams = datastreams(&choice.objects, wanted, directory);
    let mut out = Out { parts, encoder, rows: 0, datastreams, datastreams_done: 0, share: 0.0 };
    let share_of_one = 1.0 / choice.objects.len() as f64;
    for (index, no) in choice.objects.iter().enumerate() {
        let object = directory.object(*no).ok_or(Stop::Gone(no.0))?;
        let of = OfObject::new(object, held_of(*no, wanted, directory), directory);
        out.share = index as f64 * share_of_one;
        of.readings(series, choice.span, share_of_one, &mut out)?;
        of.texts(series, choice.span, &mut out)?;
        out.share = (index + 1) as f64 * share_of_one;
        out.hand_over_progress()?;
    }
    out.hand_over()
}

/// Where lines go.
struct Out<'a> {
    parts: &'a mpsc::Sender<Part>,
    encoder: Encoder,
    /// Lines gathered since the last part.
    rows: u64,
    datastreams: u64,
    datastreams_done: u64,
    share: f64,
}

impl Out<'_> {
    fn add(&mut self, line: &Line<'_>) -> Result<(), Stop> {
        self.encoder.add(line)?;
        self.rows += 1;
        if self.encoder.len() < EXPORT_PART_BYTES {
            return Ok(());
        }
        self.hand_over()
    }

    fn hand_over(&mut self) -> Result<(), Stop> {
        let (bytes, rows) = (self.encoder.take()?, std::mem::take(&mut self.rows));
        self.send(bytes, rows)
    }

    /// Tells how far it is; what was gathered waits for more.
    fn hand_over_progress(&mut self) -> Result<(), Stop> {
        self.send(Vec::new(), 0)
    }

    fn send(&mut self, bytes: Vec<u8>, rows: u64) -> Result<(), Stop> {
        let Self { datastreams, datastreams_done, share, .. } = *self;
        let part = Part::Read { bytes, rows, datastreams, datastreams_done, share };
        self.parts.blocking_send(part).map_err(|_| Stop::Unwanted)
    }

    /// Before each question to the store: a long time without data hands nothing over.
    fn check_wanted(&self) -> Result<(), Stop> {
        if self.parts.is_closed() { Err(Stop::Unwanted) } else { Ok(()) }
    }
}

/// What is read of one object.
struct OfObject<'a> {
    object: &'a Object,
    /// Values that one reading may have, wanted or not.
    slots: usize,
    /// Slot and property, in the order of exports.
    numbers: Vec<(u16, &'static Property)>,
    texts: Vec<&'static Property>,
    /// Oldest first.
    devices: Vec<(&'a Installation, Option<&'a DeviceEntry>)>,
}

impl<'a> OfObject<'a> {
    fn new(object: &'a Object, held: Vec<&'static Property>, directory: &'a Directory) -> Self {
        let slot = |p: &&'static Property| Some((directory.slot(object.no, p.id)?, *p));
        let numbers = held.iter().filter(|p| p.kind != ValueKind::Text).filter_map(slot).collect();
        let texts = held.into_iter().filter(|p| p.kind == ValueKind::Text).collect();
        let entry = |i: &Installation| directory.device(i.device.as_str()).map(|entry| &**entry);
        let devices = directory.installations(object.no).iter().map(|i| (i, entry(i))).collect();
        let slots = directory.datastreams(object.no).len();
        Self { object, slots, numbers, texts, devices }
    }

    /// Who reported the property at that time, by the papers: the device that sat there and reports
    /// it; before the first installation the first device, whose backlog may begin earlier.
    fn device_at(&self, time: Timestamp, property: &str) -> Option<&'a str> {
        let reports = |entry: Option<&DeviceEntry>| {
            let fields = entry.map_or(&[][..], |entry| &entry.profile.fields);
            fields.iter().any(|field| field.property.as_str() == property)
        };
        let there = || self.devices.iter().rev().filter(|(i, _)| i.covers(time));
        let found = there().find(|(_, entry)| reports(*entry)).or_else(|| there().next());
        let first = || self.devices.first().filter(|(i, _)| time < i.from);
        found.or_else(first).map(|(i, _)| i.device.as_str())
    }

    fn readings(
        &self,
        series: &dyn Series,
        Span { mut from, to }: Span,
        share: f64,
        out: &mut Out<'_>,
    ) -> Result<(), Stop> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        let limit = (EXPORT_VALUES_PER_READ / self.slots).max(1);
        let (begin, whole, done) = (from, to.since_ms(from) as f64, out.share);
        loop {
            out.check_wanted()?;
            let readings = series.first_readings(self.object.no, from, to, limit)?;
            for reading in &readings {
                out.share = done + share * reading.time.since_ms(begin) as f64 / whole;
                self.lines(reading, out)?;
            }
            let Some(last) = readings.last().filter(|_| readings.len() == limit) else { break };
            from = last.time.plus_ms(1);
        }
        out.datastreams_done += self.numbers.len() as u64;
        Ok(())
    }

    /// The lines of one reading: its position, if it has one, and every other value.
    fn lines(&self, reading: &Reading, out: &mut Out<'_>) -> Result<(), Stop> {
        let value = |slot: u16| reading.values.iter().find(|(s, _)| *s == slot).map(|(_, o)| *o);
        let wanted = |id: &str| {
            self.numbers.iter().find(|(_, p)| p.id == id).and_then(|(slot, _)| value(*slot))
        };
        let position = wanted("lat").zip(wanted("lon"));
        if let Some((lat, lon)) = position {
            out.add(&self.position(lat, lon, ALONG.map(wanted)))?;
        }
        for (slot, property) in &self.numbers {
            let stands_in_position =
                ["lat", "lon"].contains(&property.id) || ALONG.contains(&property.id);
            if position.is_some() && stands_in_position {
                continue;
            }
            let Some(observation) = value(*slot) else { continue };
            out.add(&self.value(property, &observation))?;
        }
        Ok(())
    }

    fn value(&self, property: &'static Property, observation: &Observation) -> Line<'a> {
        let Observation { time, arrival, value, quality } = *observation;
        let what = What::Value { value };
        self.line(property.id, unit(property), (time, arrival), what, quality)
    }

    fn position(
        &self,
        lat: Observation,
        lon: Observation,
        along: [Option<Observation>; 3],
    ) -> Line<'a> {
        let [speed, bearing, odometer] = along.map(|o| o.map(|o| o.value));
        let what = What::Position { lat: lat.value, lon: lon.value, speed, bearing, odometer };
        let newest =
            along.iter().flatten().map(|o| o.arrival).fold(lat.arrival.max(lon.arrival), Ord::max);
        let quality = lat.quality.with(lon.quality);
        let mut line = self.line(POSITION, "", (lat.time, newest), what, quality);
        for (id, observation) in ALONG.iter().zip(along) {
            if let Some(observation) = observation {
                add_flags(&mut line.quality, (id, ":"), observation.quality);
            }
        }
        line
    }

    fn line<'b>(
        &self,
        property: &'static str,
        unit: &'static str,
        (time, arrival): (Timestamp, Timestamp),
        what: What<'b>,
        quality: Quality,
    ) -> Line<'b>
    where
        'a: 'b,
    {
        let mut flags = Vec::new();
        add_flags(&mut flags, ("", ""), quality);
        let reported = if property == POSITION { "lat" } else { property };
        Line {
            object: self.object.id.as_str(),
            device: self.device_at(time, reported),
            property,
            unit,
            measured: time.into(),
            arrived: arrival.into(),
            what,
            quality: flags,
            simulated: self.object.simulated,
        }
    }

    fn texts(&self, series: &dyn Series, span: Span, out: &mut Out<'_>) -> Result<(), Stop> {
        for property in &self.texts {
            let id: PropertyId = property.id.parse()?;
            let mut from = span.from;
            loop {
                out.check_wanted()?;
                let limit = EXPORT_VALUES_PER_READ;
                let texts = series.first_texts(self.object.no, &id, from, span.to, limit)?;
                for Text { time, arrival, text, .. } in &texts {
                    let what = What::Text { text };
                    let line = self.line(property.id, "", (*time, *arrival), what, Quality::GOOD);
                    out.add(&line)?;
                }
                let Some(last) = texts.last().filter(|_| texts.len() == limit) else { break };
                from = last.time.plus_ms(1);
            }
            out.datastreams_done += 1;
        }
        Ok(())
    }
}
