//! `rapace.toml`: what the author of services decides, for their export and for the packages that are generated from it.
//!
//! The file is in the folder of a package, where it says how that package is exported, or at the root of a workspace, where it is
//! for all packages.

mod export;
mod generate;
mod parse;
mod presented;
mod values;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rapace_schema::ResultVariants;
use schemars::JsonSchema;
use serde::Deserialize;

pub use export::ExportTable;
pub use generate::GenTable;
pub use presented::TypeEntry;
pub use values::{OptionValue, VersionSource};
pub use warnings::{Deny, WarningsTable};

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
///
/// # Outcomes of calls: clients return the value or raise an error of their language.
/// [results]
/// "jobs::Outcome" = { ok = "Ok", err = "Err" }
///
/// # Types that the languages have too.
/// [types]
/// "jobs::JobId" = "uuid"
/// "jobs::Money" = { python = { import = "acme.money", type = "Money", from = "from_wire", to = "to_wire" } }
///
/// [warnings]
/// allow = ["several-services"]
/// deny = true
///
/// # What `rapace export` and `rapace gen` do without flags.
/// [export]
/// out = "api.json"
///
/// # A package that `rapace gen` writes.
/// [[gen]]
/// lang = "python"
/// out = "clients/python"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rapace.toml")]
pub struct Config {
    /// Services of dependencies that the crate exports again: paths of traits from the crate's root.
    #[serde(default)]
    pub services: Vec<String>,
    /// The methods that are idempotent, as `Service.method`.
    #[serde(default)]
    pub idempotent: BTreeSet<String>,
    /// The names of types, by their full path.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// The enums that are outcomes of calls, by their path with or without generic arguments: users of the languages get the value or
    /// an error.
    #[serde(default)]
    pub results: BTreeMap<String, ResultVariants>,
    /// What users of the languages see in the place of types, by their path with or without generic arguments: the name of a preset,
    /// or a table of languages.
    #[serde(default)]
    pub types: BTreeMap<String, TypeEntry>,
    /// The warnings that are allowed, and those that stop an export.
    #[serde(default)]
    pub warnings: Option<WarningsTable>,
    /// What `rapace export` and `rapace gen` export.
    #[serde(default)]
    pub export: Option<ExportTable>,
    /// The packages that `rapace gen` writes.
    #[serde(default, rename = "gen")]
    pub packages: Vec<GenTable>,
}

/// The file's name.
pub const FILE: &str = "rapace.toml";

impl Config {
    /// Reads the file in a folder; without one, nothing is said.
    ///
    /// # Errors
    /// A message that begins with the file's name: it cannot be read, or says what is not known.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        if path.is_dir() {
            return Err(format!("{FILE}: it is a folder, and must be a file"));
        }
        let bytes = std::fs::read(&path).map_err(|error| format!("{FILE}: {error}"))?;
        let text = rapace_schema::text_of(&bytes).map_err(|error| format!("{FILE}: {error}"))?;
        Self::parse(text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A message with the file's name and the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| parse::message(text, &error))
    }
}

/// The text of `rapace-toml.schema.json`: the JSON Schema (draft 2020-12) of a `rapace.toml`, for editors.
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(Config);
    schema.insert("$id".into(), "urn:rapace:toml:1".into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a JSON Schema is JSON");
    text.push('\n');
    text
}
