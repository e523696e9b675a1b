//! Everything that the command prints: results to stdout, messages to stderr. Only the output of cargo does not pass here: the
//! exporter passes it on to stderr while cargo runs.

use std::io::{self, Write};

use rapace_exporter::diagnostic::{Diagnostic, Level, messages};

/// How diagnostics are printed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// As text for people. Equal messages about several places are printed once.
    Human,
    /// One JSON object per line and place.
    Json,
}

/// Prints errors and warnings. Returns the number of errors that people see.
pub(crate) fn diagnostics(diagnostics: &[Diagnostic], format: Format) -> usize {
    let messages = messages(diagnostics);
    match format {
        Format::Human => {
            for (level, message) in &messages {
                let level = match level {
                    Level::Error => "error",
                    Level::Warning => "warning",
                };
                eprintln!("{level}: {message}");
            }
        }
        Format::Json => {
            for diagnostic in diagnostics {
                eprintln!("{}", serde_json::to_string(diagnostic).expect("plain data is JSON"));
            }
        }
    }
    messages.iter().filter(|(level, _)| *level == Level::Error).count()
}

/// Prints an error message.
pub(crate) fn error(message: &str) {
    eprintln!("error: {message}");
}

/// Prints a line that a plug-in wrote for people.
pub(crate) fn line(line: &str) {
    eprintln!("{line}");
}

/// Prints a result.
///
/// # Errors
/// A message: stdout cannot be written.
pub(crate) fn result(text: &str) -> Result<(), String> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| format!("stdout: {error}"))
}
