//! The conformance suite's command.

mod check;
mod frame;
mod judge;
mod live;
mod oracle;
mod play;
mod random;
mod record;
mod report;
mod run;
mod scenario;
mod testee;
mod vector;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rapace_schema::{Api, read};

use crate::run::Selection;

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
    /// Run the vectors against testees.
    Run {
        /// A testee: a name, and the command that starts it; repeatable.
        #[arg(long = "testee", value_name = "NAME=COMMAND", value_parser = testee::program, required = true)]
        testees: Vec<testee::Program>,
        /// Only this class; repeatable.
        #[arg(long = "class", value_name = "NUMBER")]
        classes: Vec<u32>,
        /// Only cases whose name contains this.
        #[arg(long, value_name = "TEXT", default_value = "")]
        case: String,
        /// Stop at the first failure.
        #[arg(long)]
        fail_fast: bool,
        /// Write every outcome here, as JSON.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Answer what Rust makes of bytes, line by line; the recorder runs this in a process of its own.
    #[command(hide = true)]
    Oracle,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Record { check } => record(check),
        Task::Run {
            testees,
            classes,
            case,
            fail_fast,
            json,
        } => {
            let selection = Selection {
                classes,
                case,
                fail_fast,
            };
            run_all(&testees, &selection, json.as_deref())
        }
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
    for class in record::record(&api()?)? {
        keep(VECTORS, class.class, &class.title, &class.to_json(), check)?;
    }
    for class in record::wire() {
        keep(SCENARIOS, class.class, &class.title, &class.to_json(), check)?;
    }
    Ok(())
}

/// The folder of the vectors of values.
const VECTORS: &str = "vectors";
/// The folder of the scenarios.
const SCENARIOS: &str = "scenarios";

fn keep(folder_name: &str, class: u32, title: &str, text: &str, check: bool) -> Result<(), String> {
    let name = format!("{folder_name}/{class:02}-{}.json", file_name(title));
    let path = folder().join(&name);
    if check {
        return match std::fs::read_to_string(&path).ok().as_deref() == Some(text) {
            true => Ok(()),
            false => Err(format!(
                "{name} is not what would be recorded; run `conformance record`"
            )),
        };
    }
    std::fs::create_dir_all(folder().join(folder_name)).map_err(|error| error.to_string())?;
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs all testees, one after another; fails when one of them has a case that it should not.
fn run_all(testees: &[testee::Program], selection: &Selection, json: Option<&Path>) -> Result<(), String> {
    let api = api()?;
    let classes: Vec<vector::Class> = vector::read_all(&folder().join(VECTORS), |class: &vector::Class| class.class)?;
    let scenarios = vector::read_all(&folder().join(SCENARIOS), |class: &scenario::Scenarios| class.class)?;
    let titles = classes.iter().map(|class| (class.class, class.title.clone()));
    let titles = titles.chain(scenarios.iter().map(|class| (class.class, class.title.clone())));
    let titles = titles.chain([(live::CLASS, live::TITLE.to_owned())]);
    let mut report = report::Report::new(titles.collect());
    for program in testees {
        let start = std::time::Instant::now();
        let mut results = run::Results::new(selection);
        run::run(&api, &classes, program, &mut results)?;
        play::play(&api, &scenarios, program, &mut results)?;
        live::run(&api, &classes, program, &mut results)?;
        report.add(&program.name, results.into(), start.elapsed());
    }
    print!("{}", report.table());
    if let Some(path) = json {
        std::fs::write(path, report.to_json()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    match report.failures() {
        0 => Ok(()),
        failures => Err(format!("{failures} cases failed")),
    }
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
    let path = folder().join("fixtures/api.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    read(&text).map_err(|error| format!("{}: {error}", path.display()))
}
