//! The suite's own command, run against testees that are wrong on purpose.

mod command;
mod messages;
mod run;
