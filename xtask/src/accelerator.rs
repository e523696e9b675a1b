//! The accelerator of Python's clients: built, and checked for every Python that it is for.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::project::{Project, Result, command, run};

const FOLDER: &str = "runtimes/python/accelerator";

/// The versions of Python that it is for. None but the one that runs the tests has to be installed.
const VERSIONS: [&str; 4] = ["3.11", "3.12", "3.13", "3.14"];

/// Builds it for this interpreter. It is found in `folder` then. Of those who want it at once, each gets a whole one.
pub fn build(project: &Project, python: &Path) -> Result {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let target = project.scratch("accelerator")?;
    let mut build = cargo(project, &target, "build");
    run(build.args(["--release", "--locked"]).env("PYO3_PYTHON", python))?;
    let library = target.join(format!("release/{DLL_PREFIX}rapace_accelerator{DLL_SUFFIX}"));
    let folder = folder(project);
    fs::create_dir_all(&folder)?;
    let module = folder.join(if cfg!(windows) {
        "rapace_accelerator.pyd"
    } else {
        "rapace_accelerator.so"
    });
    // Another process may have the old one loaded: it keeps that.
    let fresh = folder.join("fresh");
    fs::copy(library, &fresh)?;
    Ok(fs::rename(fresh, module)?)
}

/// The folder that is to be on `PYTHONPATH`.
pub fn folder(project: &Project) -> PathBuf {
    project.target().join("xtask/accelerator/python")
}

/// Checks format and lints, as each version of Python has it compiled.
pub fn check(project: &Project) -> Result {
    let target = project.scratch("accelerator")?;
    run(command("cargo", project.path(FOLDER)).args(["fmt", "--check"]))?;
    for version in VERSIONS {
        let target = target.join(version);
        fs::create_dir_all(&target)?;
        let config = target.join("python.txt");
        let description = format!("implementation=CPython\nversion={version}\nshared=true\npointer_width=64\n");
        // Written once: a file that changes has everything compiled again.
        if fs::read_to_string(&config).ok().as_ref() != Some(&description) {
            fs::write(&config, description)?;
        }
        let mut clippy = cargo(project, &target, "clippy");
        clippy.args(["--locked", "--quiet"]).env("PYO3_CONFIG_FILE", &config);
        run(clippy.args(["--", "--deny", "warnings"]))?;
    }
    Ok(())
}

fn cargo(project: &Project, target: &Path, subcommand: &str) -> Command {
    let mut cargo = command("cargo", project.path(FOLDER));
    cargo.arg(subcommand).arg("--target-dir").arg(target);
    cargo
}
