//! `rapace export`: from service crates to their description.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rapace_schema::Api;

use crate::config::{Config, FILE};
use crate::diagnostic::Diagnostic;
use crate::driver::{self, CargoOptions};
use crate::facts::{Facts, Form};
use crate::lower::{Context, lower};
use crate::picked::pick;
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
    /// A description that this crate or these crates had before: types keep the names that they have in it.
    pub keep_names: Option<PathBuf>,
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
    let mut services = services(&selection, options.workspace)?;
    let cargo = CargoOptions {
        offline: options.offline,
        quiet: options.quiet,
    };
    let facts = driver::run(&selection, &services.registers, cargo).map_err(failed)?;
    check_names(&services, &facts)?;
    add_dependencies(&selection, &facts, &mut services.types);
    let context = Context {
        name: &selection.name,
        services: &services.found,
        types: &services.types,
        names: &services.names,
        kept: &kept_names(options).map_err(failed)?,
        idempotent: &services.idempotent,
    };
    let (api, mut warnings) = lower(&context, &facts)?;
    warnings.extend(passed_over(&selection.passed_over, &services.empty));
    Ok(Exported { api, warnings })
}

/// The names of types in an earlier description, by their path.
fn kept_names(options: &ExportOptions) -> Result<BTreeMap<String, String>, String> {
    let Some(path) = &options.keep_names else {
        return Ok(BTreeMap::new());
    };
    let failed = |why: String| format!("--keep-names {}: {why}", path.display());
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let earlier = rapace_schema::read_bytes(&bytes).map_err(|error| failed(error.to_string()))?;
    let types = earlier.types.into_iter().filter(|def| !def.path.is_empty());
    Ok(types.map(|def| (def.path, def.name)).collect())
}

/// The services of a selection, and what else its sources say.
struct Services {
    found: Vec<Found>,
    /// The registering function of each, by the package's place in the selection.
    registers: Vec<(usize, String)>,
    /// What the packages' authors want types to be called.
    names: BTreeMap<String, String>,
    /// The methods that they say are idempotent.
    idempotent: BTreeSet<String>,
    /// The packages' own types.
    types: TypeSources,
    /// The packages that have no service.
    empty: Vec<String>,
}

/// A warning that says which packages of a workspace have nothing in the description, and why.
fn passed_over(unfit: &[String], empty: &[String]) -> Option<Diagnostic> {
    let empty = empty
        .iter()
        .map(|package| format!("package `{package}` has no service in its library"));
    let reasons: Vec<String> = unfit.iter().cloned().chain(empty).collect();
    (!reasons.is_empty()).then(|| Diagnostic {
        why: format!("`--workspace` passed over:\n    {}", reasons.join("\n    ")),
        ..Diagnostic::warning("passed-over")
    })
}

fn services(selection: &Selection, workspace: bool) -> Result<Services, Vec<Diagnostic>> {
    let mut services = Services {
        found: Vec::new(),
        registers: Vec::new(),
        names: BTreeMap::new(),
        idempotent: BTreeSet::new(),
        types: TypeSources::default(),
        empty: Vec::new(),
    };
    let mut problems = Vec::new();
    for (index, package) in selection.packages.iter().enumerate() {
        let failed = |message: String| vec![Diagnostic::failure(format!("package `{}`: {message}", package.package))];
        let config = Config::read(&package.folder).map_err(failed)?;
        let cfg = selection.cfg_of(&package.sources);
        let tree =
            Tree::read(&package.sources.root, &package.library, &cfg).map_err(|error| failed(error.to_string()))?;
        let (found, unreachable) = find(&tree, &cfg, &package.rapace_name);
        let (mut found, others) = pick(found, &config.services);
        found.extend(others.iter().map(|path| by_hand(package, path)));
        if found.is_empty() {
            services.empty.push(package.package.clone());
        }
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
        services.types.add(&tree, &cfg);
        services.names.extend(config.names);
        services.idempotent.extend(config.idempotent);
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
        ..Found::default()
    }
}

/// Each registering function must have registered the service it was taken for. One that `rapace.toml` names by another
/// spelling of the same function would not.
fn check_names(services: &Services, facts: &Facts) -> Result<(), Vec<Diagnostic>> {
    let pairs = services.found.iter().zip(&facts.services);
    let wrong = pairs
        .filter(|(found, told)| found.name != told.name)
        .map(|(found, told)| Diagnostic {
            place: format!("service {}::{}", found.module.join("::"), found.name),
            why: format!(
                "`{}` registers `{}`: write the trait's own name in `{FILE}`",
                found.register, told.name
            ),
            ..Diagnostic::error("service-misnamed")
        });
    let wrong: Vec<Diagnostic> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Adds the sources of the other crates whose types the services reach. They say nothing that an export needs, so a
/// crate that cannot be read is passed over.
fn add_dependencies(selection: &Selection, facts: &Facts, types: &mut TypeSources) {
    let named = facts
        .shapes
        .iter()
        .filter(|shape| matches!(shape.form, Form::Struct(_) | Form::Enum(_)));
    let crates: BTreeSet<&str> = named
        .filter_map(|shape| shape.path.as_deref()?.split("::").next())
        .collect();
    let own = |name: &str| selection.packages.iter().any(|package| package.library == name);
    for name in crates.into_iter().filter(|name| !own(name)) {
        let Some(library) = selection.libraries.get(name) else {
            continue;
        };
        let cfg = selection.cfg_of(library);
        if let Ok(tree) = Tree::read(&library.root, name, &cfg) {
            types.add(&tree, &cfg);
        }
    }
}
