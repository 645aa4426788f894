//! One line of an export, and how lines become CSV or JSON lines.

use std::borrow::Cow;

use domain::Quality;
use domain::property::Property;
use serde::Serialize;

use crate::export::{ExportError, harmless};
use crate::view::{ExportFormatWord, Moment, label};

/// In place of the property in the line of a position.
pub(super) const POSITION: &str = "position";
/// Properties that stand in one line with `lat` and `lon` of the same reading.
pub(super) const ALONG: [&str; 3] = ["speed", "bearing", "odometer"];

/// One line: a value, a text, or a position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Line<'a> {
    pub(super) object: &'a str,
    /// Who sat on the object when it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<&'a str>,
    /// The property, or [`POSITION`].
    pub(super) property: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) unit: &'static str,
    pub(super) measured: Moment,
    pub(super) arrived: Moment,
    #[serde(flatten)]
    pub(super) what: What<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) quality: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) simulated: bool,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum What<'a> {
    Value {
        value: f64,
    },
    Text {
        text: &'a str,
    },
    Position {
        lat: f64,
        lon: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        speed: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bearing: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        odometer: Option<f64>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives it so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Adds the names of flags; `of` and what stands between say whose they are.
pub(super) fn add_flags(flags: &mut Vec<String>, (of, between): (&str, &str), quality: Quality) {
    flags.extend(quality.names().map(|name| format!("{of}{between}{name}")));
}

/// The unit inside the platform, as printed; a number without unit has none.
pub(super) fn unit(property: &Property) -> &'static str {
    label(property.canonical)
}

/// Gathers lines into the bytes of a file.
pub(super) enum Encoder {
    Csv(Box<csv::Writer<Vec<u8>>>),
    JsonLines(Vec<u8>),
}

impl Encoder {
    /// With the row of names, when the form has one.
    pub(super) fn begin(format: ExportFormatWord) -> Result<Self, ExportError> {
        let mut encoder = Self::empty(format);
        if let Self::Csv(file) = &mut encoder {
            file.write_record(names().iter().map(|name| name.as_bytes()))?;
        }
        Ok(encoder)
    }

    fn empty(format: ExportFormatWord) -> Self {
        match format {
            ExportFormatWord::Csv => {
                let mut builder = csv::WriterBuilder::new();
                builder.terminator(csv::Terminator::CRLF);
                Self::Csv(Box::new(builder.from_writer(Vec::new())))
            }
            ExportFormatWord::Jsonl => Self::JsonLines(Vec::new()),
        }
    }

    /// Bytes gathered, but for the few kilobytes that the CSV writer holds back.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Csv(file) => file.get_ref().len(),
            Self::JsonLines(bytes) => bytes.len(),
        }
    }

    /// Adds a line.
    pub(super) fn add(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        match self {
            Self::Csv(file) => file.write_record(cells(line).iter().map(|cell| cell.as_bytes()))?,
            Self::JsonLines(bytes) => {
                serde_json::to_writer(&mut *bytes, line)?;
                bytes.push(b'\n');
            }
        }
        Ok(())
    }

    /// What was gathered; it begins anew.
    pub(super) fn take(&mut self) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Csv(_) => {
                let empty = Self::empty(ExportFormatWord::Csv);
                let Self::Csv(file) = std::mem::replace(self, empty) else {
                    return Ok(Vec::new());
                };
                crate::export::finish(*file)
            }
            Self::JsonLines(bytes) => Ok(std::mem::take(bytes)),
        }
    }
}

/// The columns of CSV.
fn names() -> [Cow<'static, str>; 15] {
    let of = |id: &'static str| match domain::property::property(id).map_or("", unit) {
        "" => Cow::Borrowed(id),
        unit => format!("{id} [{unit}]").into(),
    };
    [
        "object".into(),
        "device".into(),
        "property".into(),
        "unit".into(),
        "measured".into(),
        "arrived".into(),
        "value".into(),
        "text".into(),
        of("lat"),
        of("lon"),
        of("speed"),
        of("bearing"),
        of("odometer"),
        "quality".into(),
        "simulated".into(),
    ]
}

/// The cells of a row of CSV. What people or devices wrote is no formula to a spreadsheet.
fn cells<'a>(line: &Line<'a>) -> [Cow<'a, str>; 15] {
    let number = |value: Option<f64>| value.map_or(Cow::Borrowed(""), |v| v.to_string().into());
    let (mut value, mut text) = (None, String::new());
    let mut position = [None; 5];
    match line.what {
        What::Value { value: measured } => value = Some(measured),
        What::Text { text: told } => text = harmless(told),
        What::Position { lat, lon, speed, bearing, odometer } => {
            position = [Some(lat), Some(lon), speed, bearing, odometer];
        }
    }
    let [lat, lon, speed, bearing, odometer] = position.map(number);
    [
        line.object.into(),
        line.device.unwrap_or_default().into(),
        line.property.into(),
        line.unit.into(),
        line.measured.to_string().into(),
        line.arrived.to_string().into(),
        number(value),
        text.into(),
        lat,
        lon,
        speed,
        bearing,
        odometer,
        line.quality.join(" ").into(),
        if line.simulated { "true" } else { "" }.into(),
    ]
}
