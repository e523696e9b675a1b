//! `rapace.toml` next to a package's manifest: what the export needs to know from the author.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

/// What a `rapace.toml` says.
///
/// ```toml
/// # Services of dependencies that the crate exports again, by their path in the crate.
/// services = ["TracingSink"]
///
/// # Methods that may be called twice with the effect of once: a client that reconnects may send them again.
/// idempotent = ["Catalog.find"]
///
/// # Names for types, by their path as `rapace export` shows it in "path".
/// [names]
/// "bookshop::catalog::Page<bookshop::catalog::Book>" = "BookPage"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Paths of service traits, from the crate's root.
    #[serde(default)]
    pub services: Vec<String>,
    /// The methods that are idempotent, as `Service.method`.
    #[serde(default)]
    pub idempotent: BTreeSet<String>,
    /// The names of types, by their full path.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
}

/// The file's name.
pub const FILE: &str = "rapace.toml";

impl Config {
    /// Reads the file of a package; without one, nothing is said.
    ///
    /// # Errors
    /// A message: the file cannot be read or says what is not known.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let bytes = std::fs::read(&path).map_err(|error| format!("{FILE}: {error}"))?;
        let text = rapace_schema::text_of(&bytes).map_err(|error| format!("{FILE}: {error}"))?;
        toml::from_str(text).map_err(|error| format!("{FILE}: {}", error.to_string().trim_end()))
    }
}
