//! The client languages, a line each.

use std::path::Path;
use std::process::Command;

use crate::layers::printed::Figures;
use crate::project::{Missing, Program, Project, Result};
use crate::{go, platforms, python, typescript};

/// What the tasks need of a language.
pub struct Language {
    /// As `rapace gen --lang` names it.
    pub name: &'static str,
    /// The toolchain that is not there, if so.
    pub missing: fn() -> Option<Missing>,
    /// Installs what tests and demo need into ignored folders.
    pub setup: fn(&Project) -> Result,
    /// Runs every test but that of the layers.
    pub test: fn(&Project) -> Result,
    /// Runs the tests of reported faults, which [`test`](Self::test) runs too.
    pub reports: fn(&Project) -> Result,
    /// Runs the test of the runtime's layers and circles, and returns its figures.
    pub layers: fn(&Project) -> Result<Figures>,
    /// The demo client, to which an address is appended.
    pub demo_command: fn(&Project) -> Command,
    /// Builds the bookshop's server in this language, which takes the arguments of Rust's.
    pub server: fn(&Project) -> Result<Program>,
    /// Builds the plug-in in this language, to which its host's address is appended.
    pub plugin: fn(&Project) -> Result<Program>,
    /// Checks and builds the conformance suite's testee in this folder, whose generated package, made from this `api.json`, is
    /// in its place.
    pub build_testee: fn(&Project, &Path, &Path) -> Result,
    /// Compiles a copy of a built testee, of which a source has changed, where the language needs that.
    pub compile_testee: fn(&Project, &Path) -> Option<Command>,
}

/// All languages, in the order in which they run.
#[rustfmt::skip]
pub const LANGUAGES: &[Language] = &[
    Language {
        name: "python", missing: python::missing, setup: python::setup, test: python::test, reports: python::reports, layers: python::layers, demo_command: python::demo_command,
        server: python::server, plugin: python::plugin, build_testee: python::build_testee, compile_testee: |_, _| None,
    },
    Language {
        name: "go", missing: go::missing, setup: go::setup, test: go::test, reports: go::reports, layers: go::layers, demo_command: go::demo_command,
        server: go::server, plugin: go::plugin, build_testee: go::build_testee, compile_testee: |_, testee| Some(go::compile_testee(testee)),
    },
    Language {
        name: "typescript", missing: typescript::missing, setup: typescript::setup, test: typescript::test, reports: platforms::reports, layers: typescript::layers, demo_command: typescript::demo_command,
        server: typescript::server, plugin: typescript::plugin, build_testee: typescript::build_testee, compile_testee: |project, testee| Some(typescript::compile_testee(project, testee)),
    },
];
