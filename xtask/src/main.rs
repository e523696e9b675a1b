//! `cargo xtask demo` runs the main job end to end, `cargo xtask test` runs every test of every language, `cargo xtask
//! testees` builds what the conformance suite tests, `cargo xtask bench` measures.

mod accelerator;
mod adoption;
mod bench;
mod command_verbs;
mod conformance;
mod demo;
mod docs_pages;
mod documents;
mod engines;
mod go;
mod handlers;
mod languages;
mod last_lines;
mod layers;
mod mutants;
mod package;
mod platforms;
mod printed_calls;
mod project;
mod python;
mod reports;
mod rust;
mod said;
mod samples;
mod servers;
mod side_by_side;
mod test;
mod testees;
mod typescript;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::languages::{LANGUAGES, Language};
use crate::project::Project;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "The tasks of this project. Each installs what it needs into ignored folders."
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Export the bookshop, generate its clients, start its server, and call every method from every language.
    Demo {
        /// Use only this language. May be repeated.
        #[arg(long = "lang", value_parser = language)]
        languages: Vec<&'static Language>,
    },
    /// Run every test of every language.
    Test {
        /// Run only this part. May be repeated. The parts are the languages, `rust`, `web`, `engines`, `platforms`, `conformance`,
        /// `handlers`, `names`, `package`, `demo`, `bench`, `command`, `adoption` and `layers`. `reports` runs the tests of reported faults, which other parts run too.
        #[arg(long = "only", value_name = "PART")]
        parts: Vec<String>,
    },
    /// Build the conformance suite's testees, so that `cargo run -p conformance -- run --lang NAME` finds them.
    Testees {
        /// Use only this language. May be repeated.
        #[arg(long = "lang", value_parser = language)]
        languages: Vec<&'static Language>,
    },
    /// Measure the codecs, the calls, the servers and `rapace gen`, and the same of their peers.
    Bench {
        /// Use only this language. May be repeated.
        #[arg(long = "lang", value_parser = language)]
        languages: Vec<&'static Language>,
        /// Measure only `rapace gen`.
        #[arg(long, conflicts_with = "languages")]
        generation: bool,
        /// Measure only servers. The other figures are kept.
        #[arg(long, conflicts_with = "generation")]
        servers: bool,
        /// Measure one short round. It shows that everything works; the figures are rough.
        #[arg(long)]
        quick: bool,
        /// Measure nothing. Write the tables and the figures in the READMEs again, from benchmarks/results/*.jsonl.
        #[arg(long, conflicts_with_all = ["languages", "generation", "servers", "quick"])]
        tables: bool,
        /// Measure nothing. Ask npm, pip, go and cargo for newer versions of the peers. Fails if a pin in benchmarks/peers.json is
        /// older than 90 days and a newer minor version exists, or if a registry does not answer.
        #[arg(long, conflicts_with_all = ["languages", "generation", "servers", "quick", "tables"])]
        check_peers: bool,
    },
}

fn language(name: &str) -> Result<&'static Language, String> {
    let known = || {
        LANGUAGES
            .iter()
            .map(|language| language.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let found = LANGUAGES.iter().find(|language| language.name == name);
    found.ok_or_else(|| format!("known languages are {}", known()))
}

/// How much is measured.
fn effort(quick: bool) -> bench::Effort {
    match quick {
        true => bench::Effort::QUICK,
        false => bench::Effort::FULL,
    }
}

/// What is measured.
fn scope(servers: bool) -> bench::Scope {
    match servers {
        true => bench::Scope::Servers,
        false => bench::Scope::All,
    }
}

fn main() -> ExitCode {
    let project = Project::new();
    let done = match Arguments::parse().task {
        Task::Demo { languages } => demo::demo(&project, &languages),
        Task::Test { parts } => test::test(&project, &parts),
        Task::Testees { languages } => conformance::testees(&project, &languages),
        Task::Bench {
            languages,
            generation,
            servers,
            quick,
            tables,
            check_peers,
        } => match (check_peers, tables, generation) {
            (true, ..) => bench::check_peers(&project),
            (_, true, _) => bench::tables(&project),
            (.., true) => bench::generation(&project, effort(quick)),
            _ => bench::bench(&project, &languages, effort(quick), scope(servers)),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
