//! Reading of rows: what the registry wrote must read back as the type it was; anything else means
//! a damaged database, said with the offending text.

use std::collections::HashMap;
use std::hash::Hash;
use std::str::FromStr;

use domain::Timestamp;
use rusqlite::Row;

use super::RegistryError;

fn damaged(row: &Row, column: usize, text: &str) -> RegistryError {
    let name = row.as_ref().column_name(column).unwrap_or("column");
    RegistryError::Damaged(format!("`{text}` stands in `{name}`"))
}

fn text<'a>(row: &'a Row, column: usize) -> Result<&'a str, RegistryError> {
    row.get_ref(column)?.as_str().map_err(|_| damaged(row, column, "something that is no text"))
}

/// An identifier.
pub(super) fn parsed<T: FromStr>(row: &Row, column: usize) -> Result<T, RegistryError> {
    let text = text(row, column)?;
    text.parse().map_err(|_| damaged(row, column, text))
}

/// An identifier, or nothing.
pub(super) fn parsed_or_none<T: FromStr>(
    row: &Row,
    column: usize,
) -> Result<Option<T>, RegistryError> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => parsed(row, column).map(Some),
    }
}

/// A word of a closed list.
pub(super) fn word<T>(
    row: &Row,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, RegistryError> {
    let text = text(row, column)?;
    parse(text).ok_or_else(|| damaged(row, column, text))
}

/// A moment, or nothing.
pub(super) fn time_or_none(row: &Row, column: usize) -> Result<Option<Timestamp>, RegistryError> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// Identifiers that repeat in thousands of rows: each is kept in memory once.
pub(super) struct Interned<T>(HashMap<Box<str>, T>);

impl<T: FromStr + Clone + Eq + Hash> Interned<T> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// The identifier of a row.
    pub(super) fn read(&mut self, row: &Row, column: usize) -> Result<T, RegistryError> {
        let text = text(row, column)?;
        if let Some(known) = self.0.get(text) {
            return Ok(known.clone());
        }
        let id: T = text.parse().map_err(|_| damaged(row, column, text))?;
        self.0.insert(text.into(), id.clone());
        Ok(id)
    }

    /// The identifier of a row, or nothing.
    pub(super) fn read_or_none(
        &mut self,
        row: &Row,
        column: usize,
    ) -> Result<Option<T>, RegistryError> {
        match row.get_ref(column)? {
            rusqlite::types::ValueRef::Null => Ok(None),
            _ => self.read(row, column).map(Some),
        }
    }
}
