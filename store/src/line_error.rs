//! Mistakes in files, told by file and line.

use std::fmt;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Name of the file; empty when the rows came without one.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: u64,
    /// The cell that is wrong, when it is one.
    pub cell: Option<WrongCell>,
    /// What is wrong and what was expected.
    pub reason: String,
}

/// A cell that is wrong, for whoever tells it in words of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongCell {
    /// Its column.
    pub column: String,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What may be wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// It is empty.
    Missing,
    /// It does not have the form that is expected.
    Form,
    /// What it names is not in the registry.
    Unknown,
    /// What it names is another's.
    Taken,
    /// It does not fit what else is said or registered.
    Conflict,
}

impl Mistake {
    /// The stable code of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Form => "form",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
            Self::Conflict => "conflict",
        }
    }
}

impl LineError {
    /// A mistake of a line.
    pub(crate) fn new(file: &str, line: u64, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, cell: None, reason: reason.into() }
    }

    /// The same mistake, of one cell.
    #[must_use]
    pub(crate) fn at(self, column: &str, mistake: Mistake) -> Self {
        Self { cell: Some(WrongCell { column: column.to_owned(), mistake }), ..self }
    }

    /// The same mistake, told of a file.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        Self { file: file.to_owned(), ..self }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", 0) => f.write_str(&self.reason),
            ("", line) => write!(f, "line {line}: {}", self.reason),
            (file, 0) => write!(f, "{file}: {}", self.reason),
            (file, line) => write!(f, "{file}:{line}: {}", self.reason),
        }
    }
}

impl std::error::Error for LineError {}
