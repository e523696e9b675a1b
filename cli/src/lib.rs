//! The `rapace` command: [`run`] is its `main`.
//!
//! `verbs/` has a file per verb. `project/` reads a `rapace.toml`; `description` has what is done with an `api.json`, `package` with
//! a package. `traffic/` reads what peers send each other. [`generators`] lists the built-in generators, `plugin` runs
//! generators that are other programs. `shells` completes command lines, `candidates` with the names of an `api.json`. Only `writer/` writes files, and only `printer` prints.

mod candidates;
mod description;
mod failure;
pub mod generators;
mod package;
mod plugin;
mod printer;
mod project;
mod shells;
mod traffic;
mod verbs;
mod watch;
mod writer;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::verbs::CommandLine;

/// Parses the process's arguments and runs the verb that they name. Ends the process when they are wrong.
pub fn run() -> ExitCode {
    shells::answer(CommandLine::command);
    match CommandLine::parse().verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            printer::failure(&failure, "");
            ExitCode::from(failure.status())
        }
    }
}
