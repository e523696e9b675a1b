//! Which warnings are said, and which stop an export.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

/// What an author does with warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningsTable {
    /// The warnings that are not said, by the names in brackets after them.
    #[serde(default)]
    pub allow: BTreeSet<String>,
    /// The warnings that stop an export: `true` for all that are not allowed, or their names.
    #[serde(default)]
    pub deny: Deny,
}

/// The warnings that stop an export.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected true, false or a list of names of warnings")]
pub enum Deny {
    /// All of them, or none.
    All(bool),
    /// Those of these names.
    Named(BTreeSet<String>),
}

impl Default for Deny {
    fn default() -> Self {
        Self::All(false)
    }
}
