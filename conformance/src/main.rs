//! The conformance suite's command.

mod oracle;
mod random;
mod record;
mod vector;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rapace_schema::{Api, read};

#[derive(Parser)]
#[command(
    name = "conformance",
    about = "Replays recorded frames of rapace 0.5.0 against every generated client."
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Record the vectors anew.
    Record {
        /// Only say whether the recorded ones are what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Answer what Rust makes of bytes, line by line; the recorder runs this in a process of its own.
    #[command(hide = true)]
    Oracle,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Record { check } => record(check),
        Task::Oracle => oracle::serve(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes every class into a file of its own, or compares.
fn record(check: bool) -> Result<(), String> {
    let folder = folder().join("vectors");
    for class in record::record(&api()?)? {
        let name = format!("{:02}-{}.json", class.class, file_name(&class.title));
        let path = folder.join(&name);
        let (text, cases) = (class.to_json(), class.cases.len());
        if check {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
                return Err(format!(
                    "vectors/{name} is not what would be recorded; run `conformance record`"
                ));
            }
        } else {
            std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        println!("{cases:>6} {name}");
    }
    Ok(())
}

/// `bool, unit, char` → `bool-unit-char`.
fn file_name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// This crate's folder.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The fixtures' `api.json`.
fn api() -> Result<Api, String> {
    let path = folder().join("api.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    read(&text).map_err(|error| format!("{}: {error}", path.display()))
}
