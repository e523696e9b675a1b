//! The crates of this folder, and `rapace` at work on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rapace_schema::Api;

use crate::placed::all_placed;

/// What a run of `rapace export` gave.
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn api(&self) -> Api {
        assert!(self.success, "{}", self.stderr);
        rapace_schema::read(&self.stdout).unwrap()
    }

    /// The lines of errors and warnings, less those on several services.
    pub fn said(&self) -> Vec<&str> {
        let lines = self.stderr.lines();
        let said = lines.filter(|line| line.starts_with("error: ") || line.starts_with("warning: "));
        said.filter(|line| !line.contains(" services: ")).collect()
    }
}

/// One after another, so that the copy of a crate is whole when it is used.
static COPYING: Mutex<()> = Mutex::new(());

/// A copy of a crate of this folder, with the lock file of the workspace. It is always at the same place, so that what is
/// built stays good for the next run.
pub fn copy(name: &str) -> PathBuf {
    copy_as(name, name)
}

/// [`copy`] into a folder of another name.
pub fn copy_as(name: &str, folder: &str) -> PathBuf {
    let _copying = COPYING.lock().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reports/crates")
        .join(name);
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports").join(folder);
    copy_folder(&from, &to);
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    // cargo changes the copy.
    if fs::read_to_string(to.join("Cargo.lock.ours")).is_ok_and(|old| old == lock) {
        return to;
    }
    write(&to.join("Cargo.lock"), &lock);
    write(&to.join("Cargo.lock.ours"), &lock);
    to
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            write(&to, &fs::read_to_string(&from).unwrap());
        }
    }
}

/// Writes what has changed: cargo builds again what is newer.
pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(path, text).unwrap();
}

/// Runs `rapace export` in a folder.
pub fn export(folder: &Path, arguments: &[&str]) -> Outcome {
    export_with(folder, arguments, &[])
}

/// [`export`] with these variables.
pub fn export_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let output = command(folder, arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    all_placed(&stderr);
    Outcome {
        success: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr,
    }
}

/// The command of [`export`]. All crates share a target folder, so that rapace is built once.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapace"));
    command
        .arg("export")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target_folder())
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// `target` of the workspace.
pub fn target_folder() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_rapace"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

/// `module::Service: methods` of every service.
pub fn services(api: &Api) -> Vec<String> {
    let line = |service: &rapace_schema::Service| {
        let methods: Vec<&str> = service.methods.iter().map(|method| method.name.as_str()).collect();
        format!("{}::{}: {}", service.module, service.name, methods.join(" "))
    };
    api.services.iter().map(line).collect()
}

/// `Name = path` of every type.
pub fn types(api: &Api) -> Vec<String> {
    api.types
        .iter()
        .map(|def| format!("{} = {}", def.name, def.path))
        .collect()
}
