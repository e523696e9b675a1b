//! The table `[export]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::OpenEnums;

/// What is exported: the keys have the meaning of the flags of `rapace export`. Paths start from the file's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ExportTable {
    /// Packages to export, whose services are merged. By default the package of the file's folder.
    pub packages: Vec<String>,
    /// True to export all packages of the workspace that use rapace.
    pub workspace: bool,
    /// Packages that `workspace` leaves out.
    pub exclude: Vec<String>,
    /// Features to enable.
    pub features: Vec<String>,
    /// True to enable all features.
    pub all_features: bool,
    /// True to leave the default features out.
    pub no_default_features: bool,
    /// Name of the API. By default the package's name.
    pub name: Option<String>,
    /// An earlier `api.json`, whose types keep their names.
    pub keep_names: Option<String>,
    /// The `api.json` to write. By default `api.json`.
    pub out: Option<String>,
    /// The enums of which clients and handlers keep variants that they do not know: true for all whose variants have no fields, or a
    /// list of paths. By default none.
    pub open_enums: OpenEnums,
}

impl ExportTable {
    /// The `api.json` to write, from the file's folder.
    pub fn out(&self) -> &str {
        self.out.as_deref().unwrap_or("api.json")
    }
}
