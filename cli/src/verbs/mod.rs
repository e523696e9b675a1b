//! The verbs of the command, a file each.

mod breaking;
mod call;
mod completions;
mod decode;
mod descriptions;
mod docs;
mod doctor;
mod export;
mod r#gen;
mod init;
mod lint;
mod man;
mod tap;

use clap::{CommandFactory, Parser, Subcommand};

use crate::failure::Failure;

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "rapace",
    version,
    about = "Calls Rust services on rapace from other languages",
    after_help = "Exit status: 0 done, 1 refused or different, 2 wrong usage, 3 no connection, 4 the call failed.",
    max_term_width = 100
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What the command is to do.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Write a rapace.toml for the crate or workspace in this folder
    Init(init::Init),
    /// Describe the services of Rust crates as JSON, or list the types that cannot be sent
    Export(export::Export),
    /// Write client packages: all that rapace.toml names, or one from an api.json
    Gen(Box<r#gen::Gen>),
    /// Compare an api.json with an earlier one: what breaks for clients that are deployed?
    Breaking(breaking::Breaking),
    /// Call a method of a running server, or describe what can be called
    Call(Box<call::Call>),
    /// Write the reference of an API: one HTML page with search and "Try it", or Markdown
    Docs(docs::Docs),
    /// Find what keeps an API from growing, and what has no documentation
    Lint(lint::Lint),
    /// Check toolchains, versions, generated files and a server; name a cure for each problem
    Doctor(doctor::Doctor),
    /// Show what the bytes of a capture or of a payload mean
    Decode(decode::Decode),
    /// Relay the connections of a server, and show what its peers say
    Tap(tap::Tap),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Print a manual page
    Man(man::Man),
}

impl Verb {
    /// Does it.
    ///
    /// # Errors
    /// What the verb's own `run` fails with.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Init(init) => init.run(),
            Self::Export(export) => export.run(),
            Self::Gen(r#gen) => r#gen.run(),
            Self::Breaking(breaking) => breaking.run(),
            Self::Call(call) => call.run(),
            Self::Docs(docs) => docs.run(),
            Self::Lint(lint) => lint.run(),
            Self::Doctor(doctor) => doctor.run(),
            Self::Decode(decode) => decode.run(),
            Self::Tap(tap) => tap.run(),
            Self::Completions(completions) => completions.run(),
            Self::Man(man) => man.run(CommandLine::command()),
        }
    }
}
