//! `rapace export`: from a service crate to its description.

use std::fmt;
use std::path::PathBuf;

use rapace_schema::Api;

use crate::discover::{Discovery, Unreachable, discover};
use crate::lower::{LowerError, lower};
use crate::{driver, target};

/// Which crate to export.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    /// The manifest of the crate or of its workspace, or the folder of one. By default that of the current folder.
    pub manifest_path: Option<PathBuf>,
    /// The package in the workspace.
    pub package: Option<String>,
}

/// Why there is no description.
#[derive(Debug)]
pub enum ExportError {
    /// A single thing stands in the way.
    Failed(String),
    /// Services that another crate cannot reach.
    Unreachable(Vec<Unreachable>),
    /// Types that cannot travel, or clashes.
    Lower(LowerError),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Failed(message) => f.write_str(message),
            ExportError::Unreachable(found) => {
                list(f, "service traits that cannot be reached from outside the crate", found)
            }
            ExportError::Lower(LowerError::Refused(refusals)) => list(f, "types that cannot travel", refusals),
            ExportError::Lower(LowerError::Unsound(problems)) => {
                list(f, "clashes that the wire cannot carry", problems)
            }
        }
    }
}

impl std::error::Error for ExportError {}

fn list(f: &mut fmt::Formatter<'_>, what: &str, items: &[impl fmt::Display]) -> fmt::Result {
    write!(f, "{what}: {}", items.len())?;
    items.iter().try_for_each(|item| write!(f, "\n  {item}"))
}

/// Describes the services of a crate. Builds the crate; cargo's progress goes to stderr.
///
/// # Errors
/// What [`ExportError`] lists. Everything of one kind is found at once.
pub fn export(options: &ExportOptions) -> Result<Api, ExportError> {
    let failed = ExportError::Failed;
    let target = target::find(options.manifest_path.as_ref(), options.package.as_deref()).map_err(failed)?;
    let Discovery { found, unreachable } = discover(&target.root, &target.library, &target.rapace.name)
        .map_err(|error| failed(format!("package `{}`: {}: {}", target.package, error.file, error.why)))?;
    if !unreachable.is_empty() {
        return Err(ExportError::Unreachable(unreachable));
    }
    if found.is_empty() {
        return Err(failed(format!(
            "no service found: no trait under `#[{}::service]` in the library of package `{}`",
            target.rapace.name, target.package
        )));
    }
    let facts = driver::run(&target, &found).map_err(failed)?;
    let told = facts.services.iter().map(|service| &service.name);
    assert!(
        told.eq(found.iter().map(|found| &found.name)),
        "the driver speaks of other services"
    );
    lower(&target.package, &found, &facts).map_err(ExportError::Lower)
}
