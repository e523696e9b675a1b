//! The `rapace` command: [`run`] is its `main`.
//!
//! `verbs/` has a file per verb. [`generators`] lists the built-in generators, `plugin` runs generators that are other
//! programs. Only `writer/` writes files, and only `printer` prints.

mod failure;
pub mod generators;
mod plugin;
mod printer;
mod verbs;
mod writer;

use std::process::ExitCode;

use clap::Parser;

use crate::failure::Failure;
use crate::verbs::CommandLine;

/// Parses the process's arguments and runs the verb that they name. Ends the process when they are wrong.
pub fn run() -> ExitCode {
    match CommandLine::parse().verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Failure::Message(message) = failure {
                printer::error(&message);
            }
            ExitCode::FAILURE
        }
    }
}
