//! `obrii bench read`: how long questions take that pages ask, on stores filled straight through
//! `Series` and sealed; and how many bytes sealed observations take.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::ensure;
use domain::calendar::{BucketSize, Calendar, buckets};
use domain::limits::OBSERVATIONS_PER_ANSWER_MAX;
use domain::{DatastreamId, ObjectNo, Timestamp};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;
use store::clock::{Clock as _, SystemClock};
use store::series::{Embedded, Series as _};

use super::filling::{Filler, HOUR_MS, Recording, Wander, hour_arrives_after_ms, row};
use super::median;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Everything is older than this: old enough to be sealed.
const END_BEFORE_NOW_MS: i64 = 3 * DAY_MS;
/// Objects of four datastreams of which the newest values are asked.
const NEWEST_OBJECTS: u32 = 12_500;
const NEWEST_SLOTS: u16 = 4;
/// Stations with a reading each minute, their pollutants, and how long.
const STATIONS: u32 = 200;
const POLLUTANTS: u16 = 6;
const STATION_DAYS: i64 = 30;
/// Days of minutes of one post.
const POST_DAYS: i64 = 365;
/// Copies of the recording, and vehicles that drive a day.
const COPIES: u32 = 20;
const VEHICLES: u32 = 20;

/// At the latitude of Odesa, WGS 84.
const METRES_PER_DEGREE_OF_LATITUDE: f64 = 111_162.0;
const METRES_PER_DEGREE_OF_LONGITUDE: f64 = 76_800.0;

/// How to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each question is asked; the median is told.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Folder of the recording `openair_mydata`, for the bytes of real air.
    #[arg(long, value_name = "DIR")]
    air: Option<PathBuf>,
    /// Share of objects and days, 0–1, for a quick look; the targets are those of 1.
    #[arg(long, default_value_t = 1.0)]
    share: f64,
    /// Seed of made-up values and of arrival times.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The figures; times are medians, milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    rounds: usize,
    share: f64,
    latest_ms: f64,
    year_of_minutes_by_day_ms: f64,
    month_of_stations_by_hour_ms: f64,
    /// The same two right after the sealing, while the engine still holds marks of removed rows.
    year_just_sealed_ms: f64,
    month_just_sealed_ms: f64,
    vehicle_day_ms: f64,
    /// On disk after sealing; `null` without the recording.
    air_bytes_per_observation: Option<f64>,
    /// On disk after sealing; a position is latitude, longitude, speed, bearing and odometer.
    bytes_per_position: f64,
}

/// Values of a position.
const POSITION_VALUES: f64 = 5.0;

/// Measures.
pub(super) fn run(args: &Args) -> anyhow::Result<Report> {
    let now = SystemClock.now();
    let end = Timestamp((now.millis() - END_BEFORE_NOW_MS) / HOUR_MS * HOUR_MS);
    let scratch = tempfile::tempdir()?;
    let stage = Stage { args, folder: scratch.path(), now, end };
    let (vehicle_day_ms, bytes_per_position) = stage.vehicles()?;
    let year = stage.aggregated("post", (1, 1), POST_DAYS, BucketSize::Day)?;
    let month =
        stage.aggregated("stations", (STATIONS, POLLUTANTS), STATION_DAYS, BucketSize::Hour)?;
    Ok(Report {
        rounds: args.rounds,
        share: args.share,
        latest_ms: stage.latest()?,
        year_of_minutes_by_day_ms: year.settled_ms,
        month_of_stations_by_hour_ms: month.settled_ms,
        year_just_sealed_ms: year.just_sealed_ms,
        month_just_sealed_ms: month.just_sealed_ms,
        vehicle_day_ms,
        air_bytes_per_observation: args.air.as_deref().map(|air| stage.air(air)).transpose()?,
        bytes_per_position,
    })
}

/// The times of one question.
struct Asked {
    just_sealed_ms: f64,
    settled_ms: f64,
}

/// Where the scenes are played: each fills a store, and asks its copy.
struct Stage<'a> {
    args: &'a Args,
    folder: &'a Path,
    now: Timestamp,
    /// Nothing is newer.
    end: Timestamp,
}

