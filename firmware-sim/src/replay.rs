//! Real recordings, published as devices: each reader turns the files of one source into records
//! in the device's own words, and the same links that carry the simulated city carry them.

mod capmetro;
mod openair;
mod uba;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use domain::place::Place;
use domain::profile::Kind;
use domain::topic::{Channel, Topic};
use domain::{CommunityId, DeviceId, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::plan::quoted;
use crate::run::{Counters, RunError, Stage, Voice, play};
use crate::stream::Publication;
use crate::wire::{self, Record};

/// A source of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `openair_mydata`: hourly air of one London kerbside, 1998–2005.
    Openair,
    /// `cologne_uba_2014`: hourly air of seven stations of Cologne.
    Uba,
    /// `austin-capmetro`: vehicle positions of a whole fleet.
    Capmetro,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 3] = [Self::Openair, Self::Uba, Self::Capmetro];

    /// The word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Openair => "openair-mydata",
            Self::Uba => "cologne-uba",
            Self::Capmetro => "austin-capmetro",
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            format!("`{text}` is no recording that can be replayed, expected one of {words}")
        })
    }
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    /// The file system refused.
    #[error("`{file}`: {reason}")]
    File {
        /// Which file.
        file: PathBuf,
        /// What it said.
        reason: std::io::Error,
    },
    /// A line or an entry is not what the source writes.
    #[error("`{file}`, {place}: `{found}` is no {expected}")]
    Content {
        /// Which file.
        file: PathBuf,
        /// Line or entry.
        place: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// Nothing in the asked time.
    #[error("the recording holds nothing between {0} and {1}")]
    Empty(Timestamp, Timestamp),
}

/// A device of a recording.
#[derive(Clone, Debug)]
pub struct RecordedDevice {
    /// Its id here.
    pub id: DeviceId,
    /// Its kind.
    pub kind: Kind,
    /// Its profile.
    pub profile: &'static str,
    /// Name for people.
    pub name: String,
    /// Where it stood; `None` for a vehicle.
    pub place: Option<Place>,
    /// Who ran it.
    pub owner: &'static str,
    records: Vec<Record>,
}

/// A recording, ready to be played.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its devices, ordered by id, each with its records in order of time.
    pub devices: Vec<RecordedDevice>,
    /// Records of averages begin on whole steps of this length, milliseconds.
    step_ms: i64,
}

/// A half-open span of recorded time.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From here on.
    pub from: Timestamp,
    /// Up to here, exclusive.
    pub until: Timestamp,
}

impl Span {
    /// All of it.
    pub const ALL: Self = Self { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) };
}

impl Recording {
    /// Reads a recording: a file, or the folder that holds it, and of it the span.
    pub fn read(source: Source, path: &Path, span: Span) -> Result<Self, BadRecording> {
        let mut recording = match source {
            Source::Openair => openair::read(path)?,
            Source::Uba => uba::read(path)?,
            Source::Capmetro => capmetro::read(path)?,
        };
        for device in &mut recording.devices {
            device.records.retain(|r| span.from <= r.at && r.at < span.until);
            device.records.sort_by_key(|r| r.at);
        }
        recording.devices.retain(|d| !d.records.is_empty());
        recording.devices.sort_by(|a, b| a.id.cmp(&b.id));
        if recording.devices.is_empty() {
            return Err(BadRecording::Empty(span.from, span.until));
        }
        Ok(recording)
    }

    /// First and last time stamp.
    pub fn ends(&self) -> (Timestamp, Timestamp) {
        let stamps = || self.devices.iter().flat_map(|d| d.records.iter().map(|r| r.at));
        (stamps().min().unwrap_or_default(), stamps().max().unwrap_or_default())
    }

    /// Number of messages.
    pub fn messages(&self) -> usize {
        self.devices.iter().map(|d| d.records.len()).sum()
    }

