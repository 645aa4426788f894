//! Observations as files: for programs (CSV with commas, points and ISO times) and for people
//! (CSV for spreadsheets, and workbooks: Ukrainian headers, units of the trade, Kyiv time). What is
//! simulated says so in the file's name and in its first row.

mod text;
mod xlsx;

pub(crate) use text::{finish, harmless};

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::calendar::civil_date;
use domain::property::ValueKind;

use crate::observe::{Observed, ObservedProperty, Values, bucket_value};
use crate::view::{FunctionWord, UnitsWord, label, label_uk};

/// The words of the first row of everything simulated.
const DEMO: &str = "ДЕМО-ДАНІ (імітація)";

/// Form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    /// Comma, decimal point, ISO times, English names.
    Csv,
    /// Semicolon, decimal comma, byte order mark, Ukrainian names.
    CsvExcel,
    /// A workbook.
    Xlsx,
}

impl File {
    /// The end of the file's name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvExcel => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Its media type.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvExcel => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The text writer failed.
    #[error("csv: {0}")]
    Csv(#[from] csv::Error),
    /// The writer of JSON lines failed.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// The workbook's writer failed.
    #[error("xlsx: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
}

/// A column: its names in files for programs and in files for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    machine: String,
    uk: String,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing was measured.
    Empty,
    /// An identifier, a text, or flags.
    Text(String),
    /// A moment: ISO in UTC for programs, two columns (Kyiv and UTC) for people.
    Time(Timestamp),
    /// A value, and how many digits after the point it is worth in the unit of the trade; `None`:
    /// all that it has.
    Number(f64, Option<u8>),
}

/// A table, ready to be written in any form.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// The file's name without its end.
    pub(crate) name: String,
    simulated: bool,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The answer as a table: a row for each time, a column for each value.
    pub(crate) fn of(observed: &Observed) -> Self {
        let id = observed.device.as_ref().map_or(observed.object.id.as_str(), |d| d.as_str());
        let demo = if observed.simulated { "demo-" } else { "" };
        let period = observed.period;
        let (from, to) = (civil_date(period.from), civil_date(period.to.plus_ms(-1)));
        let name = format!("{demo}{id}_{from}_{to}");
        let (mut columns, key_cells) = key_columns(observed);
        let mut rows: BTreeMap<Timestamp, Vec<Cell>> = BTreeMap::new();
        for of in &observed.series {
            let functions = observed.buckets.as_ref().map(|b| b.functions.as_slice());
            let first = columns.len();
            columns.extend(value_columns(of, functions));
            for (key, cells) in value_cells(of, functions, observed.units) {
                let row = rows.entry(key.time()).or_insert_with(|| key_cells(key));
                row.resize(first, Cell::Empty);
                row.extend(cells);
            }
        }
        let width = columns.len();
        let mut rows: Vec<Vec<Cell>> = rows.into_values().collect();
        for row in &mut rows {
            row.resize(width, Cell::Empty);
        }
        Self { name, simulated: observed.simulated, columns, rows }
    }

    /// The file.
    pub(crate) fn write(&self, form: File) -> Result<Vec<u8>, ExportError> {
        match form {
            File::Csv => text::machine(self),
            File::CsvExcel => text::excel(self),
            File::Xlsx => xlsx::workbook(self),
        }
    }
}

/// What a row is about.
#[derive(Debug, Clone, Copy)]
enum Key {
    At(Timestamp),
    Between(Timestamp, Timestamp),
}

impl Key {
    fn time(self) -> Timestamp {
        match self {
            Self::At(time) | Self::Between(time, _) => time,
        }
    }
}

fn column(machine: impl Into<String>, uk: impl Into<String>) -> Column {
    Column { machine: machine.into(), uk: uk.into() }
}

/// The columns before the values, and how a row fills them.
fn key_columns(observed: &Observed) -> (Vec<Column>, impl Fn(Key) -> Vec<Cell> + use<>) {
    let (of, id) = match &observed.device {
        Some(device) => (column("device", "Пристрій"), device.to_string()),
        None => (column("object", "Об’єкт"), observed.object.id.to_string()),
    };
    let mut columns = vec![of];
    if observed.buckets.is_some() {
        columns.push(column("begin", "Початок"));
        columns.push(column("end", "Кінець"));
    } else {
        columns.push(column("time", "Час"));
    }
    let cells = move |key| {
        let id = Cell::Text(id.clone());
        match key {
            Key::At(time) => vec![id, Cell::Time(time)],
            Key::Between(begin, end) => vec![id, Cell::Time(begin), Cell::Time(end)],
        }
    };
    (columns, cells)
}

fn value_columns(of: &ObservedProperty, functions: Option<&[FunctionWord]>) -> Vec<Column> {
    let (id, title) = (of.property.id, of.property.title_uk);
    let named = |machine: String, uk: String| match (label(of.unit), label_uk(of.unit)) {
        ("", _) => column(machine, uk),
        (unit, unit_uk) => column(format!("{machine} [{unit}]"), format!("{uk}, {unit_uk}")),
    };
    match functions {
        None if of.property.kind == ValueKind::Text => vec![column(id, title)],
        None => vec![
            named(id.to_owned(), title.to_owned()),
            column(format!("{id} quality"), format!("{title}, достовірність")),
        ],
        Some(functions) => functions
            .iter()
            .map(|function| {
                let (machine, uk) =
                    (format!("{id} {}", function.as_str()), format!("{title}: {}", uk(*function)));
                match function {
                    FunctionWord::Count => column(machine, uk),
                    _ => named(machine, uk),
                }
            })
            .collect(),
    }
}

const fn uk(function: FunctionWord) -> &'static str {
    match function {
        FunctionWord::Count => "кількість",
        FunctionWord::Mean => "середнє",
        FunctionWord::Min => "найменше",
        FunctionWord::Max => "найбільше",
        FunctionWord::First => "перше",
        FunctionWord::Last => "останнє",
        FunctionWord::TimeWeightedMean => "середнє за часом",
    }
}

fn value_cells(
    of: &ObservedProperty,
    functions: Option<&[FunctionWord]>,
    units: UnitsWord,
) -> Vec<(Key, Vec<Cell>)> {
    // One digit more than on screen, so that what people add up stays right.
    let digits = (units == UnitsWord::Display).then_some(of.property.digits + 1);
    match &of.values {
        Values::Raw(values) => values
            .iter()
            .map(|o| {
                let flags: Vec<&str> = o.quality.names().collect();
                let flags =
                    if flags.is_empty() { Cell::Empty } else { Cell::Text(flags.join(" ")) };
                (Key::At(o.time), vec![Cell::Number(o.value, digits), flags])
            })
            .collect(),
        Values::Texts(texts) => texts
            .iter()
            .map(|text| (Key::At(text.time), vec![Cell::Text(text.text.to_string())]))
            .collect(),
        Values::Buckets(buckets) => buckets
            .iter()
            .map(|observed| {
                let cells = functions.unwrap_or_default().iter().map(|function| {
                    let digits = if *function == FunctionWord::Count { None } else { digits };
                    let value = bucket_value(observed, *function);
                    value.map_or(Cell::Empty, |value| Cell::Number(value, digits))
                });
                (Key::Between(observed.bucket.begin, observed.bucket.end), cells.collect())
            })
            .collect(),
    }
}
