//! Builds and runs the small program that links the user's crates and says what reflection knows of their services.
//!
//! The program is a package below the workspace's target folder. It starts from the user's lock file, has a target
//! folder apart, and consists of `main.rs` made here and of the sources of `facts.rs` and `shape.rs`, which travel inside
//! this program. It depends on the user's crates and their rapace alone, so nothing is downloaded that a build of the
//! crate would not need.
//!
//! It is built in two steps: the libraries first, whose symbols say which services there are, then the program that
//! registers those.

mod cargo;
mod flags;
mod package;
mod program;
mod units;

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

pub(crate) use self::cargo::{CargoOptions, Failure};
pub(crate) use self::package::Register;
pub(crate) use self::program::Program;
pub(crate) use self::units::Unit;

use self::cargo::Cargo;
use self::flags::Settings;
use crate::selection::Selection;

/// The folder in which the drivers of a selection are built. While it is open, no other export uses the same target
/// folder: libraries with code for several programs have one file name there, whatever their features.
#[derive(Debug)]
pub(crate) struct Workshop<'a> {
    selection: &'a Selection,
    cargo: Cargo<'a>,
    settings: Settings,
    /// The package that tells settings.
    probe: PathBuf,
    /// The driver's package.
    folder: PathBuf,
    key: String,
    _lock: File,
}

impl<'a> Workshop<'a> {
    /// Waits until no other export uses the target folder, and asks cargo for the settings that hold for the selection.
    ///
    /// # Errors
    /// A message: a file cannot be written, or cargo fails.
    pub(crate) fn open(selection: &'a Selection, options: CargoOptions) -> Result<Self, String> {
        let base = selection.target_folder.join("rapace-export");
        let failed = |error: std::io::Error| format!("{}: {error}", base.display());
        fs::create_dir_all(&base).map_err(failed)?;
        let lock = File::create(base.join("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let key = key(selection);
        let folder = base.join(&key);
        // One target folder for all, so that drivers share what they depend on. But cargo gives the file of a dynamic
        // library no name that says its features and its package's folder.
        let built = if selection.dynamic {
            folder.join("target")
        } else {
            base.join("target")
        };
        let cargo = Cargo {
            selection,
            options,
            built,
        };
        let probe = base.join("probe");
        let settings = Settings::ask(&cargo, &probe)?;
        Ok(Self {
            selection,
            cargo,
            settings,
            probe,
            folder,
            key,
            _lock: lock,
        })
    }

    /// Builds the libraries.
    ///
    /// # Errors
    /// A file cannot be written, or the crates do not compile.
    pub(crate) fn libraries(&self) -> Result<Vec<Unit>, Failure> {
        self.write(&[]).map_err(Failure::Start)?;
        let messages = self.cargo.run(self.build(&["--lib"]))?;
        Ok(units::units(messages, &self.selection.host))
    }

    /// `cargo build` of the driver's package with the settings.
    fn build(&self, what: &[&str]) -> Command {
        let mut command = self.cargo.command("build", &self.folder);
        command.args(what);
        self.settings.apply(&mut command);
        command
    }

    /// What `rustc` says is set for each library, by the flags that hold for it.
    ///
    /// # Errors
    /// A message: rustc cannot start.
    pub(crate) fn cfg(&self) -> Result<String, String> {
        self.settings.cfg()
    }

    /// Builds the program that registers these services.
    ///
    /// # Errors
    /// A message: a file cannot be written, or the program does not compile.
    pub(crate) fn program(&self, registers: &[Register]) -> Result<Program, String> {
        let of = self.write(registers)?;
        let messages = self
            .cargo
            .run(self.build(&["--bins"]))
            .map_err(|failure| failure.explain(self.selection))?;
        Program::new(&messages, of, &self.folder)
    }

    /// The message for symbols that are not there.
    pub(crate) fn lost(&self, what: &str) -> String {
        format!(
            "{what} has no symbol, and without it an export cannot be right: something in the build takes symbols away or \
             changes them; settings: {}",
            Settings::suspects(&self.cargo, &self.probe)
        )
    }

    /// Writes the driver's package. Returns what its program will say that it is of.
    fn write(&self, registers: &[Register]) -> Result<String, String> {
        package::write(&self.folder, &program_name(&self.key), self.selection, registers)
            .map_err(|error| format!("{}: {error}", self.folder.display()))
    }
}

/// A name for each choice of packages and features: several may be exported side by side, from several folders, into one
/// target folder.
fn key(selection: &Selection) -> String {
    let first = &selection.packages[0].package;
    let mut hasher = DefaultHasher::new();
    selection.host.hash(&mut hasher);
    for package in &selection.packages {
        package.folder.hash(&mut hasher);
        package.package.hash(&mut hasher);
        package.features.hash(&mut hasher);
        package.default_features.hash(&mut hasher);
        for dependency in &package.extra {
            dependency.to_string().hash(&mut hasher);
        }
    }
    format!("{first}-{:016x}", hasher.finish())
}

fn program_name(key: &str) -> String {
    format!("rapace-export-{key}")
}
