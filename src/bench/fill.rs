//! `obrii bench fill`: a data folder as after years, with its devices in the registry and its
//! observations sealed, made without sending them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use domain::{ObjectNo, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use serde::Serialize;
use store::clock::{Clock as _, SystemClock};
use store::registry::Registry;
use store::series::{Embedded, Series as _};

use super::filling::{Filler, HOUR_MS, Recording, Wander, hour_arrives_after_ms, row};
use super::load::{REST, register};
use crate::commands::registry;
use crate::exit::Exit;

/// Time between two rows of a device that is not a recording.
const STEP_MS: i64 = 5 * 60 * 1000;
/// Age of the newest rows: old enough for all of them to be sealed.
const END_BEFORE_NOW_MS: i64 = 3 * 24 * HOUR_MS;
const FIELDS: [&str; 4] = ["pm25", "pm10", "temperature", "humidity"];

/// What to make.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Observations in all, about; `1e9` is understood.
    #[arg(long, default_value_t = 1e9)]
    observations: f64,
    /// Devices that share them.
    #[arg(long, default_value_t = 60_000)]
    devices: usize,
    /// Folder of the recording `openair_mydata`: the devices then tell its hours, each beginning
    /// elsewhere, instead of made-up values every five minutes.
    #[arg(long, value_name = "DIR")]
    recording: Option<PathBuf>,
    /// Seed of made-up values and of arrival times.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The figures.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    devices: usize,
    observations: u64,
    rows: u64,
    /// Rows that were sealed.
    sealed: u64,
    seconds: f64,
    observations_per_s: f64,
    /// Bytes of the folder, journals included, for each observation.
    bytes_per_observation: f64,
}

/// What the devices tell.
enum Content {
    Wandering,
    Recorded(Recording),
}

impl Content {
    fn profile(&self) -> &str {
        match self {
            Self::Wandering => "air-post",
            Self::Recorded(recording) => recording.profile.id.as_str(),
        }
    }

    fn properties(&self) -> Vec<&str> {
        match self {
            Self::Wandering => FIELDS.to_vec(),
            Self::Recorded(recording) => {
                recording.profile.fields.iter().map(|f| f.property.as_str()).collect()
            }
        }
    }

    fn values_per_row(&self) -> f64 {
        match self {
            Self::Wandering => FIELDS.len() as f64,
            Self::Recorded(recording) => recording.values_per_hour(),
        }
    }

    const fn step_ms(&self) -> i64 {
        match self {
            Self::Wandering => STEP_MS,
            Self::Recorded(_) => HOUR_MS,
        }
    }
}

/// Fills the folder, which must be a new one.
pub(super) fn run(args: &Args, data: &Path) -> anyhow::Result<Report> {
    if registry::file(data).exists() {
        let message = format!("`{}` holds a registry, expected a new folder", data.display());
        return Err(Exit::usage(message).into());
    }
    let content = match &args.recording {
        Some(folder) => Content::Recorded(Recording::read(folder)?),
        None => Content::Wandering,
    };
    let began = Instant::now();
    let profile = content.profile();
    register(
        data,
        (0..args.devices)
            .map(|i| format!("bench-{i},odesa,air,{profile},Прилад {i},46.48,30.72,{REST},,true")),
    )?;
    let directory = Registry::open(&registry::file(data))?.directory()?;
    let mut objects: Vec<ObjectNo> = directory.objects().map(|object| object.no).collect();
    objects.sort_unstable();

    let series = Embedded::open(&data.join("series"))?;
    let now = SystemClock.now();
    let rows_each =
        (args.observations / args.devices.max(1) as f64 / content.values_per_row()).ceil() as u64;
    let end = now.plus_ms(-END_BEFORE_NOW_MS);
    let begin = end.plus_ms(-content.step_ms() * rows_each.cast_signed());
    let mut random = SmallRng::seed_from_u64(args.seed);
    let mut filler = Filler::new(&series, now);
    for object in objects.iter().copied() {
        let slot = |property: &&str| {
            directory.slot(object, property).with_context(|| format!("no slot: {property}"))
        };
        let slots = content.properties().iter().map(slot).collect::<anyhow::Result<Vec<u16>>>()?;
        fill(&mut filler, &content, (object, &slots), (begin, rows_each), &mut random)?;
    }
    let sealed = filler.finish()?;
    let seconds = began.elapsed().as_secs_f64();
    let size = series.size()?;
    Ok(Report {
        devices: args.devices,
        observations: size.observations,
        rows: rows_each * objects.len() as u64,
        sealed,
        seconds,
        observations_per_s: size.observations as f64 / seconds,
        bytes_per_observation: size.bytes as f64 / size.observations.max(1) as f64,
    })
}

/// The rows of one object. Slots stand in the order of the content's properties.
fn fill(
    filler: &mut Filler<'_>,
    content: &Content,
    (object, slots): (ObjectNo, &[u16]),
    (begin, rows): (Timestamp, u64),
    random: &mut SmallRng,
) -> anyhow::Result<()> {
    let times = (0..rows).map(|n| (n, begin.plus_ms(n.cast_signed() * content.step_ms())));
    match content {
        Content::Wandering => {
            let mut values: Vec<Wander> = slots.iter().map(|_| Wander::new(random)).collect();
            for (_, time) in times {
                let next = values.iter_mut().map(|value| value.next(random));
                filler.push(row(object, time, 2_000, slots.iter().copied().zip(next)))?;
            }
        }
        Content::Recorded(recording) => {
            // Each device begins elsewhere in the recording.
            let first = object.0 as usize * 997;
            for (n, time) in times {
                let hour = recording.hour(first + n as usize).iter();
                let values = hour.map(|(field, value)| (slots[*field], *value));
                filler.push(row(object, time, hour_arrives_after_ms(random), values))?;
            }
        }
    }
    Ok(())
}
