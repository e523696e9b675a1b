//! How much is measured, and of which build.

use std::path::PathBuf;

use crate::project::Project;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How often everything is measured anew: a goal counts as met when it is met each time.
    pub runs: u32,
    /// How often each program is started in a run, in turn with the others.
    pub rounds: u32,
    /// How long a program measures an operation, in seconds.
    pub seconds: f64,
    /// How `rapace`, the workload and its server are built.
    pub build: Build,
}

/// A profile of cargo.
#[derive(Clone, Copy, PartialEq)]
pub enum Build {
    /// What is measured.
    Release,
    /// What the tests have built already, mostly: enough to see that everything works.
    Development,
}

impl Build {
    /// The flags that choose it.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["--release"],
            Self::Development => &[],
        }
    }

    /// The `rapace` command.
    pub fn rapace(self, project: &Project) -> PathBuf {
        match self {
            Self::Release => project.released("rapace"),
            Self::Development => project.built("rapace"),
        }
    }
}

impl Effort {
    /// Whether the figures are kept: all rounds of an optimised build.
    pub fn is_full(self) -> bool {
        self.runs == Self::FULL.runs
    }

    /// What the tables in the repository were made with.
    pub const FULL: Self = Self {
        runs: 2,
        rounds: 5,
        seconds: 0.1,
        build: Build::Release,
    };
    /// Shows that everything works, and roughly where it stands.
    pub const QUICK: Self = Self {
        runs: 1,
        rounds: 1,
        seconds: 0.05,
        build: Build::Release,
    };
    /// Shows that everything works, and nothing more.
    pub const CHECK: Self = Self {
        runs: 1,
        rounds: 1,
        seconds: 0.01,
        build: Build::Development,
    };
}
