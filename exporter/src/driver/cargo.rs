//! Runs cargo and reads what it says: its JSON messages are for us, its progress and the compiler's errors for people.

use std::env;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{CompilerMessage, Message};

use crate::diagnostic::Location;
use crate::selection::Selection;

/// How cargo is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct CargoOptions {
    /// Without the network.
    pub offline: bool,
    /// Without its progress on stderr.
    pub quiet: bool,
}

/// How cargo is run for a selection.
#[derive(Debug)]
pub(super) struct Cargo<'a> {
    pub(super) selection: &'a Selection,
    pub(super) options: CargoOptions,
    /// The target folder.
    pub(super) built: PathBuf,
}

/// Why a build ended without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// cargo could not be run.
    Start(String),
    /// cargo or the compiler says why.
    Said {
        /// The compiler's errors.
        errors: Vec<CompilerMessage>,
        /// What cargo printed that is no progress.
        rest: String,
    },
}

/// How many of the compiler's errors are listed in short.
const LISTED: usize = 10;

impl Failure {
    /// Prints what the compiler and cargo say, and returns the message for a build of the selection's packages.
    pub(crate) fn explain(self, selection: &Selection) -> String {
        match self {
            Self::Start(message) => message,
            Self::Said { errors, rest } => {
                errors.iter().for_each(|error| show_error(&error.message));
                eprint!("{rest}");
                format!("{}: the compiler's messages are above", no_build(selection))
            }
        }
    }

    /// The message with each of the compiler's errors in a line, for where its faults are explained.
    pub(crate) fn in_short(&self, selection: &Selection) -> String {
        let (errors, rest) = match self {
            Self::Start(message) => return message.clone(),
            Self::Said { errors, rest } => (errors, rest),
        };
        let errors = errors.iter().filter(|error| is_error(&error.message));
        let mut lines: Vec<String> = errors.filter_map(|error| short(&error.message)).collect();
        let more = lines.len().saturating_sub(LISTED);
        lines.truncate(LISTED);
        lines.extend((more > 0).then(|| format!("and {more} more")));
        if lines.is_empty() {
            lines.extend(rest.lines().map(str::to_owned));
        }
        format!(
            "{}; the compiler says, and `cargo check` says it in full:\n    {}",
            no_build(selection),
            lines.join("\n    ")
        )
    }

    /// The libraries that did not compile, each with its root file.
    pub(crate) fn libraries(&self) -> Vec<(String, PathBuf)> {
        let Self::Said { errors, .. } = self else {
            return Vec::new();
        };
        let mut libraries: Vec<(String, PathBuf)> = (errors.iter().filter(|error| is_error(&error.message)))
            .map(|error| {
                (
                    error.target.name.replace('-', "_"),
                    error.target.src_path.clone().into(),
                )
            })
            .collect();
        libraries.dedup();
        libraries
    }
}

/// `src/lib.rs:12:5: cannot find type`, or as much of it as there is.
fn short(message: &Diagnostic) -> Option<String> {
    let span = message.spans.iter().find(|span| span.is_primary)?;
    let what = message.message.lines().next().unwrap_or_default();
    let at = Location::new(Path::new(&span.file_name), span.line_start, span.column_start);
    Some(format!("{at}: {what}"))
}

fn is_error(message: &Diagnostic) -> bool {
    matches!(message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice)
}

/// That the selection's packages do not compile.
fn no_build(selection: &Selection) -> String {
    let names: Vec<String> = selection
        .packages
        .iter()
        .map(|package| format!("`{}`", package.package))
        .collect();
    let noun = if names.len() == 1 {
        "package"
    } else {
        "one of the packages"
    };
    format!("{noun} {} does not compile", names.join(", "))
}

