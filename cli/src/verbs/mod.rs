//! The verbs of the command, a file each.

mod export;
mod r#gen;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "rapace",
    version,
    about = "Calls Rust services on rapace from other languages"
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What the command is to do.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Describe the services of Rust crates as JSON, or list the types that cannot be sent
    Export(export::Export),
    /// Write a client package for a language from an api.json
    Gen(r#gen::Gen),
}

impl Verb {
    /// Does it.
    ///
    /// # Errors
    /// What the verb's own `run` fails with.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Export(export) => export.run(),
            Self::Gen(r#gen) => r#gen.run(),
        }
    }
}
