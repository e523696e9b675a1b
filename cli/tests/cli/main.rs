//! The `rapace` command as its users run it.

// What fails here fails a test.
#![allow(clippy::unwrap_used)]

mod command_verbs;
mod discovery;
mod doctor;
mod export;
mod generate;
mod naming;
#[path = "../shared/placed.rs"]
mod placed;
mod project;
mod project_crate;
mod reports_names;
mod small_verbs;
mod support;
mod watch;