/// What puts the rows of one object into a store.
type Rows<'a> = dyn FnMut(&mut Filler<'_>, ObjectNo, &mut SmallRng) -> anyhow::Result<()> + 'a;

impl Stage<'_> {
    fn latest(&self) -> anyhow::Result<f64> {
        let window = (self.end.plus_ms(-MINUTE_MS), self.end);
        let series = self.filled("newest", NEWEST_OBJECTS, &mut |filler, object, random| {
            minutes(filler, object, NEWEST_SLOTS, window, random)
        })?;
        let ids = self.ids(NEWEST_OBJECTS, NEWEST_SLOTS);
        self.asked(|| {
            let found = series.latest(&ids)?;
            ensure!(found.iter().all(Option::is_some), "a newest value is missing");
            Ok(())
        })
    }

    /// Objects with a reading each minute for days, of which buckets of all datastreams are asked.
    fn aggregated(
        &self,
        name: &str,
        (objects, slots): (u32, u16),
        days: i64,
        size: BucketSize,
    ) -> anyhow::Result<Asked> {
        let (from, to) = (self.end.plus_ms(-self.shared(days) * DAY_MS), self.end);
        let series = self.filled(name, objects, &mut |filler, object, random| {
            minutes(filler, object, slots.max(NEWEST_SLOTS), (from, to), random)
        })?;
        let (ids, bounds) = (self.ids(objects, slots), buckets(Calendar::Civil, size, from, to)?);
        let ask = |series: &Embedded| {
            self.asked(|| {
                for id in &ids {
                    let found = series.aggregate(*id, &bounds)?;
                    let is_whole = found.iter().all(|bucket| bucket.count > 0);
                    ensure!(is_whole, "an empty bucket of {id:?}");
                }
                Ok(())
            })
        };
        let just_sealed_ms = ask(&series)?;
        Ok(Asked { just_sealed_ms, settled_ms: ask(&self.settled(name, series)?)? })
    }

    /// The time of a vehicle's day, and the bytes of a position.
    fn vehicles(&self) -> anyhow::Result<(f64, f64)> {
        let seconds = self.shared(DAY_MS / SECOND_MS);
        let (from, to) = (self.end.plus_ms(-seconds * SECOND_MS), self.end);
        let series = self.filled("vehicles", VEHICLES, &mut |filler, object, random| {
            positions(filler, object, (from, to), random)
        })?;
        let series = self.settled("vehicles", series)?;
        let day_ms = self.asked(|| {
            let rows = series.rows(ObjectNo(0), from, to, OBSERVATIONS_PER_ANSWER_MAX)?;
            ensure!(rows.len() as i64 == seconds, "{} positions of {seconds}", rows.len());
            Ok(())
        })?;
        Ok((day_ms, bytes_per_observation(&series)? * POSITION_VALUES))
    }

    /// The bytes of an observation of the recording.
    fn air(&self, folder: &Path) -> anyhow::Result<f64> {
        let recording = Recording::read(folder)?;
        let begin = self.end.plus_ms(-HOUR_MS * recording.len() as i64);
        let series = self.filled("air", COPIES, &mut |filler, object, random| {
            for (number, time) in steps((begin, self.end), HOUR_MS).enumerate() {
                let hour = recording.hour(number).iter();
                let values = hour.map(|(field, value)| (*field as u16, *value));
                filler.push(row(object, time, hour_arrives_after_ms(random), values))?;
            }
            Ok(())
        })?;
        bytes_per_observation(&self.settled("air", series)?)
    }

    /// A new store that was filled object by object and sealed.
    fn filled(&self, name: &str, objects: u32, rows: &mut Rows<'_>) -> anyhow::Result<Embedded> {
        let mut random = SmallRng::seed_from_u64(self.args.seed);
        let series = Embedded::open(&self.folder.join(name))?;
        let mut filler = Filler::new(&series, self.now);
        for number in self.objects(objects) {
            rows(&mut filler, ObjectNo(number), &mut random)?;
        }
        filler.finish()?;
        Ok(series)
    }

    /// The store as it is once the engine has had its time: a copy, in which no journals lie and no
    /// marks of removed rows.
    fn settled(&self, name: &str, series: Embedded) -> anyhow::Result<Embedded> {
        let copy = self.folder.join(format!("{name}-copy"));
        series.snapshot(&copy)?;
        drop(series);
        std::fs::remove_dir_all(self.folder.join(name))?;
        Ok(Embedded::open(&copy)?)
    }

    /// Asks a question so many times; the median, milliseconds.
    fn asked(&self, question: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
        let time = |_| {
            let began = Instant::now();
            question()?;
            Ok(began.elapsed().as_secs_f64() * 1e3)
        };
        Ok(median((0..self.args.rounds.max(1)).map(time).collect::<anyhow::Result<_>>()?))
    }

    fn ids(&self, objects: u32, slots: u16) -> Vec<DatastreamId> {
        let of = |object| (0..slots).map(move |slot| DatastreamId { object, slot });
        self.objects(objects).map(ObjectNo).flat_map(of).collect()
    }

    fn objects(&self, whole: u32) -> Range<u32> {
        0..self.shared(whole.into()) as u32
    }

    fn shared(&self, whole: i64) -> i64 {
        ((whole as f64 * self.args.share).ceil() as i64).clamp(1, whole)
    }
}

