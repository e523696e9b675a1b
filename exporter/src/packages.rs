//! The services of the packages to export: those that the libraries hold, and those that `rapace.toml` names.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::ResultVariants;

use crate::config::{Config, FILE, OpenEnums, Places, TypeEntry, WarningsTable};
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::discover::{self, Compiled};
use crate::driver::{Register, Unit, Workshop};
use crate::facts::{Facts, ServiceFacts};
use crate::identity::Identified;
use crate::picked::pick;
use crate::rust_type::plain;
use crate::selection::{SelectedPackage, Selection};
use crate::source::marked::Marked;
use crate::source::services::{ServiceSource, Shown, register_function};
use crate::sources::Sources;

/// What the packages say.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// The services, in the order of their registering functions.
    pub(crate) services: Vec<Service>,
    /// The packages that have none.
    pub(crate) without_service: Vec<SelectedPackage>,
    /// What the packages' authors want types to be called.
    pub(crate) names: BTreeMap<String, String>,
    /// The methods that they say are idempotent.
    pub(crate) idempotent: BTreeSet<String>,
    /// The enums that they say are outcomes, by their path.
    pub(crate) results: BTreeMap<String, ResultVariants>,
    /// What they say of types, by their path.
    pub(crate) types: BTreeMap<String, TypeEntry>,
    /// Whether they say that all enums without data are open.
    pub(crate) open_enums: bool,
    /// The enums that they say are open, by their path.
    pub(crate) open: BTreeMap<String, ()>,
    /// What they do with warnings.
    pub(crate) policies: Vec<WarningsTable>,
    /// Where they say all of that.
    pub(crate) places: Places,
    /// Whether a file is for packages that are not exported.
    pub(crate) partial: bool,
    /// What is to say of services that are not there.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// A service that the driver is to register.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    register: Register,
    /// The trait's name.
    name: String,
    /// The path by which `rapace.toml` names it; none where the library has it.
    by_hand: Option<String>,
}

/// The services that were registered, in the order of the facts.
#[derive(Debug, Default)]
pub(crate) struct Services {
    pub(crate) found: Vec<ServiceSource>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Reads what the libraries hold.
///
/// # Errors
/// What is private or cannot be read, with warnings among it.
pub(crate) fn read(
    workshop: &Workshop<'_>,
    selection: &Selection,
    units: &[Unit],
    cfg: &str,
) -> Result<Packages, Vec<Diagnostic>> {
    let mut packages = Packages::default();
    let mut sources = Sources::new(units, cfg);
    for (index, package) in selection.packages.iter().enumerate() {
        let failed = |message: String| vec![Diagnostic::failure(format!("package `{}`: {message}", package.package))];
        let config = Config::read(&package.folder).map_err(|error| {
            let at = error.at(&package.folder);
            vec![Diagnostic {
                at: Some(at),
                ..Diagnostic::failure(format!("package `{}`: {FILE}: {}", package.package, error.why))
            }]
        })?;
        let unit = unit_of(units, package)
            .ok_or_else(|| failed("cargo did not tell of its library, which this program needs".into()))?;
        let code = discover::read(unit).map_err(failed)?;
        let marked = sources.marked(unit, &package.rapace_name);
        if !code.readable && marked.iter().any(|marked| marked.off.is_none()) {
            return Err(failed(
                workshop.lost(&format!("the library of package `{}`", package.package)),
            ));
        }
        for service in &code.services {
            if let Shown::Private(problem) = sources.look(unit, &service.module, &service.name) {
                packages.warnings.push(*problem);
            }
        }
        packages
            .warnings
            .extend(marked.iter().filter_map(|marked| not_built(marked, &code.services)));
        if code.services.is_empty() && config.services.is_empty() {
            packages.without_service.push(package.clone());
        }
        let (services, others) = pick(code.services, &config.services);
        packages.services.extend(services.into_iter().map(compiled));
        let by_hand = others.iter().map(|path| by_hand(index, path));
        packages.services.extend(by_hand);
        packages.take(config);
    }
    packages.take_workspace(selection).map_err(|problem| vec![*problem])?;
    let mut problems = packages.warnings.iter();
    if problems.any(|problem| problem.level == Level::Error) {
        return Err(packages.warnings);
    }
    Ok(packages)
}

impl Packages {
    /// What a `rapace.toml` says of types and methods.
    fn take(&mut self, config: Config) {
        self.names.extend(config.names);
        self.idempotent.extend(config.idempotent);
        self.results.extend(config.results);
        self.types.extend(config.types);
        self.policies.extend(config.warnings);
        self.places.extend(config.places);
        match config.export.unwrap_or_default().open_enums {
            OpenEnums::All(all) => self.open_enums |= all,
            OpenEnums::Listed(paths) => self.open.extend(paths.into_iter().map(|path| (path, ()))),
        }
    }

