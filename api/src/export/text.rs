//! CSV, for programs and for spreadsheets.

use domain::calendar::civil_text;

use super::{Cell, DEMO, ExportError, Table};

/// Comma, decimal point, ISO times, English names.
pub(super) fn machine(table: &Table) -> Result<Vec<u8>, ExportError> {
    let mut file = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    if table.simulated {
        file.write_record([format!("# {DEMO}")])?;
    }
    file.write_record(table.columns.iter().map(|c| &c.machine))?;
    for row in &table.rows {
        file.write_record(row.iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Time(time) => time.to_string(),
            Cell::Number(value, digits) => number(*value, *digits),
        }))?;
    }
    finish(file)
}

/// Semicolon, decimal comma, byte order mark, Ukrainian names; each time in Kyiv and in UTC.
pub(super) fn excel(table: &Table) -> Result<Vec<u8>, ExportError> {
    let mut file = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    if table.simulated {
        file.write_record([DEMO])?;
    }
    file.write_record(headers(table))?;
    for row in &table.rows {
        let mut cells = Vec::with_capacity(row.len() + 2);
        for cell in row {
            match cell {
                Cell::Empty => cells.push(String::new()),
                Cell::Text(text) => cells.push(harmless(text)),
                Cell::Time(time) => cells.extend([civil_text(*time), time.to_string()]),
                Cell::Number(value, digits) => {
                    cells.push(number(*value, *digits).replace('.', ","));
                }
            }
        }
        file.write_record(cells)?;
    }
    finish(file)
}

/// Ukrainian names of the columns; a time has two.
pub(super) fn headers(table: &Table) -> Vec<String> {
    let mut headers = Vec::with_capacity(table.columns.len() + 2);
    for column in &table.columns {
        if matches!(column.machine.as_str(), "time" | "begin" | "end") {
            headers.extend([format!("{} (Київ)", column.uk), format!("{} (UTC)", column.uk)]);
        } else {
            headers.push(column.uk.clone());
        }
    }
    headers
}

/// What was written.
pub(crate) fn finish(file: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, ExportError> {
    file.into_inner().map_err(|error| ExportError::Csv(error.into_error().into()))
}

fn number(value: f64, digits: Option<u8>) -> String {
    match digits {
        None => value.to_string(),
        Some(digits) => format!("{value:.*}", usize::from(digits)),
    }
}

/// A text that a spreadsheet would take for a formula is marked as text.
pub(crate) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
