//! Filling a store straight through `Series`, without devices and gateways: what the reads and the
//! start of a platform with years behind it are measured on.

use std::path::Path;

use anyhow::{Context as _, bail};
use domain::profile::Profile;
use domain::{Cell, ObjectNo, Quality, Row, Timestamp};
use rand::Rng as _;
use rand::rngs::SmallRng;
use store::series::{Batch, Embedded, Series as _};

/// Rows of one commit: its wait for the disk is then a small part.
const ROWS_PER_COMMIT: usize = 16_384;
/// Rows between two sealings.
const ROWS_PER_SEAL: usize = 4_000_000;
/// An hour's mean is told within so many milliseconds after the hour.
const DELAY_MS_MAX: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 3_600_000;

/// Collects rows, appends them some thousand at a time, and seals now and then, so that few loose
/// rows lie on disk at a time.
pub(super) struct Filler<'a> {
    series: &'a Embedded,
    now: Timestamp,
    batch: Batch,
    unsealed: usize,
    sealed: u64,
}

impl<'a> Filler<'a> {
    /// Rows that are old at `now` will be sealed.
    pub(super) fn new(series: &'a Embedded, now: Timestamp) -> Self {
        Self { series, now, batch: Batch::default(), unsealed: 0, sealed: 0 }
    }

    pub(super) fn push(&mut self, row: Row) -> anyhow::Result<()> {
        self.batch.rows.push(row);
        if self.batch.rows.len() >= ROWS_PER_COMMIT {
            self.flush()?;
        }
        if self.unsealed >= ROWS_PER_SEAL {
            self.seal()?;
        }
        Ok(())
    }

    /// Appends and seals what has gathered; how many rows were sealed in all.
    pub(super) fn finish(mut self) -> anyhow::Result<u64> {
        self.flush()?;
        self.seal()?;
        Ok(self.sealed)
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.series.append(&self.batch)?;
        self.unsealed += self.batch.rows.len();
        self.batch.rows.clear();
        Ok(())
    }

    fn seal(&mut self) -> anyhow::Result<()> {
        self.sealed += self.series.seal(self.now)?;
        self.unsealed = 0;
        Ok(())
    }
}

/// A row of good values that arrived a while after its time.
pub(super) fn row(
    object: ObjectNo,
    time: Timestamp,
    after_ms: i64,
    values: impl Iterator<Item = (u16, f64)>,
) -> Row {
    let cell = |(slot, value)| Cell { slot, value, quality: Quality::GOOD };
    Row { object, time, arrival: time.plus_ms(after_ms), cells: values.map(cell).collect() }
}

/// A value in tenths that goes up and down by little, as measured air does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wander {
    tenths: i32,
}

impl Wander {
    pub(super) fn new(random: &mut SmallRng) -> Self {
        Self { tenths: random.random_range(50..500) }
    }

    pub(super) fn next(&mut self, random: &mut SmallRng) -> f64 {
        self.tenths = (self.tenths + random.random_range(-3..=3)).clamp(0, 2_000);
        f64::from(self.tenths) / 10.0
    }
}

/// A real recording of hourly air (`openair_mydata`), in canonical units.
pub(super) struct Recording {
    /// Its profile, whose fields the values are.
    pub(super) profile: Profile,
    /// For each hour: which field, and its value.
    hours: Vec<Vec<(usize, f64)>>,
}

impl Recording {
    /// Reads the CSV file of the folder, by the shipped profile.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut shipped = store::profile_file::shipped().into_iter();
        let profile = shipped.find(|p| p.id.as_str() == "openair-mydata");
        let profile = profile.context("the profile `openair-mydata` is shipped")?;
        let mut files = std::fs::read_dir(folder)
            .with_context(|| format!("`{}`", folder.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()));
        let file = files.find(|path| path.extension().is_some_and(|e| e == "csv"));
        let file = file.with_context(|| format!("`{}` holds no CSV file", folder.display()))?;
        let mut reader = csv::Reader::from_path(&file)?;
        let field = |name: &str| profile.fields.iter().position(|f| f.name == name);
        let columns: Vec<Option<usize>> = reader.headers()?.iter().map(field).collect();
        let mut hours = Vec::new();
        for record in reader.records() {
            let record = record?;
            let mut values: Vec<(usize, f64)> = Vec::with_capacity(columns.len());
            for (cell, column) in record.iter().zip(&columns) {
                let Some(field) = column.filter(|_| !cell.is_empty()) else { continue };
                let value: f64 = cell.parse().with_context(|| format!("`{cell}`"))?;
                values.push((field, profile.fields[field].conversion.apply(value)));
            }
            if !values.is_empty() {
                values.sort_unstable_by_key(|(field, _)| *field);
                hours.push(values);
            }
        }
        if hours.is_empty() {
            bail!("`{}` holds no values", file.display());
        }
        Ok(Self { profile, hours })
    }

    /// Values of an hour, on average.
    pub(super) fn values_per_hour(&self) -> f64 {
        self.hours.iter().map(Vec::len).sum::<usize>() as f64 / self.hours.len() as f64
    }

    /// Hours of the recording.
    pub(super) fn len(&self) -> usize {
        self.hours.len()
    }

    /// The values of an hour, round and round; by field of the profile, ascending.
    pub(super) fn hour(&self, number: usize) -> &[(usize, f64)] {
        &self.hours[number % self.hours.len()]
    }
}

/// When the mean of an hour arrives after the hour's begin, milliseconds.
pub(super) fn hour_arrives_after_ms(random: &mut SmallRng) -> i64 {
    HOUR_MS + random.random_range(0..DELAY_MS_MAX)
}
