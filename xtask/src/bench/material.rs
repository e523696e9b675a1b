//! What all languages measure with: the command, the workload, its server and its caller.

use std::path::PathBuf;

use super::effort::Build;
use crate::project::{Project, Result, command, run};
use crate::rust;
use crate::said::say;

/// What all languages measure with.
pub struct Material {
    /// The folder of the reference bytes.
    pub reference: PathBuf,
    /// The `rapace` command.
    pub rapace: PathBuf,
    /// The workload's `api.json`.
    pub api: PathBuf,
    /// The server's program.
    pub server: PathBuf,
    /// The program that calls servers.
    pub load: PathBuf,
}

impl Material {
    /// Builds all of it.
    pub fn make(project: &Project, build: Build) -> Result<Self> {
        say("== Build rapace, the workload and its server");
        build_rapace(project, build)?;
        // With the other crates: what they have compiled already is not compiled again.
        let mut cargo = command("cargo", project.path("benchmarks"));
        cargo.args(["build", "--locked", "--target-dir"]).arg(project.target());
        run(cargo.args(build.flags()))?;
        let program = |name: &str| match build {
            Build::Release => project.released(name),
            Build::Development => project.built(name),
        };

        let reference = project.scratch("bench/reference")?;
        run(command(program("bench-reference"), project.path("")).arg(&reference))?;
        let api = project.scratch("bench")?.join("api.json");
        let rapace = build.rapace(project);
        let mut export = command(&rapace, project.path("benchmarks/workload"));
        run(export.args(["export", "--out"]).arg(&api))?;
        Ok(Self {
            reference,
            rapace,
            api,
            server: program("bench-server"),
            load: program("bench-load"),
        })
    }
}

/// Builds the `rapace` command.
pub fn build_rapace(project: &Project, build: Build) -> Result {
    match build {
        Build::Development => rust::build(project, &["rapace"]),
        Build::Release => {
            let arguments = ["build", "--locked", "--package", "rapace-cli"];
            run(command("cargo", project.path("")).args(arguments).args(build.flags()))
        }
    }
}
