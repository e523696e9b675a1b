//! `rapace.toml`: what the author of services decides, for their export and for the packages that are generated from it.
//!
//! The file is in the folder of a package, where it says how that package is exported, or at the root of a workspace, where it is
//! for all packages.

mod accepted;
mod export;
mod file;
mod generate;
mod lint;
mod parse;
mod places;
mod presented;
mod values;
mod warnings;

pub use accepted::AcceptedTable;
pub use export::ExportTable;
pub use file::Config;
pub use generate::GenTable;
pub use lint::{LintAllowed, LintTable};
pub use parse::{ConfigError, FILE};
pub use places::Places;
pub use presented::TypeEntry;
pub use values::{OpenEnums, OptionValue, VersionSource};
pub use warnings::{Deny, WarningsTable};

/// The text of `rapace-toml.schema.json`: the JSON Schema (draft 2020-12) of a `rapace.toml`, for editors.
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(Config);
    schema.insert("$id".into(), "urn:rapace:toml:1".into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a JSON Schema is JSON");
    text.push('\n');
    text
}
