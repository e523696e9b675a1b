//! Everything Python: its toolchain, set-up, tests and demo.

use std::process::Command;

use crate::project::{Error, Missing, Project, Result};

/// The toolchain that is not there, if so.
pub fn missing() -> Option<Missing> {
    None
}

/// Installs the tools that tests and demo need into ignored folders; quick when they are there.
pub fn setup(_project: &Project) -> Result {
    Err(Error("Python is not set up yet".into()))
}

/// Runs every test of Python.
pub fn test(_project: &Project) -> Result {
    Err(Error("Python has no tests yet".into()))
}

/// The demo client, to which an address is appended. The generated package is in its place.
pub fn demo_command(_project: &Project) -> Command {
    Command::new("false")
}
