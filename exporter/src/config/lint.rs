//! The table `[lint]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// What `rapace lint` does not report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintTable {
    /// The findings that are allowed. One that allows nothing is an error.
    #[serde(default)]
    pub allow: Vec<LintAllowed>,
}

/// A rule that may be broken, everywhere or in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintAllowed {
    /// The rule's name, in brackets after a finding.
    pub rule: String,
    /// The place as a finding names it, `Catalog.find` or `Book.title`; or what is around it, `Catalog`. By default everywhere.
    #[serde(default)]
    pub at: Option<String>,
    /// Why this is right.
    pub reason: String,
}
