//! What an export knows besides the facts of reflection.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::ResultVariants;

use crate::config::{Places, TypeEntry};
use crate::source::services::ServiceSource;
use crate::source::types::TypeSources;

/// What the sources, the author and an earlier description say.
pub struct Inputs<'a> {
    /// Name of the API.
    pub name: &'a str,
    /// What the manifests of the packages say.
    pub about: &'a rapace_schema::Package,
    /// The services as the sources show them, in the order of the facts.
    pub services: &'a [ServiceSource],
    /// The types as the sources show them.
    pub types: &'a TypeSources,
    /// Names that the author wants for types, by their path.
    pub names: &'a BTreeMap<String, String>,
    /// Names that types had in an earlier description, by their path.
    pub kept: &'a BTreeMap<String, String>,
    /// The enums that the author says are outcomes, by their path.
    pub results: &'a BTreeMap<String, ResultVariants>,
    /// What the author says of types, by their path.
    pub presented: &'a BTreeMap<String, TypeEntry>,
    /// Whether the author says that all enums without data are open.
    pub open_enums: bool,
    /// The enums that the author says are open, by their path.
    pub open: &'a BTreeMap<String, ()>,
    /// Where the author says all of that.
    pub places: &'a Places,
    /// Whether what the author says is for other packages too.
    pub partial: bool,
    /// The methods that the author says are idempotent, as `Service.method`.
    pub idempotent: &'a BTreeSet<String>,
}