    /// Moves the recording in time so that it ends when its replay at `speed`, begun at `now`,
    /// ends: at the speed of life the first record is of now, and no record is ever of the future.
    #[must_use]
    pub fn shifted_to(mut self, now: Timestamp, speed: f64) -> Self {
        let (first, last) = self.ends();
        let recorded_ms = last.since_ms(first);
        let ahead_ms = recorded_ms - (recorded_ms as f64 / speed.max(1.0)) as i64;
        let by_ms = now.since_ms(first) - ahead_ms;
        let by_ms = by_ms.div_euclid(self.step_ms) * self.step_ms;
        for record in self.devices.iter_mut().flat_map(|d| &mut d.records) {
            record.at = record.at.plus_ms(by_ms);
        }
        self
    }

    /// The devices as a file for `obrii device import`, marked as simulated: what they say is
    /// real, but not of this city and not of today.
    pub fn device_csv(&self, community: &CommunityId) -> String {
        let head = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on,\
                    access,simulated";
        let since: String = self.ends().0.to_string().chars().take("1998-01-01".len()).collect();
        let rows = self.devices.iter().map(|d| {
            let degrees = |v: Option<f64>| v.map(|v| format!("{v:.6}")).unwrap_or_default();
            [
                d.id.to_string(),
                community.to_string(),
                d.kind.to_string(),
                d.profile.to_owned(),
                d.name.clone(),
                degrees(d.place.map(|p| p.lat)),
                degrees(d.place.map(|p| p.lon)),
                format!("partner:{}", d.owner),
                d.owner.to_owned(),
                String::new(),
                since.clone(),
                "internal".to_owned(),
                "true".to_owned(),
            ]
            .map(|cell| quoted(&cell))
            .join(",")
        });
        std::iter::once(head.to_owned()).chain(rows).collect::<Vec<_>>().join("\n") + "\n"
    }

    fn voices(
        self,
        community: &CommunityId,
    ) -> Vec<Voice<impl Iterator<Item = Publication> + use<>>> {
        let voice = |device: RecordedDevice| {
            let topic = |channel| Topic {
                community: community.clone(),
                kind: device.kind,
                device: device.id.clone(),
                channel,
            };
            let telemetry: Arc<str> = Arc::from(topic(Channel::Telemetry).to_string());
            Voice {
                user: device.id.clone(),
                status_topic: topic(Channel::Status).to_string(),
                messages: device.records.into_iter().map(move |record| Publication {
                    at: record.at,
                    topic: Arc::clone(&telemetry),
                    payload: wire::one(&record),
                }),
            }
        };
        self.devices.into_iter().map(voice).collect()
    }
}

/// Where and how fast a recording is played.
#[derive(Clone, Debug)]
pub struct Config {
    /// The broker, `host:port`.
    pub broker: String,
    /// Token of each device, by device id.
    pub tokens: HashMap<String, String>,
    /// Community of the devices.
    pub community: CommunityId,
    /// Recorded seconds of one real second; infinite: as fast as the broker acknowledges.
    pub speed: f64,
    /// What happens, to be watched meanwhile.
    pub counters: Arc<Counters>,
}

/// Plays a recording to its end, or until `stop`.
pub async fn run(
    recording: Recording,
    config: Config,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let stage = Stage::new(&config.broker, &config.tokens, config.speed, &config.counters)?;
    let (first, _) = recording.ends();
    play(recording.voices(&config.community), first, stage, stop).await
}

/// The text of a file, unpacked when its name ends in `.gz`.
fn text(file: &Path) -> Result<String, BadRecording> {
    let failed = |reason| BadRecording::File { file: file.to_owned(), reason };
    let bytes = std::fs::read(file).map_err(failed)?;
    let mut text = String::new();
    let unpacked = if file.extension().is_some_and(|e| e == "gz") {
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text)
    } else {
        std::io::Read::read_to_string(&mut &bytes[..], &mut text)
    };
    unpacked.map_err(failed)?;
    Ok(text)
}

/// The files of a folder whose names begin and end so, in order; or the one file itself.
fn files(path: &Path, begin: &str, ends: &[&str]) -> Result<Vec<PathBuf>, BadRecording> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |reason| BadRecording::File { file: path.to_owned(), reason };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(begin) && ends.iter().any(|end| name.ends_with(end)) {
            found.push(file.clone());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
