//! The `rapace` command as its users run it.

// What fails here fails a test.
#![allow(clippy::unwrap_used)]

mod discovery;
mod export;
mod generate;
mod naming;
mod reports_names;
mod support;
