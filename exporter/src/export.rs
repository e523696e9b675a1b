//! `rapace export`: from service crates to their description.

use std::collections::BTreeMap;

use rapace_schema::Api;

use crate::diagnostic::{Diagnostic, Level, Location};
use crate::driver::{CargoOptions, Failure, Program, Unit, Workshop};
use crate::error::ExportError;
use crate::identity::identify;
use crate::inputs::Inputs;
use crate::lower::lower;
pub use crate::options::ExportOptions;
use crate::packages::{Packages, read};
use crate::policy::Policy;
use crate::selection::{SelectedPackage, Selection, select};
use crate::sources::Sources;

/// What an export gives.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The description.
    pub api: Api,
    /// What works, and what its authors should know of it.
    pub warnings: Vec<Diagnostic>,
}

/// Describes the services of crates. Builds them; cargo's progress goes to stderr.
///
/// # Errors
/// See [`ExportError`].
pub fn export(options: &ExportOptions) -> Result<Exported, ExportError> {
    let selection = select(options).map_err(ExportError::Selection)?;
    prepare(options, &selection)?.export()
}

/// [`export`] several times, of one build: the program that knows the types is run anew each time.
///
/// # Errors
/// As [`export`].
pub fn export_times(options: &ExportOptions, times: usize) -> Result<Vec<Exported>, ExportError> {
    let selection = select(options).map_err(ExportError::Selection)?;
    let prepared = prepare(options, &selection)?;
    (0..times).map(|_| prepared.export()).collect()
}

/// All that an export needs of cargo and the compiler.
struct Prepared<'a> {
    policy: Policy,
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

fn prepare<'a>(options: &ExportOptions, selection: &'a Selection) -> Result<Prepared<'a>, ExportError> {
    let cargo = CargoOptions {
        offline: options.offline,
        quiet: options.quiet,
    };
    let kept = kept_names(options).map_err(ExportError::Input)?;
    let workshop = Workshop::open(selection, cargo).map_err(ExportError::Build)?;
    let cfg = workshop.cfg().map_err(ExportError::Build)?;
    let units = workshop
        .libraries()
        .map_err(|failure| not_compiled(failure, selection, &cfg))?;
    let mut packages = read(&workshop, selection, &units, &cfg).map_err(ExportError::Refused)?;
    let policy = Policy::new(&packages.policies, &packages.places, options).map_err(ExportError::Refused)?;
    if packages.services.is_empty() && options.workspace {
        let message = "no service found in any package of the workspace";
        packages.warnings.push(Diagnostic::failure(message));
        return Err(ExportError::Refused(packages.warnings));
    }
    if let (Some(empty), false) = (packages.without_service.first(), options.workspace) {
        packages.warnings.push(Diagnostic {
            at: Some(Location::new(&empty.root, 1, 1)),
            ..Diagnostic::failure(format!(
                "no service found: no trait under `#[{}::service]` in the library of package `{}` (one of a dependency can \
                 be named in `{}`)",
                empty.rapace_name,
                empty.package,
                crate::config::FILE
            ))
        });
        return Err(ExportError::Refused(packages.warnings));
    }
    packages
        .warnings
        .extend(passed_over(&selection.passed_over, &packages.without_service));
    let program = workshop
        .program(&packages.registers())
        .map_err(|message| ExportError::Build(message + &packages.named_by_hand()))?;
    Ok(Prepared {
        policy,
        selection,
        workshop,
        packages,
        units,
        cfg,
        program,
        kept,
    })
}

/// Why the libraries do not compile: in the words of this program where their sources show a fault that it knows.
fn not_compiled(failure: Failure, selection: &Selection, cfg: &str) -> ExportError {
    let mut sources = Sources::new(&[], cfg);
    // The macro has no word for some traits that are not public; the sources have.
    let mut problems = sources.not_public(selection);
    problems.extend(sources.faults(selection, &failure.libraries()));
    if problems.is_empty() {
        return ExportError::Build(failure.explain(selection));
    }
    problems.push(Diagnostic::failure(failure.in_short(selection)));
    ExportError::Refused(problems)
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
fn passed_over(unfit: &[String], empty: &[SelectedPackage]) -> Option<Diagnostic> {
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
    fn export(&self) -> Result<Exported, ExportError> {
        let mut facts = self.program.facts().map_err(ExportError::Build)?;
        let mut sources = Sources::new(&self.units, &self.cfg);
        let identified = identify(&mut facts, &self.units, &self.packages.names, &mut sources)
            .map_err(|problem| ExportError::Refused(problem.diagnostics(|what| self.workshop.lost(what))))?;
        let services = self
            .packages
            .found(&mut facts, &identified, &mut sources, &self.units)
            .map_err(ExportError::Refused)?;
        let types = sources.types(&facts, &identified.crates);
        let inputs = Inputs {
            name: &self.selection.name,
            about: &self.selection.about,
            services: &services.found,
            types: &types,
            names: &self.packages.names,
            results: &self.packages.results,
            presented: &self.packages.types,
            open_enums: self.packages.open_enums,
            open: &self.packages.open,
            partial: self.packages.partial,
            places: &self.packages.places,
            kept: &self.kept,
            idempotent: &self.packages.idempotent,
        };
        let before = self.packages.warnings.iter().cloned().chain(services.warnings);
        let mut warnings: Vec<Diagnostic> = before.chain(sources.unread()).collect();
        match lower(&inputs, &facts) {
            Ok((api, more)) => {
                warnings.extend(more);
                let warnings = self.policy.apply(warnings);
                match warnings.iter().any(|warning| warning.level == Level::Error) {
                    true => Err(ExportError::Refused(warnings)),
                    false => Ok(Exported { api, warnings }),
                }
            }
            Err(mut diagnostics) => {
                diagnostics.extend(warnings);
                Err(ExportError::Refused(self.policy.apply(diagnostics)))
            }
        }
    }
}