impl Cargo<'_> {
    /// A cargo command on a package of ours, with the toolchain and configuration of the user's package.
    pub(super) fn command(&self, verb: &str, folder: &Path) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args([verb, "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&self.built)
            .args(["--target", &self.selection.host])
            .args(self.options.offline.then_some("--offline"))
            .args(self.options.quiet.then_some("--quiet"))
            .current_dir(&self.selection.packages[0].folder);
        command
    }

    /// Runs a command and returns its messages. Warnings, of the compiler and of cargo, are not shown: they are about
    /// code that the user builds anyway.
    pub(super) fn run(&self, command: Command) -> Result<Vec<Message>, Failure> {
        let mut errors = Vec::new();
        let run = run(command, |message| errors.push(message))?;
        if run.success {
            return Ok(run.messages);
        }
        Err(Failure::Said { errors, rest: run.rest })
    }

    /// Runs a command whose end does not matter, and returns its messages and what it says.
    pub(super) fn ask(&self, command: Command) -> Result<(Vec<Message>, String), Failure> {
        let mut errors = String::new();
        let run = run(command, |message| {
            errors.push_str(message.message.rendered.as_deref().unwrap_or_default());
        })?;
        Ok((run.messages, errors + &run.rest))
    }
}

/// What a run of cargo gave.
struct Run {
    success: bool,
    messages: Vec<Message>,
    /// What it printed that is no progress.
    rest: String,
}

fn run(mut command: Command, mut on_diagnostic: impl FnMut(CompilerMessage)) -> Result<Run, Failure> {
    let format = if io::stderr().is_terminal() {
        command.args(["--color", "always"]);
        "json-diagnostic-rendered-ansi"
    } else {
        "json"
    };
    command
        .args(["--message-format", format])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let failed = |error: io::Error| Failure::Start(format!("cargo cannot start: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let said = child.stderr.take();
    let progress = std::thread::spawn(move || said.map(show_progress).unwrap_or_default());
    let mut messages = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for message in Message::parse_stream(BufReader::new(stdout)) {
            match message.map_err(failed)? {
                Message::CompilerMessage(message) => on_diagnostic(message),
                message => messages.push(message),
            }
        }
    }
    let success = child.wait().map_err(failed)?.success();
    let rest = progress.join().unwrap_or_default();
    Ok(Run {
        success,
        messages,
        rest,
    })
}

fn show_error(message: &Diagnostic) {
    if is_error(message)
        && let Some(rendered) = &message.rendered
    {
        eprint!("{rendered}");
    }
}

/// Passes cargo's progress on, line by line. Returns the rest, which matters when the build fails.
fn show_progress(stderr: impl Read) -> String {
    let mut kept = String::new();
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if is_progress(&line) {
            let _ = writeln!(io::stderr(), "{line}");
        } else {
            kept.push_str(&line);
            kept.push('\n');
        }
    }
    kept
}

/// `   Compiling bookshop v0.1.0`: cargo aligns its verbs to the right, in twelve columns.
fn is_progress(line: &str) -> bool {
    let mut plain = String::new();
    let mut escape = false;
    for letter in line.chars() {
        match letter {
            '\u{1b}' => escape = true,
            _ if escape => escape = !letter.is_ascii_alphabetic(),
            _ => plain.push(letter),
        }
    }
    let verb: String = plain.trim_start().chars().take_while(|letter| *letter != ' ').collect();
    let capital = verb.starts_with(|letter: char| letter.is_ascii_uppercase());
    capital && plain.find(|letter| letter != ' ').map(|at| at + verb.len()) == Some(12)
}

#[cfg(test)]
mod tests {
    use super::is_progress;

    #[test]
    fn progress_is_told_from_warnings() {
        for (line, expected) in [
            ("   Compiling bookshop v0.1.0 (/shop)", true),
            ("    Finished `dev` profile [unoptimized] target(s) in 2m 31s", true),
            ("    Blocking waiting for file lock on build directory", true),
            ("\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m bookshop v0.1.0", true),
            ("warning: unused manifest key: package.colour", false),
            (
                "error: could not compile `bookshop` (lib) due to 1 previous error",
                false,
            ),
            ("  |", false),
            ("", false),
        ] {
            assert_eq!(is_progress(line), expected, "{line}");
        }
    }
}
