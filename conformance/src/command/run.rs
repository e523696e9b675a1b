//! `run`: which testees, which cases, and where results go.

use std::path::PathBuf;
use std::time::Duration;

use crate::class::Class;
use crate::report::{KnownFailing, Selection};
use crate::suite::{self, Candidate, Files};
use crate::testee::list;
use crate::{fixtures, peer, testee};

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("who").args(["langs", "testees"]).required(true).multiple(true))]
pub(super) struct Arguments {
    /// A testee of this repository, by its name in `testees/testees.json`. May be repeated.
    #[arg(long = "lang", value_name = "NAME")]
    langs: Vec<String>,
    /// Any other testee: a name, and the command that starts it, split at spaces. May be repeated.
    #[arg(long = "testee", value_name = "NAME=COMMAND", value_parser = testee::program)]
    testees: Vec<testee::Program>,
    /// Run the testee of `--lang` from this folder, which is a copy of its folder.
    #[arg(long, value_name = "DIR", requires = "langs")]
    folder: Option<PathBuf>,
    /// Run the cases in which the testee serves, instead of those in which it calls.
    #[arg(long)]
    serving: bool,
    /// Run only this class, a number or a name. May be repeated.
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<Class>,
    /// Run only cases whose whole name matches, with `*`, `?` and `[…]`. May be repeated.
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<glob::Pattern>,
    /// Play scenarios only over this transport. May be repeated.
    #[arg(long = "over", value_name = "TRANSPORT", value_enum)]
    over: Vec<peer::Transport>,
    /// Play only the scenarios of this folder, which has files as conformance/scenarios has.
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// Stop at the first failure.
    #[arg(long)]
    fail_fast: bool,
    /// The list of cases that a testee is known to fail. May be repeated. The default for a testee of this repository is its list
    /// in `known-failing`.
    #[arg(long = "known-failing", value_name = "NAME=FILE", value_parser = named_file)]
    known: Vec<(String, PathBuf)>,
    /// How many bytes the long tunnel of class 31 carries each way; defaults to 64 MiB. Prints the speed and the memory.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    tunnel_bytes: Option<u64>,
    /// Write every outcome to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write every outcome to this file, as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How long a testee may do nothing before it counts as hung.
    #[arg(long, value_name = "SECONDS", default_value_t = testee::PATIENCE.as_secs_f64())]
    patience: f64,
    /// How long a testee may take to start.
    #[arg(long, value_name = "SECONDS", default_value_t = testee::START.as_secs_f64())]
    start: f64,
    /// How often a scenario is played that ends as expected but too late, as on a busy machine. Each try starts the testee anew,
    /// after a longer pause.
    #[arg(long, value_name = "NUMBER", default_value_t = testee::TRIES, value_parser = clap::value_parser!(u32).range(1..=10))]
    tries: u32,
}

impl Arguments {
    /// Runs the cases. Says whether all is as it should be.
    pub(super) fn run(self) -> Result<bool, String> {
        let mut known: Vec<(String, PathBuf)> = self.known;
        let mut candidates = Vec::new();
        for name in &self.langs {
            let program = list::program(name, self.folder.as_deref(), None)?;
            candidates.push((program, KnownFailing::of(name)?));
        }
        let others = self.testees.into_iter();
        candidates.extend(others.map(|program| (program, KnownFailing::default())));
        let seconds =
            |value: f64| Duration::try_from_secs_f64(value).map_err(|error| format!("{value} seconds: {error}"));
        let (patience, start) = (seconds(self.patience)?, seconds(self.start)?);
        let mut ready = Vec::new();
        for (mut program, mut list) in candidates {
            if let Some(at) = known.iter().position(|(name, _)| *name == program.name) {
                list = KnownFailing::read(&known.remove(at).1)?;
            }
            (program.patience, program.start, program.tries) = (patience, start, self.tries);
            ready.push(Candidate { program, known: list });
        }
        if let Some((name, file)) = known.first() {
            return Err(format!("{} is for {name}, which is not run", file.display()));
        }
        let selection = Selection {
            classes: self.classes,
            serving: self.serving,
            cases: self.cases,
            over: self.over,
            scenarios: self.scenarios,
            fail_fast: self.fail_fast,
            tunnel_bytes: self.tunnel_bytes,
        };
        let files = Files {
            json: self.json,
            junit: self.junit,
        };
        suite::run(&fixtures::api()?, ready, &selection, &files)
    }
}

/// `NAME=FILE`.
fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.into(), file.into())),
        _ => Err("expected NAME=FILE".into()),
    }
}