    /// What the `rapace.toml` at the root of the workspace says, where no package is exported that is there.
    fn take_workspace(&mut self, selection: &Selection) -> Result<(), Box<Diagnostic>> {
        let Some(root) = selection.lock_file.parent() else {
            return Ok(());
        };
        if selection.packages.iter().any(|package| package.folder == root) {
            return Ok(());
        }
        let refused = |at: Option<Location>, why: String| {
            Box::new(Diagnostic {
                at,
                ..Diagnostic::failure(format!("workspace: {why}"))
            })
        };
        let config =
            Config::read(root).map_err(|error| refused(Some(error.at(root)), format!("{FILE}: {}", error.why)))?;
        if let Some(service) = config.services.first() {
            let at = config.places.of(&["services", service]);
            let why = format!(
                "{FILE}: `services` names `{service}`, a path in one crate: write it in the {FILE} of that crate's package"
            );
            return Err(refused(at, why));
        }
        self.partial = selection.members > selection.packages.len();
        self.take(config);
        Ok(())
    }
}

/// The unit of a package's library.
fn unit_of<'a>(units: &'a [Unit], package: &SelectedPackage) -> Option<&'a Unit> {
    let manifest = package.folder.join("Cargo.toml");
    let same =
        |unit: &&Unit| unit.manifest == manifest || unit.manifest.canonicalize().ok() == manifest.canonicalize().ok();
    units.iter().find(same)
}

fn compiled(service: Compiled) -> Service {
    Service {
        register: Register::Symbol(service.symbol),
        name: service.name,
        by_hand: None,
    }
}

/// A service that `rapace.toml` names: `generated::Inventory`.
fn by_hand(package: usize, path: &str) -> Service {
    let (module, name) = match path.rsplit_once("::") {
        Some((module, name)) => (format!("{module}::"), name),
        None => (String::new(), path),
    };
    Service {
        register: Register::Path(package, format!("{module}{}", register_function(name))),
        name: name.to_owned(),
        by_hand: Some(path.to_owned()),
    }
}

