//! The command line: what each verb takes, and what it calls.

mod run;
mod soak;

use clap::{Parser, Subcommand};

use crate::class::Class;
use crate::{fixtures, fuzz, hostile, record};

#[derive(Parser)]
#[command(
    name = "conformance",
    about = "Tests clients of rapace 0.5.0 with recorded values, frames and scenarios."
)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print the scenarios as the suite plays them: loops, variables and definitions written out, as JSON, a line for each
    /// case.
    Expand {
        /// Print only this class, a number or a name. May be repeated.
        #[arg(long = "class", value_name = "CLASS")]
        classes: Vec<Class>,
    },
    /// Write the recorded files anew: vectors and frames, as Rust judges them.
    Record {
        /// Write nothing; fail when a file differs.
        #[arg(long)]
        check: bool,
    },
    /// Run the cases against testees. Exits with 1 when a case fails, with 2 when cases cannot be run.
    Run(Box<run::Arguments>),
    /// Send drawn values and bytes to generated clients, over the fixtures' types and over drawn types, and compare with Rust.
    /// Exits with 1 when there is a difference.
    Fuzz(crate::fuzz::Options),
    /// Call methods whose names mean something to a language or a runtime, from every language. Exits with 1 when a name does
    /// not compile, export, generate or lint, or when a call reaches another method.
    Hostile(crate::hostile::Options),
    /// Call handlers in every language from every language, Rust included: the live matrix. Exits with 1 when a check fails.
    Matrix(crate::matrix::Options),
    /// Make many calls through a proxy that cuts connections. Exits with 1 when an answer is lost or belongs to another call.
    Soak(soak::Arguments),
    /// Answer what Rust makes of bytes, line by line. The recorder runs this as another process.
    #[command(hide = true)]
    Oracle,
}

impl Arguments {
    /// Does what is asked for. Says whether all is as it should be.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn run(self) -> Result<bool, String> {
        match self.task {
            Task::Expand { classes } => expand(&classes).map(|()| true),
            Task::Record { check } => record::run(check).map(|()| true),
            Task::Run(arguments) => arguments.run(),
            Task::Fuzz(options) => fuzz::run(&options),
            Task::Hostile(options) => hostile::run(&options),
            Task::Matrix(options) => crate::matrix::run(&fixtures::api()?, &options),
            Task::Soak(arguments) => arguments.run(),
            Task::Oracle => conformance_oracle::serve(conformance_fixtures::SHAPES).map(|()| true),
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
