//! Exit codes, after sysexits(3): a script can tell a wrong flag from wrong data from a fault.

use std::fmt;
use std::process::ExitCode;

/// The command line or the configuration is wrong (`EX_USAGE`).
pub(crate) const USAGE: u8 = 64;
/// A file that was given holds wrong data (`EX_DATAERR`).
pub(crate) const DATA: u8 = 65;
/// A fault of ours (`EX_SOFTWARE`).
pub(crate) const SOFTWARE: u8 = 70;

/// An end that is the asker's business: a code and one readable message.
#[derive(Debug)]
pub(crate) struct Exit {
    /// The process's exit code.
    pub(crate) code: u8,
    /// What was wrong and what was expected.
    pub(crate) message: String,
}

impl Exit {
    /// Wrong flags or configuration: nothing was started.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    /// Wrong data in a file: nothing was changed.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self { code: DATA, message: message.into() }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Exit {}

/// Prints an error where a person sees it and answers with its exit code.
pub(crate) fn tell(error: &anyhow::Error) -> ExitCode {
    let Some(exit) = error.downcast_ref::<Exit>() else {
        eprintln!("obrii: {error:#}");
        return ExitCode::FAILURE;
    };
    let message = exit.message.trim_end();
    // clap's own messages begin with their own word.
    let named = message.starts_with("error") || message.contains('\u{1b}');
    eprintln!("{}{message}", if named { "" } else { "obrii: " });
    ExitCode::from(exit.code)
}
