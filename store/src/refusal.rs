//! Why the registry refuses something: a code and names for programs, which say it in the language
//! of their people, and words for whoever reads logs.

use std::fmt;

/// A refusal. Codes and names of parameters are part of the API and do not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code: `other-kind`.
    pub code: &'static str,
    /// What it is about, by name: `device`, `since`; times are RFC 3339.
    pub parameters: Vec<(&'static str, String)>,
    /// What is wrong and what was expected.
    pub detail: String,
}

impl Refusal {
    /// A refusal in words.
    #[must_use]
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, parameters: Vec::new(), detail: detail.into() }
    }

    /// Names something that it is about.
    #[must_use]
    pub fn about(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.parameters.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}
