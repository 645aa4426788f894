//! CSV as people and their spreadsheets write it: comma or semicolon, with or without a byte order
//! mark, decimal point or comma. Every cell keeps its line, every mistake is told.

use std::fmt;
use std::str::FromStr;

use crate::line_error::{LineError, Mistake};

/// A table read into memory: its columns are known, each row remembers its line.
pub(crate) struct Table {
    file: String,
    columns: Vec<String>,
    rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    /// Reads a table with a heading. `known` are all columns it may have, the first `required` of
    /// them it must have; an unknown, missing or doubled column is a mistake of line 1.
    pub(crate) fn read(
        file: &str,
        bytes: &[u8],
        known: &[&str],
        required: usize,
    ) -> Result<Self, Vec<LineError>> {
        let error = |line, reason: String| LineError::new(file, line, reason);
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let line = bytes[..e.valid_up_to()].split(|b| *b == b'\n').count() as u64;
            vec![error(line, "not UTF-8, expected a file saved as `CSV UTF-8`".to_owned())]
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let heading = text.lines().next().unwrap_or_default();
        let semicolons = heading.matches(';').count() > heading.matches(',').count();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if semicolons { b';' } else { b',' })
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let heading = reader.headers().map_err(|e| vec![error(1, e.to_string())])?;
        let columns: Vec<String> = heading.iter().map(str::to_owned).collect();
        let mut errors = Vec::new();
        for (i, column) in columns.iter().enumerate() {
            if !known.contains(&column.as_str()) {
                let expected = known.join(", ");
                errors.push(error(1, format!("unknown column `{column}`, expected {expected}")));
            } else if columns[..i].contains(column) {
                errors.push(error(1, format!("column `{column}` stands twice")));
            }
        }
        for column in known[..required].iter().filter(|k| !columns.iter().any(|c| c == *k)) {
            errors.push(error(1, format!("column `{column}` is missing")));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut lines = Lines { text, byte: 0, line: 1 };
        let mut rows = Vec::new();
        for record in reader.into_records() {
            match record {
                Ok(record) => rows.push((lines.of(record.position()), record)),
                Err(e) => errors.push(error(lines.of(e.position()), wrong_shape(&e))),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self { file: file.to_owned(), columns, rows })
    }

    /// Makes something of each row; the mistakes of all rows together.
    pub(crate) fn parse<T>(
        &self,
        mut row: impl FnMut(&mut Cells) -> Option<T>,
    ) -> Result<Vec<T>, Vec<LineError>> {
        let mut made = Vec::with_capacity(self.rows.len());
        let mut errors = Vec::new();
        for (line, record) in &self.rows {
            let mut cells = Cells { table: self, line: *line, record, errors: Vec::new() };
            let value = row(&mut cells);
            if cells.errors.is_empty() {
                made.extend(value);
            } else {
                errors.append(&mut cells.errors);
            }
        }
        if errors.is_empty() { Ok(made) } else { Err(errors) }
    }
}

/// Finds the lines of records, whose positions ascend. The reader's own count is one short when
/// lines end in CR LF, and does not see empty lines.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.map_or(self.byte, |p| p.byte() as usize);
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let begin = start + blank;
        let passed = self.text.as_bytes().get(self.byte..begin).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').count().saturating_sub(1) as u64;
        self.byte = self.byte.max(begin);
        self.line
    }
}

fn wrong_shape(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, expected {expected_len}")
        }
        _ => error.to_string(),
    }
}

/// The cells of one row. A cell that does not read is noted with its column; the row's other cells
/// are still looked at, so that all mistakes are told at once.
pub(crate) struct Cells<'a> {
    table: &'a Table,
    /// Line of the row.
    pub(crate) line: u64,
    record: &'a csv::StringRecord,
    errors: Vec<LineError>,
}

impl<'a> Cells<'a> {
    /// Notes a mistake of this row.
    pub(crate) fn refuse(&mut self, reason: impl Into<String>) {
        self.errors.push(LineError::new(&self.table.file, self.line, reason));
    }

    /// Notes a mistake of one cell of this row.
    pub(crate) fn refuse_cell(
        &mut self,
        column: &str,
        mistake: Mistake,
        reason: impl Into<String>,
    ) {
        let error = LineError::new(&self.table.file, self.line, reason);
        self.errors.push(error.at(column, mistake));
    }

    /// The text of a cell; empty when the column is not there.
    pub(crate) fn text(&self, column: &str) -> &'a str {
        let at = self.table.columns.iter().position(|c| c == column);
        at.and_then(|i| self.record.get(i)).unwrap_or_default()
    }

    /// The text of a cell, or nothing when it is empty.
    pub(crate) fn text_or_none(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|t| !t.is_empty()).map(str::to_owned)
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, column: &str) -> Option<String> {
        let text = self.text_or_none(column);
        if text.is_none() {
            self.refuse_cell(column, Mistake::Missing, format!("`{column}` is empty"));
        }
        text
    }

    /// A value that must be there.
    pub(crate) fn required<T>(&mut self, column: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.required_text(column)?;
        self.noted(column, text.parse())
    }

    /// A value, or nothing when the cell is empty.
    pub(crate) fn optional<T>(&mut self, column: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.text_or_none(column)?;
        self.noted(column, text.parse())
    }

    /// A number with a decimal point or comma, or nothing when the cell is empty.
    pub(crate) fn number(&mut self, column: &str) -> Option<f64> {
        let text = self.text_or_none(column)?;
        let number = text.replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite());
        if number.is_none() {
            let reason = format!("`{column}`: `{}` is not a number", cut(&text));
            self.refuse_cell(column, Mistake::Form, reason);
        }
        number
    }

    /// A word of a closed list, or nothing when the cell is empty.
    pub(crate) fn word<T>(
        &mut self,
        column: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        expected: &str,
    ) -> Option<T> {
        let text = self.text_or_none(column)?;
        let word = parse(&text);
        if word.is_none() {
            let reason = format!("`{column}`: `{}`, expected {expected}", cut(&text));
            self.refuse_cell(column, Mistake::Form, reason);
        }
        word
    }

    fn noted<T, E: fmt::Display>(&mut self, column: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|e| self.refuse_cell(column, Mistake::Form, format!("`{column}`: {e}"))).ok()
    }
}

/// A text that fits an error line.
fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}
