//! The suite's own command, run against testees that are wrong on purpose.

mod authoring;
mod command;
mod matrix;
mod messages;
mod run;
mod serving;
