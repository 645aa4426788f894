//! A profile as it is written, before anybody checked it: what stands in the cells of a form or
//! behind the keys of the file. It is read from TOML and written as the shipped files are.

use std::fmt::{self, Write as _};

use domain::limits::{PROFILE_FILE_BYTES_MAX, RETENTION_DAYS_DEFAULT};
use serde::Deserialize;

use super::mistake::{BadProfile, Fault, Mistake, Place};

/// A profile as it is written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The comment at the head of the file, without the signs of a comment.
    #[serde(skip)]
    pub note: String,
    /// Its id.
    pub id: String,
    /// Kind of the objects.
    pub kind: String,
    /// Name in Ukrainian.
    pub title_uk: String,
    /// Name in English.
    pub title_en: String,
    /// What is expected.
    pub regime: String,
    /// Expected interval between readings, seconds.
    pub interval_s: u32,
    /// What a time stamp means.
    pub stamp: String,
    /// Averaging time of a reading, seconds.
    #[serde(default)]
    pub averaging_s: u32,
    /// How long raw readings are kept.
    #[serde(default)]
    pub retention_days: Retention,
    /// The fields; a gateway has none.
    #[serde(default)]
    pub fields: Vec<FormField>,
}

/// How long raw readings are kept: `400`, or `"for-ever"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Retention {
    /// So many days.
    Days(u32),
    /// In a word; only `for-ever` is one.
    Word(String),
}

impl Retention {
    /// The word for readings that are never dropped.
    pub const FOR_EVER: &'static str = "for-ever";
}

impl Default for Retention {
    fn default() -> Self {
        Self::Days(RETENTION_DAYS_DEFAULT)
    }
}

/// A field as it is written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Its name on the wire.
    pub name: String,
    /// Where it stands in a JSON payload, when not at the top under its name.
    pub pointer: Option<String>,
    /// What it measures, when that is not its name.
    pub property: Option<String>,
    /// The unit in which the device sends it, when it is not the canonical one.
    pub unit: Option<String>,
    /// To the canonical unit, for a gas in ppb or ppm.
    pub factor: Option<f64>,
    /// Valid range, canonical unit.
    pub range: Option<(f64, f64)>,
    /// Largest believable change per second, canonical unit.
    pub rate_per_s_max: Option<f64>,
    /// A value unchanged for longer is flagged `flat`, seconds.
    pub flat_s_max: Option<u32>,
}

impl Form {
    /// Reads a file.
    pub fn read(text: &str) -> Result<Self, BadProfile> {
        if text.len() > PROFILE_FILE_BYTES_MAX {
            let reason = format!("{} bytes, expected at most {PROFILE_FILE_BYTES_MAX}", text.len());
            return Err(whole(Fault::TooLarge, text.len().to_string(), reason));
        }
        let form: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            whole(Fault::Form, line.to_string(), format!("line {line}: {}", error.message()))
        })?;
        let head = text.lines().map_while(|line| line.strip_prefix('#'));
        let note: Vec<&str> = head.map(str::trim).collect();
        Ok(Self { note: note.join("\n"), ..form })
    }

    /// Writes the file; read again, it says the same.
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out).expect("writing into a string cannot fail");
        out
    }

    fn write_to(&self, out: &mut String) -> fmt::Result {
        for line in self.note.lines() {
            writeln!(out, "{}", format!("# {line}").trim_end())?;
        }
        writeln!(out, "id = {}", quoted(&self.id))?;
        writeln!(out, "kind = {}", quoted(&self.kind))?;
        writeln!(out, "title_uk = {}", quoted(&self.title_uk))?;
        writeln!(out, "title_en = {}", quoted(&self.title_en))?;
        writeln!(out, "regime = {}", quoted(&self.regime))?;
        writeln!(out, "interval_s = {}", self.interval_s)?;
        writeln!(out, "stamp = {}", quoted(&self.stamp))?;
        if self.averaging_s > 0 {
            writeln!(out, "averaging_s = {}", self.averaging_s)?;
        }
        match &self.retention_days {
            Retention::Days(days) => writeln!(out, "retention_days = {days}")?,
            Retention::Word(word) => writeln!(out, "retention_days = {}", quoted(word))?,
        }
        if self.fields.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nfields = [")?;
        for field in &self.fields {
            writeln!(out, "    {{ {} }},", field.written())?;
        }
        writeln!(out, "]")
    }
}

impl FormField {
    fn written(&self) -> String {
        let text = |key, text: &Option<String>| {
            text.as_ref().map(|text| format!("{key} = {}", quoted(text)))
        };
        let real = |key, value: Option<f64>| value.map(|v| format!("{key} = {}", number(v)));
        let parts = [
            Some(format!("name = {}", quoted(&self.name))),
            text("pointer", &self.pointer),
            text("property", &self.property),
            text("unit", &self.unit),
            real("factor", self.factor),
            self.range.map(|(low, high)| format!("range = [{}, {}]", number(low), number(high))),
            real("rate_per_s_max", self.rate_per_s_max),
            self.flat_s_max.map(|seconds| format!("flat_s_max = {seconds}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn whole(fault: Fault, given: String, reason: String) -> BadProfile {
    Mistake { place: Place::Whole, fault, given, reason }.into()
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.extend(format!("\\U{:08X}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The largest number that is written as a whole one, far below the end of exact ones (2^53).
const WHOLE_MAX: f64 = 1e15;

/// A number of TOML, whole ones without a point.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() <= WHOLE_MAX {
        return format!("{value:.0}");
    }
    match value {
        v if v.is_nan() => "nan".to_owned(),
        v => format!("{v:?}"),
    }
}
