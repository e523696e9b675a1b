//! What every client generator shares.
//!
//! A generator is pure: from an [`Api`] and [`Options`] it makes [`Files`], and equal input makes equal files. It
//! reads no file, no clock, no environment, and iterates over nothing whose order is not determined. Writing the
//! files is the business of the `rapace` binary.

pub mod docs;
mod files;
#[cfg(feature = "golden")]
pub mod golden;
pub mod names;
pub mod plan;
pub mod plugin;
pub mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use files::{File, Files, Origin, is_plain};
use rapace_schema::Api;

/// Makes a client package for one language.
pub trait Generator {
    /// The language as `--lang` names it: `python`.
    fn language(&self) -> &'static str;

    /// The options of this language alone; [`Options::own`] holds none but these.
    fn own_options(&self) -> &'static [OwnOption] {
        &[]
    }

    /// The complete package for `api`, which [`rapace_schema::validate`] finds sound.
    ///
    /// # Errors
    /// When an option cannot be met, such as a package name that the language does not allow.
    fn generate(&self, api: &Api, options: &Options) -> Result<Files, GenerateError>;
}

/// What the user of a generator chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the package to make. By default the generator derives one from [`Api::name`].
    pub package: Option<String>,
    /// Where the generated code finds its runtime.
    pub runtime: Runtime,
    /// What only one language knows, by name: `--opt NAME=VALUE`. Left out is what [`OwnOption::values`] begins with.
    pub own: BTreeMap<String, String>,
}

impl Options {
    /// Refuses what the generator does not know in [`Options::own`].
    ///
    /// # Errors
    /// When an option or its value is none of [`Generator::own_options`].
    pub fn check_own(&self, generator: &dyn Generator) -> Result<(), GenerateError> {
        let known = generator.own_options();
        for (name, value) in &self.own {
            let Some(option) = known.iter().find(|option| option.name == name) else {
                let names: Vec<&str> = known.iter().map(|option| option.name).collect();
                let known = match names.as_slice() {
                    [] => "there are none".to_owned(),
                    names => format!("known are {}", names.join(", ")),
                };
                return Err(GenerateError::new(format!("unknown option `{name}`: {known}")));
            };
            if !option.values.contains(&value.as_str()) {
                let values = option.values.join(", ");
                return Err(GenerateError::new(format!(
                    "option `{name}` is not `{value}`: it is one of {values}"
                )));
            }
        }
        Ok(())
    }
}

/// An option of one language alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnOption {
    /// Its name.
    pub name: &'static str,
    /// Its values, the default first.
    pub values: &'static [&'static str],
    /// What it does, for `rapace gen --help`: one or two sentences.
    pub about: &'static str,
}

/// Where generated code finds its runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Runtime {
    /// The runtime's sources are written beside the generated code.
    #[default]
    Vendored,
    /// The generated code imports a published package: of this name, or of the language's usual one.
    Package(Option<String>),
}

impl fmt::Display for Runtime {
    /// `vendored`, `package` or `package=NAME`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Vendored => f.write_str("vendored"),
            Runtime::Package(None) => f.write_str("package"),
            Runtime::Package(Some(name)) => write!(f, "package={name}"),
        }
    }
}

impl FromStr for Runtime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            None if text == "vendored" => Ok(Runtime::Vendored),
            None if text == "package" => Ok(Runtime::Package(None)),
            Some(("package", name)) if !name.is_empty() => Ok(Runtime::Package(Some(name.to_owned()))),
            _ => Err("it is `vendored`, `package` or `package=NAME`".to_owned()),
        }
    }
}

/// Why a generator makes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateError {
    /// What cannot be met, and what would do instead.
    pub message: String,
}

impl GenerateError {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GenerateError {}
