//! The testees of this repository: what the tasks read of their list.

use std::fs;

use serde::Deserialize;

use crate::languages::{LANGUAGES, Language};
use crate::project::{Error, Project, Result};

/// The folder of all testees.
pub const FOLDER: &str = "conformance/testees";
const LIST: &str = "conformance/testees/testees.json";

/// What the tasks need to know of a testee; the suite's command knows the rest.
#[derive(Deserialize)]
pub struct Testee {
    /// As the suite's command names it.
    pub name: String,
    /// Its language; there its folder is.
    pub language: String,
    /// The names of the classes that it is not ready for.
    #[serde(default)]
    without: Vec<String>,
    /// The list of defects that are seeded into it.
    pub mutants: Option<String>,
}

impl Testee {
    /// Whether it is ready for the class of this name.
    pub fn has(&self, class: &str) -> bool {
        !self.without.iter().any(|without| without == class)
    }

    /// Its folder, from the project's.
    pub fn folder(&self) -> String {
        format!("{FOLDER}/{}", self.language)
    }

    /// Its language.
    ///
    /// # Errors
    /// When it is none that is known.
    pub fn language(&self) -> Result<&'static Language> {
        let mut known = LANGUAGES.iter();
        known
            .find(|language| language.name == self.language)
            .ok_or_else(|| Error(format!("{LIST}: no language {}", self.language)))
    }
}

/// All testees of this repository.
///
/// # Errors
/// When the list cannot be read.
pub fn list(project: &Project) -> Result<Vec<Testee>> {
    let text = fs::read_to_string(project.path(LIST))?;
    serde_json::from_str(&text).map_err(|error| Error(format!("{LIST}: {error}")))
}
