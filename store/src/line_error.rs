//! Mistakes in files, told by file and line.

use std::fmt;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Name of the file; empty when the rows came without one.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: u64,
    /// What is wrong and what was expected.
    pub reason: String,
}

impl LineError {
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