/// What is to say of a trait in the sources that the library does not have.
fn not_built(marked: &Marked, services: &[Compiled]) -> Option<Diagnostic> {
    let same = |service: &Compiled| {
        let plain_path = |module: &[String]| {
            module[1..]
                .iter()
                .map(|part| plain(part).to_owned())
                .collect::<Vec<_>>()
        };
        plain(&service.name) == plain(&marked.name) && plain_path(&service.module) == plain_path(&marked.module)
    };
    if services.iter().any(same) {
        return None;
    }
    let (why, cure) = match &marked.off {
        Some(condition) => {
            let feature = condition
                .split("feature = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let cure = feature.map(|feature| format!("add `--features {feature}`, if it is to be exported"));
            (
                format!("is in the sources and not in the library: `cfg({condition})` is off"),
                cure.unwrap_or_default(),
            )
        }
        None => (
            "is in the sources and not in the library that cargo built".into(),
            String::new(),
        ),
    };
    Some(Diagnostic {
        krate: marked.module[0].clone(),
        place: format!("{}::{}", marked.module.join("::"), marked.name),
        why,
        at: Some(marked.at.clone()),
        cure,
        ..Diagnostic::warning("service-not-built")
    })
}

impl Packages {
    /// The functions that the driver is to call.
    pub(crate) fn registers(&self) -> Vec<Register> {
        self.services.iter().map(|service| service.register.clone()).collect()
    }

    /// What the end of a message says where the driver did not compile: which functions `rapace.toml` relies on.
    pub(crate) fn named_by_hand(&self) -> String {
        let needed = self.services.iter().filter_map(|service| match &service.register {
            Register::Path(_, function) => Some(format!(
                "\n  `{FILE}` names service `{}`: the crate must export the function `{function}` with the trait, as in `pub \
                 use feeds::{{{}, {}}};`",
                service.by_hand.as_deref().unwrap_or(&service.name),
                service.name,
                register_function(&service.name)
            )),
            Register::Symbol(_) => None,
        });
        needed.collect()
    }

    /// What is known of each service in the facts. Removes those that are there twice: `rapace.toml` may name a
    /// service that the library shows too.
    ///
    /// # Errors
    /// A function registered another service than the one it was taken for.
    pub(crate) fn found(
        &self,
        facts: &mut Facts,
        identified: &Identified,
        sources: &mut Sources<'_>,
        units: &[Unit],
    ) -> Result<Services, Vec<Diagnostic>> {
        let (mut services, mut wrong, mut kept) = (Services::default(), Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (told, function) in facts.services.iter().zip(&identified.functions) {
            let service = &self.services[told.register];
            if service.name != told.name {
                wrong.push(misnamed(service, told, &self.places));
                continue;
            }
            if !seen.insert((function, &told.name)) {
                continue;
            }
            kept.push(told.clone());
            let (found, warning) = describe(told, function, identified, sources, units);
            services.found.push(found);
            services.warnings.extend(warning);
        }
        facts.services = kept;
        if wrong.is_empty() { Ok(services) } else { Err(wrong) }
    }
}

/// Each registering function must have registered the service it was taken for. One that `rapace.toml` names by another
/// spelling of the same function would not.
fn misnamed(service: &Service, told: &ServiceFacts, places: &Places) -> Diagnostic {
    let path = service.by_hand.as_deref().unwrap_or(&service.name);
    Diagnostic {
        place: format!("service {path}"),
        why: format!("is called `{}`: write the trait's own name in `{FILE}`", told.name),
        at: places.of(&["services", path]),
        ..Diagnostic::error("service-misnamed")
    }
}

/// What the sources say of a service, which `function` registers.
fn describe(
    told: &ServiceFacts,
    function: &str,
    identified: &Identified,
    sources: &mut Sources<'_>,
    units: &[Unit],
) -> (ServiceSource, Option<Diagnostic>) {
    let mut module: Vec<String> = function.split("::").map(str::to_owned).collect();
    module.pop();
    let unit = identified.crates.unit(&module[0], units);
    let shown = match unit {
        Some(unit) => sources.look(unit, &module, &told.name),
        None => Shown::Elsewhere(Vec::new()),
    };
    let complete = |found: &ServiceSource| told.methods.iter().all(|method| found.methods.contains(&method.name));
    let candidates = match shown {
        Shown::There(found) => vec![*found],
        Shown::Private(_) => Vec::new(),
        Shown::Elsewhere(found) => found,
    };
    if let Some(mut found) = candidates.into_iter().find(complete) {
        // Where several crates have one name, the sources know no more than that name.
        found.module[0].clone_from(&module[0]);
        return (found, None);
    }
    let warning = Diagnostic {
        krate: module[0].clone(),
        place: format!("{}::{}", module.join("::"), told.name),
        why: "is in the library and not to be read in its sources, as what a macro writes: its methods are sorted by name, \
              and what is deprecated of it is not known"
            .into(),
        at: unit.and_then(|unit| {
            let path: Vec<&str> = module.iter().map(String::as_str).collect();
            sources.nearest(unit, &path)
        }),
        ..Diagnostic::warning("service-not-in-sources")
    };
    let found = ServiceSource {
        module,
        name: told.name.clone(),
        ..ServiceSource::default()
    };
    (found, Some(warning))
}
