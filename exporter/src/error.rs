//! Why an export fails.

use std::fmt;

use crate::diagnostic::{Diagnostic, messages};

/// Why crates cannot be exported. Each message names what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportError {
    /// The packages or their features cannot be chosen so: there is none of that name, no library, no rapace or another
    /// version of it, or cargo does not read the workspace.
    Selection(String),
    /// A file that the options name cannot be used.
    Input(String),
    /// The crates or the program that reads their types cannot be built or run.
    Build(String),
    /// Every error of one kind that was found, and warnings among them.
    Refused(Vec<Diagnostic>),
}

impl ExportError {
    /// The errors and warnings as data. A message alone has the code `failed`.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        match self {
            Self::Selection(message) | Self::Input(message) | Self::Build(message) => {
                vec![Diagnostic::failure(message)]
            }
            Self::Refused(diagnostics) => diagnostics,
        }
    }
}

impl fmt::Display for ExportError {
    /// All messages, each on separate lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Selection(message) | Self::Input(message) | Self::Build(message) => f.write_str(message),
            Self::Refused(diagnostics) => {
                let messages: Vec<String> = messages(diagnostics).into_iter().map(|(_, message)| message).collect();
                f.write_str(&messages.join("\n"))
            }
        }
    }
}

impl std::error::Error for ExportError {}
