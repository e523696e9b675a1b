//! Everything that the command prints: results to stdout, messages to stderr. Only the output of cargo does not pass here: the
//! exporter passes it on to stderr while cargo runs.

use std::io::{self, ErrorKind, Write};

use rapace_exporter::diagnostic::{Diagnostic, Level, messages};

use crate::failure::Failure;

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
                line(&format!("{level}: {message}"));
            }
        }
        Format::Json => {
            for diagnostic in diagnostics {
                line(&serde_json::to_string(diagnostic).expect("plain data is JSON"));
            }
        }
    }
    messages.iter().filter(|(level, _)| *level == Level::Error).count()
}

/// Prints an error message.
pub(crate) fn error(message: &str) {
    line(&format!("error: {message}"));
}

/// Prints a line for people. Nobody reads it when stderr is closed.
pub(crate) fn line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints a result.
///
/// # Errors
/// When stdout cannot be written. A closed stdout needs no message.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::Printed),
        Err(error) => Err(format!("stdout: {error}").into()),
    }
}
