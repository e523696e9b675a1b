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

/// Prints why a verb fails, unless that was printed already. `place` is what the message is about; it may be empty.
pub(crate) fn failure(failure: &Failure, place: &str) {
    let place = match place {
        "" => String::new(),
        place => format!("{place}: "),
    };
    match failure {
        Failure::Printed | Failure::PrintedWith(_) => {}
        Failure::Message(message)
        | Failure::Usage(message)
        | Failure::Exit {
            json: false, message, ..
        } => error(&format!("{place}{message}")),
        Failure::Exit {
            json: true, message, ..
        } => line(message),
    }
}

/// Prints a result. Nobody wants more of it when stdout is closed, which is no failure.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    open_result(text).map(drop)
}

/// Prints a part of a result. Returns whether more is wanted: stdout is not closed.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn open_result(text: &str) -> Result<bool, Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(format!("stdout: {error}").into()),
    }
}
