//! The conformance suite's command.

mod bounds;
mod build;
mod bytes;
mod class;
mod command;
mod difference;
mod fixtures;
mod folder;
mod fuzz;
mod hostile;
mod json;

mod matrix;
mod message;
mod oracle;
mod peer;
mod record;
mod recorded;
mod recordings;
mod report;
mod request;
mod scenarios;
mod serving;
mod soak;
mod suite;
mod talks;
mod testee;
mod vectors;

use std::process::ExitCode;

use clap::Parser;

use crate::command::Arguments;

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
