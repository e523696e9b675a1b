//! `rapace export`: from service crates to their description.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rapace_schema::Api;

use crate::diagnostic::Diagnostic;
use crate::driver::{CargoOptions, Program, Unit, Workshop};
use crate::identity::identify;
use crate::lower::{Context, lower};
use crate::packages::{Packages, read};
use crate::sources::Sources;
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
    /// The target folder; by default that of the workspace.
    pub target_folder: Option<PathBuf>,
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
    let selection = select(options).map_err(failed)?;
    prepare(options, &selection)?.export()
}

/// [`export`] several times, of one build: the program that knows the types is run anew each time.
///
/// # Errors
/// As [`export`].
pub fn export_times(options: &ExportOptions, times: usize) -> Result<Vec<Exported>, Vec<Diagnostic>> {
    let selection = select(options).map_err(failed)?;
    let prepared = prepare(options, &selection)?;
    (0..times).map(|_| prepared.export()).collect()
}

fn failed(message: String) -> Vec<Diagnostic> {
    vec![Diagnostic::failure(message)]
}

/// All that an export needs of cargo and the compiler.
struct Prepared<'a> {
    selection: &'a Selection,
    workshop: Workshop<'a>,
    packages: Packages,
    units: Vec<Unit>,
    /// What rustc says is set.
    cfg: String,
    program: Program,
    /// The names of types in an earlier description, by their path.
    kept: BTreeMap<String, String>,
}

fn prepare<'a>(options: &ExportOptions, selection: &'a Selection) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    let cargo = CargoOptions {
        offline: options.offline,
        quiet: options.quiet,
    };
    let kept = kept_names(options).map_err(failed)?;
    let workshop = Workshop::open(selection, cargo).map_err(failed)?;
    let cfg = workshop.cfg().map_err(failed)?;
    let units = workshop.libraries().map_err(|message| {
        // The macro has no word for some traits that are not public; the sources have.
        let mut problems = Sources::new(&[], &cfg).not_public(selection);
        problems.push(Diagnostic::failure(message));
        problems
    })?;
    let mut packages = read(&workshop, selection, &units, &cfg)?;
    if packages.services.is_empty() && options.workspace {
        let message = "no service found in any package of the workspace";
        packages.warnings.push(Diagnostic::failure(message));
        return Err(packages.warnings);
    }
    if let (Some(empty), false) = (packages.without_service.first(), options.workspace) {
        packages.warnings.push(Diagnostic::failure(format!(
            "no service found: no trait under `#[{}::service]` in the library of package `{}` (one of a dependency can be \
             named in `{}`)",
            empty.rapace_name,
            empty.package,
            crate::config::FILE
        )));
        return Err(packages.warnings);
    }
    packages
        .warnings
        .extend(passed_over(&selection.passed_over, &packages.without_service));
    let program = workshop.program(&packages.registers()).map_err(failed)?;
    Ok(Prepared {
        selection,
        workshop,
        packages,
        units,
        cfg,
        program,
        kept,
    })
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

/// A warning that says which packages of a workspace have nothing in the description, and why.
fn passed_over(unfit: &[String], empty: &[Target]) -> Option<Diagnostic> {
    let empty = empty
        .iter()
        .map(|package| format!("package `{}` has no service in its library", package.package));
    let reasons: Vec<String> = unfit.iter().cloned().chain(empty).collect();
    (!reasons.is_empty()).then(|| Diagnostic {
        why: format!("`--workspace` passed over:\n    {}", reasons.join("\n    ")),
        ..Diagnostic::warning("passed-over")
    })
}

impl Prepared<'_> {
    fn export(&self) -> Result<Exported, Vec<Diagnostic>> {
        let mut facts = self.program.facts().map_err(failed)?;
        let identified = identify(&mut facts, &self.units, &self.packages.names)
            .map_err(|problem| problem.diagnostics(|what| self.workshop.lost(what)))?;
        let mut sources = Sources::new(&self.units, &self.cfg);
        let services = self
            .packages
            .found(&mut facts, &identified, &mut sources, &self.units)?;
        let types = sources.types(&facts, &identified.crates);
        let context = Context {
            name: &self.selection.name,
            services: &services.found,
            types: &types,
            names: &self.packages.names,
            kept: &self.kept,
            idempotent: &self.packages.idempotent,
        };
        let before = self.packages.warnings.iter().cloned().chain(services.warnings);
        let mut warnings: Vec<Diagnostic> = before.chain(sources.unread()).collect();
        match lower(&context, &facts) {
            Ok((api, more)) => {
                warnings.extend(more);
                Ok(Exported { api, warnings })
            }
            Err(mut diagnostics) => {
                diagnostics.extend(warnings);
                Err(diagnostics)
            }
        }
    }
}
