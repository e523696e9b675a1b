//! The built `rapace`, and small crates for it to work on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What a run of `rapace` gave.
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The message of a failed run: what stands behind the last `error: ` at the start of a line.
    pub fn error(&self) -> &str {
        assert!(!self.success, "it succeeded and printed {}", self.stdout);
        assert_eq!(self.stdout, "", "a failed run prints nothing on stdout");
        let at = self.stderr.rfind("\nerror: ").map_or(0, |at| at + 1);
        self.stderr[at..]
            .trim_end()
            .strip_prefix("error: ")
            .unwrap_or(&self.stderr)
    }
}

/// Runs `rapace` in `folder`. Crates are built where this workspace's programs are, so that rapace is built once.
pub fn rapace(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target_folder())
        .output()
        .unwrap();
    Outcome {
        success: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A crate in a temporary folder, on rapace and facet in the versions of this workspace's lock file. The name must
/// be its own among all tests: crates are built side by side under their names.
pub struct Crate(TempDir);

impl Crate {
    pub fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let dependencies = "rapace = \"=0.5.0\"\nfacet = \"=0.32.3\"\n";
        Self::with_dependencies(name, dependencies, files)
    }

    pub fn with_dependencies(name: &str, dependencies: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
        );
        fs::copy(workspace().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        let this = Self(folder);
        this.write("Cargo.toml", &manifest);
        files.iter().for_each(|(path, text)| this.write(path, text));
        this
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn export(&self) -> Outcome {
        rapace(self.path(), &["export"])
    }
}

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder above the one that holds this test's own program: `target` of the workspace.
fn target_folder() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_rapace"));
    program.ancestors().nth(2).unwrap().to_owned()
}
