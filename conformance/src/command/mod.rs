//! The command line: what each verb takes, and what it calls.

mod run;
mod soak;

use clap::{Parser, Subcommand};

use crate::class::Class;
use crate::{fixtures, fuzz, hostile, record};

#[derive(Parser)]
#[command(
    name = "conformance",
    about = "Replays recorded frames of rapace 0.5.0 against every generated client."
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
    Run(Box<run::Arguments>),
    /// Put drawn values and bytes to generated clients, over the fixtures' types and over drawn ones; Rust says what is
    /// right. Ends with 1 when there is a difference.
    Fuzz(crate::fuzz::Options),
    /// Call methods whose names mean something to a language or a runtime, all of a list, from every language. Ends with 1 when
    /// anything is not as it should be: what is compiled, exported, generated, linted or answered.
    Hostile(crate::hostile::Options),
    /// Call for long through a proxy that cuts connections; ends with 1 when an answer is lost, mixed up or left behind.
    Soak(soak::Arguments),
    /// Answer what Rust makes of bytes, line by line; the recorder runs this in a process of its own.
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
