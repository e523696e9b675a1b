//! The conformance suite's command.

mod bounds;
mod build;
mod bytes;
mod certificates;
mod check;
mod class;
mod fixtures;
mod frame;
mod fuzz;
mod hostile;
mod judge;
mod junit;
mod known_failing;
mod live;
mod message;
mod oracle;
mod outcome;
mod peer;
mod progress;
mod record;
mod recorded;
mod recording;
mod replay;
mod report;
mod request;
mod results;
mod run;
mod scenarios;
mod serving;
mod soak;
mod suite;
mod talk;
mod testee;
mod testees;
mod tls;
mod vector;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::class::Class;
use crate::known_failing::KnownFailing;
use crate::results::Selection;
use crate::suite::{Candidate, Files};

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
    /// Print the scenarios as the suite plays them: loops, variables and definitions written out, as JSON, a line for each
    /// case.
    Expand {
        /// Only this class, by its number or its name; repeatable.
        #[arg(long = "class", value_name = "CLASS")]
        classes: Vec<Class>,
    },
    /// Record the vectors anew.
    Record {
        /// Only say whether the recorded ones are what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Run the cases against testees; ends with 1 when a case fails, with 2 when they cannot be run.
    Run(Box<Run>),
    /// Put drawn values and bytes to generated clients, over the fixtures' types and over drawn ones; Rust says what is
    /// right. Ends with 1 when there is a difference.
    Fuzz(fuzz::Options),
    /// Call methods whose names mean something to a language or a runtime, all of a list, from every language. Ends with 1 when
    /// anything is not as it should be: what is compiled, exported, generated, linted or answered.
    Hostile(hostile::Options),
    /// Call for long through a proxy that cuts connections; ends with 1 when an answer is lost, mixed up or left behind.
    Soak(Soak),
    /// Answer what Rust makes of bytes, line by line; the recorder runs this in a process of its own.
    #[command(hide = true)]
    Oracle,
}

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("who").args(["langs", "testees"]).required(true).multiple(true))]
struct Run {
    /// A testee of this repository: python, python-pure, python-blocking, go or typescript; repeatable.
    #[arg(long = "lang", value_name = "NAME")]
    langs: Vec<String>,
    /// A testee: a name, and the command that starts it, its words apart by spaces; repeatable.
    #[arg(long = "testee", value_name = "NAME=COMMAND", value_parser = testee::program)]
    testees: Vec<testee::Program>,
    /// The folder of a copy of the repository's testee.
    #[arg(long, value_name = "DIR", requires = "langs")]
    folder: Option<PathBuf>,
    /// Only this class, by its number or its name; repeatable.
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<Class>,
    /// Only cases whose whole name this matches, with `*`, `?` and `[…]`; repeatable.
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<glob::Pattern>,
    /// Scenarios only over this transport; repeatable.
    #[arg(long = "over", value_name = "TRANSPORT", value_enum)]
    over: Vec<peer::Transport>,
    /// Play only the scenarios of this folder, which has files as conformance/scenarios has.
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// Stop at the first failure.
    #[arg(long)]
    fail_fast: bool,
    /// The cases that a testee is known to fail; repeatable. Those of the repository's testees are in `known-failing`.
    #[arg(long = "known-failing", value_name = "NAME=FILE", value_parser = named_file)]
    known: Vec<(String, PathBuf)>,
    /// How many bytes the long tunnel of class 31 carries each way, instead of 64 MiB; tells how fast, and in how much memory.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    tunnel_bytes: Option<u64>,
    /// Write every outcome here, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write every outcome here, as JUnit's XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How long a testee may do nothing before it counts as hung.
    #[arg(long, value_name = "SECONDS", default_value_t = testee::PATIENCE.as_secs_f64())]
    patience: f64,
    /// How long a testee may take to start.
    #[arg(long, value_name = "SECONDS", default_value_t = testee::START.as_secs_f64())]
    start: f64,
    /// How often a scenario is played that ends as it should, but too late, as it may on a busy machine: after ever longer pauses,
    /// with a testee started anew.
    #[arg(long, value_name = "NUMBER", default_value_t = testee::TRIES, value_parser = clap::value_parser!(u32).range(1..=10))]
    tries: u32,
}

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("whom").args(["langs", "testees"]).required(true).multiple(true))]
struct Soak {
    /// A testee of this repository; repeatable.
    #[arg(long = "lang", value_name = "NAME")]
    langs: Vec<String>,
    /// A testee: a name, and the command that starts it, its words apart by spaces; repeatable.
    #[arg(long = "testee", value_name = "NAME=COMMAND", value_parser = testee::program)]
    testees: Vec<testee::Program>,
    /// How many commands.
    #[arg(long, value_name = "NUMBER", default_value_t = 5_000)]
    calls: u64,
    /// What commands and cuts are drawn from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// What the proxy forwards: tcp or ws; repeatable, both when there is none.
    #[arg(long = "over", value_name = "TRANSPORT", value_enum)]
    over: Vec<peer::Transport>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Record { check } => record::run(check).map(|()| true),
        Task::Expand { classes } => expand(&classes).map(|()| true),
        Task::Run(arguments) => run_all(*arguments),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Hostile(options) => hostile::run(&options),
        Task::Soak(arguments) => soak_all(arguments),
        Task::Oracle => conformance_oracle::serve(conformance_fixtures::SHAPES).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn expand(classes: &[Class]) -> Result<(), String> {
    for scenarios in fixtures::scenarios(&[])? {
        if classes.is_empty() || classes.contains(&scenarios.class) {
            print!("{}", scenarios.to_json());
        }
    }
    Ok(())
}

fn run_all(arguments: Run) -> Result<bool, String> {
    let mut known: Vec<(String, PathBuf)> = arguments.known;
    let mut candidates = Vec::new();
    for name in &arguments.langs {
        let program = testees::program(name, arguments.folder.as_deref(), None)?;
        candidates.push((program, testees::known_failing(name)?));
    }
    let others = arguments.testees.into_iter();
    candidates.extend(others.map(|program| (program, KnownFailing::default())));
    let seconds = |value: f64| Duration::try_from_secs_f64(value).map_err(|error| format!("{value} seconds: {error}"));
    let (patience, start) = (seconds(arguments.patience)?, seconds(arguments.start)?);
    let mut ready = Vec::new();
    for (mut program, mut list) in candidates {
        if let Some(at) = known.iter().position(|(name, _)| *name == program.name) {
            list = KnownFailing::read(&known.remove(at).1)?;
        }
        (program.patience, program.start, program.tries) = (patience, start, arguments.tries);
        ready.push(Candidate { program, known: list });
    }
    if let Some((name, file)) = known.first() {
        return Err(format!("{} is for {name}, which is not run", file.display()));
    }
    let selection = Selection {
        classes: arguments.classes,
        cases: arguments.cases,
        over: arguments.over,
        scenarios: arguments.scenarios,
        fail_fast: arguments.fail_fast,
        tunnel_bytes: arguments.tunnel_bytes,
    };
    let files = Files {
        json: arguments.json,
        junit: arguments.junit,
    };
    suite::run(&fixtures::api()?, ready, &selection, &files)
}

/// Soaks each testee over each transport that it has, one after another.
fn soak_all(arguments: Soak) -> Result<bool, String> {
    let mut programs = Vec::new();
    for name in &arguments.langs {
        programs.push(testees::program(name, None, None)?);
    }
    programs.extend(arguments.testees);
    let over = match arguments.over.as_slice() {
        [] => vec![peer::Transport::Tcp, peer::Transport::Ws],
        named => named.to_vec(),
    };
    let mut good = true;
    for program in &programs {
        let has = |over: &&peer::Transport| program.over.is_empty() || program.over.contains(over);
        for &over in over.iter().filter(has) {
            let plan = soak::Plan {
                calls: arguments.calls,
                seed: arguments.seed,
                over,
            };
            good &= soak::run(program, &plan)?;
        }
    }
    Ok(good)
}

/// `NAME=FILE`.
fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.into(), file.into())),
        _ => Err("expected NAME=FILE".into()),
    }
}
