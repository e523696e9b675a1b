//! `rapace export`: from service crates to their description.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rapace_schema::Api;

use crate::config::{Config, FILE};
use crate::diagnostic::Diagnostic;
use crate::driver::{self, CargoOptions};
use crate::facts::Facts;
use crate::lower::{Context, lower};
use crate::source::services::{Found, find, register_function};
use crate::source::tree::Tree;
use crate::source::types::TypeSources;
use crate::target::{Selection, Target, select};

/// Which crates to export, and how cargo builds them. The fields have the meaning of cargo's own flags.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    /// The manifest of the crate or of its workspace, or the folder of one. By default that of the current folder.
    pub manifest_path: Option<PathBuf>,
    /// Packages in the workspace.
    pub packages: Vec<String>,
    /// All packages of the workspace that use rapace.
    pub workspace: bool,
    /// Packages that `workspace` leaves out.
    pub exclude: Vec<String>,
    /// Features to turn on, `feature` or `package/feature`.
    pub features: Vec<String>,
    /// All features.
    pub all_features: bool,
    /// Not the default features.
    pub no_default_features: bool,
    /// Name of the API; by default that of the package, of several the workspace's root package or the first.
    pub name: Option<String>,
    /// Without the network.
    pub offline: bool,
    /// Fail when the lock file is not up to date.
    pub locked: bool,
    /// Without cargo's progress on stderr.
    pub quiet: bool,
}

/// What an export gives.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The description.
    pub api: Api,
    /// What works and bites.
    pub warnings: Vec<Diagnostic>,
}

/// Describes the services of crates. Builds them; cargo's progress goes to stderr.
///
/// # Errors
/// Everything of one kind that stands in the way, at once; with warnings among it.
pub fn export(options: &ExportOptions) -> Result<Exported, Vec<Diagnostic>> {
    let failed = |message: String| vec![Diagnostic::failure(message)];
    let selection = select(options).map_err(failed)?;
    let Services {
        found,
        registers,
        names,
    } = services(&selection, options.workspace)?;
    let cargo = CargoOptions {
        offline: options.offline,
        quiet: options.quiet,
    };
    let facts = driver::run(&selection, &registers, cargo).map_err(failed)?;
    let told = facts.services.iter().map(|service| &service.name);
    assert!(
        told.eq(found.iter().map(|found| &found.name)),
        "the driver speaks of other services"
    );
    let types = types(&selection, &facts).map_err(failed)?;
    let context = Context {
        name: &selection.name,
        services: &found,
        types: &types,
        names: &names,
    };
    let (api, warnings) = lower(&context, &facts)?;
    Ok(Exported { api, warnings })
}

/// The services of a selection.
struct Services {
    found: Vec<Found>,
    /// The registering function of each, by the package's place in the selection.
    registers: Vec<(usize, String)>,
    /// What the packages' authors want types to be called.
    names: BTreeMap<String, String>,
}

fn services(selection: &Selection, workspace: bool) -> Result<Services, Vec<Diagnostic>> {
    let mut services = Services {
        found: Vec::new(),
        registers: Vec::new(),
        names: BTreeMap::new(),
    };
    let mut problems = Vec::new();
    for (index, package) in selection.packages.iter().enumerate() {
        let failed = |message: String| vec![Diagnostic::failure(format!("package `{}`: {message}", package.package))];
        let config = Config::read(&package.folder).map_err(failed)?;
        let library = &selection.libraries[&package.library];
        let cfg = selection.cfg_of(library);
        let tree = Tree::read(&library.root, &package.library, &cfg).map_err(|error| failed(error.to_string()))?;
        let (mut found, unreachable) = find(&tree, &cfg, &package.rapace_name);
        found.extend(config.services.iter().map(|path| by_hand(package, path)));
        problems.extend(unreachable);
        if found.is_empty() && problems.is_empty() && !workspace {
            problems.push(Diagnostic::failure(format!(
                "no service found: no trait under `#[{}::service]` in the library of package `{}` (one that a macro \
                 writes can be named in `{FILE}`)",
                package.rapace_name, package.package
            )));
        }
        services
            .registers
            .extend(found.iter().map(|found| (index, found.register.clone())));
        services.found.extend(found);
        services.names.extend(config.names);
    }
    if services.found.is_empty() && problems.is_empty() {
        problems.push(Diagnostic::failure("no service found in any package of the workspace"));
    }
    if problems.is_empty() {
        Ok(services)
    } else {
        Err(problems)
    }
}

/// A service that `rapace.toml` names: `generated::Inventory`.
fn by_hand(package: &Target, path: &str) -> Found {
    let mut segments: Vec<&str> = path.split("::").collect();
    let name = segments.pop().unwrap_or_default();
    let module: Vec<String> = std::iter::once(package.library.as_str())
        .chain(segments)
        .map(str::to_owned)
        .collect();
    let function = register_function(name);
    Found {
        register: module[1..]
            .iter()
            .chain([&function])
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("::"),
        module,
        name: name.to_owned(),
        methods: Vec::new(),
        deprecated: None,
        deprecated_methods: BTreeMap::new(),
    }
}

/// The sources of the crates whose types the services reach.
fn types(selection: &Selection, facts: &Facts) -> Result<TypeSources, String> {
    let mut types = TypeSources::default();
    let mut crates: Vec<&str> = (facts.shapes.iter())
        .filter_map(|shape| shape.path.as_deref()?.split("::").next())
        .collect();
    crates.sort_unstable();
    crates.dedup();
    for (name, library) in crates
        .into_iter()
        .filter_map(|name| Some((name, selection.libraries.get(name)?)))
    {
        let cfg = selection.cfg_of(library);
        let tree = Tree::read(&library.root, name, &cfg).map_err(|error| format!("crate `{name}`: {error}"))?;
        types.add(&tree, &cfg);
    }
    Ok(types)
}
