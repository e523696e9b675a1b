//! A table `[[gen]]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{OptionValue, VersionSource};

/// A package that `rapace gen` writes. Paths start from the file's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GenTable {
    /// The language: `python`, `go`, `typescript`, or that of a program `rapace-gen-LANGUAGE`.
    pub lang: String,
    /// Folder of the package.
    pub out: String,
    /// Name of the package: what the language's ecosystem publishes. By default made from the API's name.
    #[serde(default)]
    pub package: Option<String>,
    /// Where the code finds its runtime: `vendored`, `package`, `package=NAME` or `path=FOLDER`, a path from `out`. By default
    /// `vendored`.
    #[serde(default)]
    pub runtime: Option<String>,
    /// True to write the runtime alone, as a package that the others import with `path=FOLDER`.
    #[serde(default)]
    pub runtime_only: bool,
    /// Version of the package: `from-cargo`, which is the version of the exported crate, or one like `1.4.0`. By default
    /// `from-cargo`.
    #[serde(default)]
    pub version: VersionSource,
    /// One sentence about the package. By default that of the exported crate.
    #[serde(default)]
    pub description: Option<String>,
    /// Licence, an SPDX expression. By default that of the exported crate.
    #[serde(default)]
    pub license: Option<String>,
    /// Files of the licence, which are copied into the package. By default `LICENSE*` and `COPYING*` of the file's folder, or
    /// of the workspace's.
    #[serde(default)]
    pub license_files: Vec<String>,
    /// Authors, each `Name <address>` or `Name`. By default those of the exported crate.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Address of the source repository. By default that of the exported crate.
    #[serde(default)]
    pub repository: Option<String>,
    /// Address of the home page. By default that of the exported crate.
    #[serde(default)]
    pub homepage: Option<String>,
    /// Words to be found by. By default those of the exported crate.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Options of the language alone, which `rapace gen --help` lists.
    #[serde(default)]
    pub opt: BTreeMap<String, OptionValue>,
    /// Services to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
}
