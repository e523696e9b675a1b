//! The project's folders, and programs that run in them.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::last_lines;
use crate::said::{Place, say};

/// Why a task stops. The message says what was run where, and how it ended.
#[derive(Debug)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// The result of a task or of a part of one.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// A toolchain that is not on this machine.
#[derive(Debug)]
pub struct Missing {
    /// What is missing: `Go 1.25 or later`.
    pub tool: String,
    /// How to get it: `install it from your system's packages or from go.dev`.
    pub cure: String,
}

/// The work tree.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// The work tree that this program was built from.
    pub fn new() -> Self {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: xtask.parent().unwrap_or(xtask).to_owned(),
        }
    }

    /// A path inside the work tree, `/` between its parts.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// An ignored folder for what tasks make: below `target/xtask`. It is there after the call.
    pub fn scratch(&self, relative: &str) -> Result<PathBuf> {
        let path = self.target().join("xtask").join(relative);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// A program of the workspace, built in the development profile.
    pub fn built(&self, program: &str) -> PathBuf {
        self.target()
            .join("debug")
            .join(format!("{program}{}", env::consts::EXE_SUFFIX))
    }

    /// A program of the workspace, built in the release profile.
    pub fn released(&self, program: &str) -> PathBuf {
        self.target()
            .join("release")
            .join(format!("{program}{}", env::consts::EXE_SUFFIX))
    }

    /// The generators' cases by name, each with its `api.json`, and the bookshop.
    pub fn cases(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut cases = vec![("bookshop".to_owned(), self.path("examples/bookshop/api.json"))];
        for entry in std::fs::read_dir(self.path("generators/cases"))? {
            let path = entry?.path();
            if let (Some("json"), Some(stem)) = (path.extension().and_then(OsStr::to_str), path.file_stem()) {
                cases.push((stem.to_string_lossy().into_owned(), path.clone()));
            }
        }
        cases.sort();
        Ok(cases)
    }

    /// Generates the package of every case into `target/xtask/cases/<language>/<case>` with the built `rapace`, and
    /// returns the folder that holds them all.
    pub fn generate_cases(&self, language: &str) -> Result<PathBuf> {
        let folder = self.scratch(&format!("cases/{language}"))?;
        for (case, api) in self.cases()? {
            self.generate(language, &api, &folder.join(case))?;
        }
        Ok(folder)
    }

    /// Generates the client package for one `api.json` into `out` with the built `rapace`.
    pub fn generate(&self, language: &str, api: &Path, out: &Path) -> Result {
        let mut command = Command::new(self.built("rapace"));
        command.args(["gen", "--lang", language, "--out"]).arg(out).arg(api);
        run(&mut command)
    }

    /// Where cargo builds.
    pub fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), |dir| self.root.join(dir))
    }
}

/// A program that is ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What its environment has besides this process's own.
    pub environment: Vec<(&'static str, String)>,
}

impl Program {
    /// A program with arguments, and this process's environment.
    pub fn new(program: &Path, arguments: &[&Path]) -> Self {
        let words = std::iter::once(&program).chain(arguments);
        Self {
            command: words.map(|word| word.display().to_string()).collect(),
            environment: Vec::new(),
        }
    }

    /// The same with a variable in its environment.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }
}

/// A command that runs in a folder.
pub fn command(program: impl AsRef<OsStr>, folder: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// Runs a command, its output passed through, after a line that shows it.
///
/// # Errors
/// When it cannot start or does not end with success; with the last lines of its output where that goes to a log, of which
/// often the end is all that is shown.
pub fn run(command: &mut Command) -> Result {
    say(&format!("    $ {}", show(command)));
    let ended = match io::stderr().is_terminal() && !Place::here().keeps() {
        true => command.stdin(Stdio::null()).status().map(|status| (status, Vec::new())),
        false => last_lines::run(command.stdin(Stdio::null())),
    };
    let (status, last) = ended.map_err(|error| Error(format!("{}: cannot start: {error}", show(command))))?;
    if status.success() {
        Ok(())
    } else {
        let last: String = last.iter().map(|line| format!("\n    | {line}")).collect();
        Err(Error(format!("{}: {status}{last}", show(command))))
    }
}

/// Runs a command quietly and returns what it printed on stdout.
///
/// # Errors
/// When it cannot start, does not end with success, or prints what is not UTF-8; with its stderr.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Error(format!("{}: cannot start: {error}", show(command))))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(Error(format!("{}: {}\n{stderr}", show(command), output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| Error(format!("{}: printed what is not UTF-8", show(command))))
}

/// Does something unless the file says that it was done for the same text.
pub fn unless_done(stamp: &Path, wanted: &str, action: impl FnOnce() -> Result) -> Result {
    if std::fs::read_to_string(stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    action()?;
    Ok(std::fs::write(stamp, wanted)?)
}

/// Success where there are no problems, otherwise an error that tells all of them.
pub fn all_good(problems: Vec<String>) -> Result {
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error(problems.join("\nerror: "))),
    }
}

/// The first line that a program prints for these arguments, or nothing when it is not there or fails.
pub fn version_of(program: &str, arguments: &[&str]) -> Option<String> {
    let printed = output(Command::new(program).args(arguments)).ok()?;
    printed.lines().next().map(|line| line.trim().to_owned())
}

/// The first number `major.minor` in a text such as `go version go1.26.8 linux/amd64`.
pub fn major_minor(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program.to_string_lossy().into_owned())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
