//! What every client generator shares.
//!
//! A generator is pure: from an [`Api`] and [`Options`] it makes [`Files`], and equal input makes equal files. It
//! reads no file, no clock, no environment, and iterates over nothing whose order is not determined. Writing the
//! files is the business of the `rapace` binary.

mod call;
pub mod docs;
mod files;
#[cfg(feature = "golden")]
pub mod golden;
pub mod names;
mod parallel;
pub mod plan;
pub mod plugin;
pub mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use call::{Call, base64_bytes};
pub use files::{File, Files, Origin, is_plain};
pub use parallel::in_parallel;
use rapace_schema::{Api, Package};

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

    /// For each method of each service, in order, a program that calls it with the package that [`generate`](Self::generate) makes.
    /// Empty where the language has none.
    ///
    /// # Errors
    /// As [`Generator::generate`].
    fn calls(&self, _api: &Api, _options: &Options) -> Result<Vec<Vec<String>>, GenerateError> {
        Ok(Vec::new())
    }

    /// A program that makes one call with these values, with the package that [`generate`](Self::generate) makes.
    ///
    /// # Errors
    /// As [`Generator::generate`]; and where the package cannot make the call, or the language has no such programs.
    fn call(&self, _api: &Api, _options: &Options, _call: &Call<'_>) -> Result<String, GenerateError> {
        Err(GenerateError::new(format!(
            "{} has no programs that make a call",
            self.language()
        )))
    }

    /// The runtime alone, as a package that several packages import: what [`Runtime::Path`] leads to. [`Options::package`] is its
    /// name.
    ///
    /// # Errors
    /// As [`Generator::generate`]; and where the language has no such package.
    fn runtime(&self, _options: &Options) -> Result<Files, GenerateError> {
        Err(GenerateError::new(format!(
            "{} has no package of a runtime alone",
            self.language()
        )))
    }
}

/// What the user of a generator chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the package to make. By default the generator derives one from [`Api::name`].
    pub package: Option<String>,
    /// Where the generated code finds its runtime.
    pub runtime: Runtime,
    /// What the package's manifest says; what is empty here is taken from [`Api::package`].
    pub metadata: Package,
    /// Files for the package's root that hold its licence, each a name and a text: `LICENSE-MIT`.
    pub license_files: Vec<(String, String)>,
    /// What only one language knows, by name: `--opt NAME=VALUE`. Left out is what [`OwnOption::values`] begins with.
    pub own: BTreeMap<String, String>,
}

impl Options {
    /// What a manifest says: of these options, and where they are silent of the API.
    pub fn metadata(&self, api: &Api) -> Package {
        let (own, of_api) = (self.metadata.clone(), api.package.clone());
        let or = |own: Vec<String>, other| if own.is_empty() { other } else { own };
        Package {
            version: own.version.or(of_api.version),
            description: own.description.or(of_api.description),
            license: own.license.or(of_api.license),
            authors: or(own.authors, of_api.authors),
            repository: own.repository.or(of_api.repository),
            homepage: own.homepage.or(of_api.homepage),
            keywords: or(own.keywords, of_api.keywords),
        }
    }

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
            if !option.values.is_empty() && !option.values.contains(&value.as_str()) {
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
    /// Its values, the default first. None means that any text is a value, which the generator checks.
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
    /// The generated code imports the package in this folder, which [`Generator::runtime`] made: a path with `/` from the
    /// package's root, as in `../runtime`.
    Path(String),
}

impl fmt::Display for Runtime {
    /// `vendored`, `package`, `package=NAME` or `path=PATH`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Vendored => f.write_str("vendored"),
            Runtime::Package(None) => f.write_str("package"),
            Runtime::Package(Some(name)) => write!(f, "package={name}"),
            Runtime::Path(path) => write!(f, "path={path}"),
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
            Some(("path", path)) if !path.is_empty() => Ok(Runtime::Path(path.to_owned())),
            _ => Err("it is `vendored`, `package`, `package=NAME` or `path=PATH`".to_owned()),
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