fn bytes_per_observation(series: &Embedded) -> anyhow::Result<f64> {
    let size = series.size()?;
    Ok(size.bytes as f64 / size.observations.max(1) as f64)
}

/// Times from begin to end.
fn steps((from, to): (Timestamp, Timestamp), step_ms: i64) -> impl Iterator<Item = Timestamp> {
    (0..to.since_ms(from) / step_ms).map(move |number| from.plus_ms(number * step_ms))
}

/// A reading each minute.
fn minutes(
    filler: &mut Filler<'_>,
    object: ObjectNo,
    slots: u16,
    window: (Timestamp, Timestamp),
    random: &mut SmallRng,
) -> anyhow::Result<()> {
    let mut values: Vec<Wander> = (0..slots).map(|_| Wander::new(random)).collect();
    for time in steps(window, MINUTE_MS) {
        let next = values.iter_mut().map(|value| value.next(random));
        filler.push(row(object, time, MINUTE_MS, (0..).zip(next)))?;
    }
    Ok(())
}

/// A vehicle that drives, turns and stops, with a position each second that is off by up to 30 cm.
fn positions(
    filler: &mut Filler<'_>,
    object: ObjectNo,
    window: (Timestamp, Timestamp),
    random: &mut SmallRng,
) -> anyhow::Result<()> {
    let (mut north_m, mut east_m) = (0.0_f64, 0.0_f64);
    let (mut speed, mut bearing, mut odometer_m) = (0.0_f64, 90.0_f64, 0.0_f64);
    for time in steps(window, SECOND_MS) {
        speed = (speed + random.random_range(-1.5..1.4)).clamp(0.0, 15.0);
        if speed > 0.0 {
            bearing = (bearing + random.random_range(-5.0..5.0_f64)).rem_euclid(360.0);
        }
        north_m += speed * bearing.to_radians().cos();
        east_m += speed * bearing.to_radians().sin();
        odometer_m += speed;
        let noise_m = random.random_range(-0.3..0.3);
        let degrees = |origin: f64, metres: f64, metres_per_degree: f64| {
            ((origin + (metres + noise_m) / metres_per_degree) * 1e7).round() / 1e7
        };
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        let values = [
            degrees(46.48, north_m, METRES_PER_DEGREE_OF_LATITUDE),
            degrees(30.73, east_m, METRES_PER_DEGREE_OF_LONGITUDE),
            tenths(speed),
            bearing.round(),
            tenths(odometer_m / 1000.0),
        ];
        filler.push(row(object, time, 2 * SECOND_MS, (0..).zip(values)))?;
    }
    Ok(())
}
