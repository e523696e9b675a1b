//! The built `rapace`, and small crates for it to work on.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rapace_schema::Api;

use crate::placed::all_placed;

/// What a run of `rapace` gave.
pub struct Outcome {
    pub success: bool,
    /// The exit status.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// What a failed run says: all behind cargo's progress.
    pub fn error(&self) -> &str {
        assert!(!self.success, "it succeeded and printed {}", self.stdout);
        assert_eq!(self.stdout, "", "a failed run prints nothing on stdout");
        let said = self.said();
        said.strip_prefix("error: ").unwrap_or(said)
    }

    /// The errors and warnings of a run, behind cargo's progress.
    pub fn said(&self) -> &str {
        let starts = ["error: ", "warning: "]
            .into_iter()
            .filter_map(|level| match self.stderr.starts_with(level) {
                true => Some(0),
                false => self.stderr.find(&format!("\n{level}")).map(|at| at + 1),
            });
        starts.min().map_or("", |start| self.stderr[start..].trim_end())
    }
}

/// Runs `rapace` in `folder`. Crates are built where this workspace's programs are, so that rapace is built once.
pub fn rapace(folder: &Path, arguments: &[&str]) -> Outcome {
    run(Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(arguments)
        .current_dir(folder))
}

/// [`rapace`] with this stdin.
pub fn rapace_with(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // It may end before it has read all.
        scope.spawn(move || input.write_all(stdin));
        child.wait_with_output().unwrap()
    });
    outcome(output)
}

/// [`rapace`], whose stdout is a pipe that nobody reads any more, as behind `head`.
pub fn rapace_unread(folder: &Path, arguments: &[&str]) -> Outcome {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    rapace_into(folder, arguments, writer.into())
}

/// [`rapace`], whose stdout is this.
pub fn rapace_into(folder: &Path, arguments: &[&str], stdout: Stdio) -> Outcome {
    run(Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(arguments)
        .current_dir(folder)
        .stdout(stdout))
}

/// [`rapace`], which finds the programs in `folder` too.
pub fn rapace_beside(folder: &Path, arguments: &[&str]) -> Outcome {
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    run(Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path))
}

fn run(command: &mut Command) -> Outcome {
    outcome(command.env("CARGO_TARGET_DIR", target_folder()).output().unwrap())
}

fn outcome(output: Output) -> Outcome {
    Outcome {
        success: output.status.success(),
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A crate on rapace and facet in the versions of this workspace's lock file. The name must be one that no other test has:
/// its folder, made anew, is always at the same place, so that later runs leave nothing more in the target folder.
pub struct Crate(PathBuf);

impl Crate {
    pub fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let dependencies = "rapace = \"=0.5.0\"\nfacet = \"=0.32.3\"\n";
        Self::with_dependencies(name, dependencies, files)
    }

    pub fn with_dependencies(name: &str, dependencies: &str, files: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\n{dependencies}"
        );
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let this = Self(folder);
        this.write("Cargo.toml", &manifest);
        files.iter().for_each(|(path, text)| this.write(path, text));
        this
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn append(&self, path: &str, text: &str) {
        let before = fs::read_to_string(self.path().join(path)).unwrap();
        self.write(path, &(before + text));
    }

    pub fn export(&self) -> Outcome {
        self.export_with(&[])
    }

    pub fn export_with(&self, arguments: &[&str]) -> Outcome {
        let outcome = rapace(self.path(), &[&["export"], arguments].concat());
        all_placed(&outcome.stderr);
        outcome
    }

    /// What an export writes.
    pub fn api(&self, arguments: &[&str]) -> Api {
        let outcome = self.export_with(arguments);
        assert!(outcome.success, "{}", outcome.stderr);
        rapace_schema::read(&outcome.stdout).unwrap()
    }
}

/// `Service.method` of every method.
pub fn methods(api: &Api) -> Vec<String> {
    let methods = api.services.iter().flat_map(|service| {
        service
            .methods
            .iter()
            .map(|method| format!("{}.{}", service.name, method.name))
    });
    methods.collect()
}

/// The names of all types.
pub fn types(api: &Api) -> Vec<&str> {
    api.types.iter().map(|def| def.name.as_str()).collect()
}

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder above the one that holds this test's own program: `target` of the workspace.
pub fn target_folder() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_rapace"));
    program.ancestors().nth(2).unwrap().to_owned()
}
