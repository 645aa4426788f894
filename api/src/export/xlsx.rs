//! Workbooks. Identifiers are text cells: Excel would turn `2.10` into `2.1`.

use domain::Timestamp;
use domain::calendar::civil_text;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::text::headers;
use super::{Cell, DEMO, ExportError, Table};

/// One sheet: the demo mark when there is one, the header, the rows.
pub(super) fn workbook(table: &Table) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    // Rows go to a temporary file as they are written: two hundred thousand of them stay small.
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name("Дані")?;
    let headers = headers(table);
    for column in 0..headers.len() {
        sheet.set_column_width(column as u16, 20)?;
    }
    let header_row = u32::from(table.simulated);
    sheet.set_freeze_panes(header_row + 1, 0)?;
    let bold = Format::new().set_bold();
    if table.simulated {
        sheet.write_string_with_format(0, 0, DEMO, &bold)?;
    }
    for (column, header) in headers.iter().enumerate() {
        sheet.write_string_with_format(header_row, column as u16, header, &bold)?;
    }
    let formats = Formats::new();
    for (row, cells) in (header_row + 1..).zip(&table.rows) {
        write_row(sheet, row, cells, &formats)?;
    }
    Ok(workbook.save_to_buffer()?)
}

struct Formats {
    time: Format,
    /// By digits after the comma.
    numbers: Vec<Format>,
}

impl Formats {
    fn new() -> Self {
        let number = |digits: usize| match digits {
            0 => Format::new().set_num_format("0"),
            digits => Format::new().set_num_format(format!("0.{}", "0".repeat(digits))),
        };
        Self {
            time: Format::new().set_num_format("dd.mm.yyyy hh:mm:ss"),
            numbers: (0..=8).map(number).collect(),
        }
    }
}

fn write_row(
    sheet: &mut Worksheet,
    row: u32,
    cells: &[Cell],
    formats: &Formats,
) -> Result<(), XlsxError> {
    let mut column = 0;
    for cell in cells {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => {
                sheet.write_string(row, column, text)?;
            }
            Cell::Time(time) => {
                write_civil_time(sheet, row, column, *time, formats)?;
                column += 1;
                sheet.write_string(row, column, time.to_string())?;
            }
            Cell::Number(value, digits) => {
                let format = digits.and_then(|d| formats.numbers.get(usize::from(d)));
                match format {
                    Some(format) => sheet.write_number_with_format(row, column, *value, format)?,
                    None => sheet.write_number(row, column, *value)?,
                };
            }
        }
        column += 1;
    }
    Ok(())
}

/// Kyiv time as a date of the spreadsheet; before 1900 it knows none, then as text.
fn write_civil_time(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    time: Timestamp,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let text = civil_text(time);
    match ExcelDateTime::parse_from_str(&text.replace(' ', "T")) {
        Ok(date) => sheet.write_datetime_with_format(row, column, &date, &formats.time)?,
        Err(_) => sheet.write_string(row, column, text)?,
    };
    Ok(())
}
