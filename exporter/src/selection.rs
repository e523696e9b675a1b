//! The packages to export: what cargo says of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, NodeDep, Package, TargetKind};

use crate::features::{self, Chosen};
use crate::options::ExportOptions;

/// What is exported together.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Name of the API.
    pub name: String,
    /// The packages, sorted by name; one at least.
    pub packages: Vec<SelectedPackage>,
    /// How many packages the workspace has.
    pub members: usize,
    /// Why packages of the workspace are not among them.
    pub passed_over: Vec<String>,
    /// The rapace that all of them use.
    pub rapace: Dependency,
    /// The version of facet that this rapace depends on.
    pub facet_version: String,
    /// The version of facet-reflect with which it writes values.
    pub reflect_version: String,
    /// What the manifests say of the packages.
    pub about: rapace_schema::Package,
    /// The lock file of the workspace, absolute.
    pub lock_file: PathBuf,
    /// The target folder of the workspace, absolute.
    pub target_folder: PathBuf,
    /// Whether a library in the dependency graph is a dynamic one.
    pub dynamic: bool,
    /// The machine that runs this program, as rustc names it: the driver is built for it, whatever the user builds for.
    pub host: String,
    /// The `[patch]` tables of the workspace, their paths absolute.
    pub patches: toml::Table,
}

/// A package whose services are exported.
#[derive(Clone, Debug)]
pub struct SelectedPackage {
    /// The package's name: `book-shop`.
    pub package: String,
    /// The library's name as code writes it: `book_shop`.
    pub library: String,
    /// The root file of the library's sources, absolute.
    pub root: PathBuf,
    /// The package's folder, absolute.
    pub folder: PathBuf,
    /// The name by which the crate's code calls rapace.
    pub rapace_name: String,
    /// The features that were asked for.
    pub features: Vec<String>,
    /// Whether the default features are on.
    pub default_features: bool,
    /// Dependencies for which `dependency/feature` asks for a feature, as a manifest has them.
    pub extra: Vec<toml::Value>,
}

/// A dependency as the driver's manifest repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The exact version.
    pub version: String,
    /// The folder, when it is a path dependency.
    pub path: Option<PathBuf>,
}

/// Asks cargo about the packages that `options` choose, as cargo itself would choose them.
///
/// # Errors
/// A message: cargo fails, the choice is none or unclear, there is no library, no rapace, or another version of it.
pub fn select(options: &ExportOptions) -> Result<Selection, String> {
    let metadata = metadata(options)?;
    let chosen = choose(&metadata, options)?;
    features::check(&chosen, options)?;
    let (mut packages, mut rapaces, mut without) = (Vec::new(), Vec::new(), Vec::new());
    let mut manifests = Vec::new();
    for package in chosen {
        // A package that does not speak rapace has no services: with `--workspace` that is no error.
        match target(&metadata, package, options) {
            Ok((target, rapace)) => {
                packages.push(target);
                manifests.push(package);
                rapaces.push(rapace);
            }
            Err(reason) if options.workspace => without.push(reason),
            Err(reason) => return Err(reason),
        }
    }
    let Some(rapace) = rapaces.first().cloned() else {
        return Err(format!(
            "no service found in the workspace:\n  {}",
            without.join("\n  ")
        ));
    };
    if let Some(other) = rapaces.iter().position(|other| *other != rapace) {
        let (a, b) = (&packages[0].package, &packages[other].package);
        return Err(format!(
            "packages `{a}` and `{b}` use different rapace crates: one program cannot serve both"
        ));
    }
    Ok(Selection {
        name: options.name.clone().unwrap_or_else(|| api_name(&metadata, &packages)),
        facet_version: rapace.1.facet,
        reflect_version: rapace.1.reflect,
        about: about(&manifests),
        rapace: rapace.0,
        passed_over: without
            .iter()
            .map(|reason| reason.trim_start_matches("no service found: ").to_owned())
            .collect(),
        members: metadata.workspace_members.len(),
        dynamic: dynamic(&metadata),
        packages,
        lock_file: metadata.workspace_root.join("Cargo.lock").into(),
        target_folder: match &options.target_folder {
            Some(folder) => folder.clone(),
            None => metadata.target_directory.clone().into(),
        },
        host: host()?,
        patches: patches(metadata.workspace_root.as_std_path())?,
    })
}

fn metadata(options: &ExportOptions) -> Result<Metadata, String> {
    let mut command = MetadataCommand::new();
    if let Some(manifest) = &options.manifest_path {
        // cargo metadata takes the file only, while people name the folder too.
        let file = if manifest.is_dir() {
            manifest.join("Cargo.toml")
        } else {
            manifest.clone()
        };
        if !file.exists() {
            return Err(format!("there is no manifest at {}", file.display()));
        }
        command.manifest_path(file);
    }
    let flags = [(options.offline, "--offline"), (options.locked, "--locked")];
    let mut flags: Vec<String> = flags
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, flag)| (*flag).to_owned())
        .collect();
    let run = |command: &mut MetadataCommand, flags: &[String]| {
        command.other_options(flags);
        command.exec().map_err(|error| match error {
            cargo_metadata::Error::CargoMetadata { stderr } => stderr.trim().trim_start_matches("error: ").to_owned(),
            other => other.to_string(),
        })
    };
    let plain = flags.clone();
    flags.extend(features::flags(options));
    // Optional dependencies are in the graph under their features alone. cargo refuses features that no package has, and
    // in old workspaces those that its root has not. The code below explains that in better words.
    run(&mut command, &flags).or_else(|error| {
        if flags.len() == plain.len() {
            return Err(error);
        }
        run(&mut command, &plain)
    })
}

fn choose<'a>(metadata: &'a Metadata, options: &ExportOptions) -> Result<Vec<&'a Package>, String> {
    let mut members = metadata.workspace_packages();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let names = || {
        members
            .iter()
            .map(|package| package.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let named = |name: &String| {
        members
            .iter()
            .find(|package| package.name.as_str() == name)
            .copied()
            .ok_or_else(|| {
                format!(
                    "there is no package `{name}` in the workspace: its packages are {}",
                    names()
                )
            })
    };
    let excluded = options.exclude.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    if options.workspace {
        let kept = |package: &&Package| !excluded.iter().any(|excluded| excluded.id == package.id);
        let chosen: Vec<&Package> = members.iter().copied().filter(kept).collect();
        return if chosen.is_empty() {
            Err("every package of the workspace is excluded".into())
        } else {
            Ok(chosen)
        };
    }
    if !options.packages.is_empty() {
        let mut chosen = options.packages.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        chosen.sort_by(|a, b| a.name.cmp(&b.name));
        chosen.dedup_by(|a, b| a.id == b.id);
        return Ok(chosen);
    }
    match (metadata.root_package(), members.as_slice()) {
        (Some(root), _) => Ok(vec![root]),
        (None, [only]) => Ok(vec![only]),
        (None, _) => {
            let message = "the workspace has several packages, choose with `-p` or take all with `--workspace`";
            Err(format!("{message}: {}", names()))
        }
    }
}

fn target(
    metadata: &Metadata,
    package: &Package,
    options: &ExportOptions,
) -> Result<(SelectedPackage, (Dependency, Below)), String> {
    let (rapace_name, rapace, below) = rapace_of(metadata, package)?;
    let library = library(package).ok_or_else(|| {
        let for_others = |kind: &TargetKind| matches!(kind, TargetKind::CDyLib | TargetKind::StaticLib);
        let cure = if package.targets.iter().any(|target| target.kind.iter().any(for_others)) {
            "add \"rlib\" to its `crate-type`"
        } else {
            "move its service traits and their types into `src/lib.rs` and use them from the binary"
        };
        format!(
            "package `{}` has no library that another program can link: {cure}",
            package.name
        )
    })?;
    let Chosen { features, extra } = features::of(metadata, package, options)?;
    let target = SelectedPackage {
        package: package.name.to_string(),
        library: library.0,
        root: library.1,
        folder: package.manifest_path.parent().map(PathBuf::from).unwrap_or_default(),
        rapace_name,
        features,
        default_features: !options.no_default_features,
        extra,
    };
    Ok((target, (rapace, below)))
}

/// The versions of what a rapace depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Below {
    facet: String,
    reflect: String,
}

/// The name by which the package calls rapace, that rapace, and what it depends on.
fn rapace_of(metadata: &Metadata, package: &Package) -> Result<(String, Dependency, Below), String> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo resolved no dependencies")?;
    let node = |id| resolve.nodes.iter().find(|node| &node.id == id);
    let dependencies = node(&package.id).map(|node| node.deps.as_slice()).unwrap_or_default();
    let found = dependencies
        .iter()
        .find(|dep| metadata[&dep.pkg].name.as_str() == "rapace");
    let found = found.ok_or_else(|| {
        let features = features::turning_on(package, "rapace");
        if features.is_empty() {
            return format!("no service found: package `{}` does not depend on rapace", package.name);
        }
        format!(
            "no service found: package `{}` depends on rapace only with a feature: add `--features {}`",
            package.name,
            features.join("` or `--features ")
        )
    })?;
    let rapace = &metadata[&found.pkg];
    if (rapace.version.major, rapace.version.minor) != (0, 5) {
        return Err(format!(
            "package `{}` uses rapace {}, and this program knows the protocol of rapace 0.5: write `rapace = \"0.5.0\"` in its \
             Cargo.toml",
            package.name, rapace.version
        ));
    }
    let below = |id, name: &str| {
        let deps = node(id).map(|node| node.deps.as_slice()).unwrap_or_default();
        let mut deps = deps.iter().map(|dep| &metadata[&dep.pkg]);
        let found = deps.find(|package| package.name.as_str() == name);
        found.ok_or_else(|| format!("this rapace does not depend on {name}"))
    };
    let facet = below(&found.pkg, "facet")?;
    let others = dependencies
        .iter()
        .filter(|dep| is_code(dep) && metadata[&dep.pkg].name == facet.name);
    let others: Vec<&Package> = others.map(|dep| &metadata[&dep.pkg]).collect();
    if let (Some(other), true) = (others.first(), others.iter().all(|other| other.id != facet.id)) {
        return Err(other_facet(package, other, rapace, facet));
    }
    let reflect = below(&below(&found.pkg, "facet-postcard")?.id, "facet-reflect")?;
    let path = match &rapace.source {
        None => rapace.manifest_path.parent().map(PathBuf::from),
        Some(source) if source.is_crates_io() => None,
        Some(source) => {
            return Err(format!(
                "rapace from {source} is not supported: use the published crate"
            ));
        }
    };
    let dependency = Dependency {
        version: rapace.version.to_string(),
        path,
    };
    let below = Below {
        facet: facet.version.to_string(),
        reflect: reflect.version.to_string(),
    };
    Ok((found.name.clone(), dependency, below))
}

/// Whether a dependency is one of a package's code, not of its tests or its build script.
fn is_code(dependency: &NodeDep) -> bool {
    let mut kinds = dependency.dep_kinds.iter();
    kinds.any(|kind| kind.kind == DependencyKind::Normal)
}

/// The message for a package whose types would be those of another facet: every one of them would fail to compile.
fn other_facet(package: &Package, other: &Package, rapace: &Package, facet: &Package) -> String {
    let needed = &facet.version;
    format!(
        "package `{}` uses facet {}, and rapace {} needs facet {}.{}: write `facet = \"{needed}\"` in its Cargo.toml",
        package.name, other.version, rapace.version, needed.major, needed.minor
    )
}

/// What the manifests of packages say: of several, the version of the first and whatever else all of them say alike.
fn about(packages: &[&Package]) -> rapace_schema::Package {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |package: &&Package| rapace_schema::Package {
        // cargo's own for a manifest that says none.
        version: Some(package.version.to_string()).filter(|version| version != "0.0.0"),
        description: package.description.as_deref().map(line),
        license: package.license.as_deref().map(line),
        authors: package.authors.iter().map(|author| line(author)).collect(),
        repository: package.repository.as_deref().map(line),
        homepage: package.homepage.as_deref().map(line),
        keywords: package.keywords.iter().map(|keyword| line(keyword)).collect(),
    };
    let mut each = packages.iter().map(said);
    let mut about = each.next().unwrap_or_default();
    for other in each {
        for (ours, theirs) in [
            (&mut about.description, &other.description),
            (&mut about.license, &other.license),
            (&mut about.repository, &other.repository),
            (&mut about.homepage, &other.homepage),
        ] {
            if ours != theirs {
                *ours = None;
            }
        }
        for (ours, theirs) in [
            (&mut about.authors, &other.authors),
            (&mut about.keywords, &other.keywords),
        ] {
            if ours != theirs {
                ours.clear();
            }
        }
    }
    about
}

/// The name in code and the root file of a package's library.
pub(crate) fn library(package: &Package) -> Option<(String, PathBuf)> {
    let linkable = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::DyLib);
    let library = package.targets.iter().find(|target| target.kind.iter().any(linkable))?;
    Some((library.name.replace('-', "_"), library.src_path.clone().into()))
}

/// Whether a library in the graph is a dynamic one.
fn dynamic(metadata: &Metadata) -> bool {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let mut targets = nodes.flat_map(|node| &metadata[&node.id].targets);
    targets.any(|target| target.kind.contains(&TargetKind::DyLib))
}

/// The package's name; of several, that of the workspace's root package, or the first.
fn api_name(metadata: &Metadata, packages: &[SelectedPackage]) -> String {
    match (packages, metadata.root_package()) {
        ([only], _) => only.package.clone(),
        (_, Some(root)) => root.name.to_string(),
        (several, None) => several[0].package.clone(),
    }
}

fn host() -> Result<String, String> {
    let version = rustc(&["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| format!("rustc names no host: {version}"))
}

fn rustc(arguments: &[&str]) -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc).args(arguments).output();
    let output = output.map_err(|error| format!("{}: cannot start: {error}", Path::new(&rustc).display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// cargo takes patches from the root manifest alone, and the driver's is another.
fn patches(root: &Path) -> Result<toml::Table, String> {
    let path = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let manifest: toml::Table = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let Some(toml::Value::Table(mut patches)) = manifest.get("patch").cloned() else {
        return Ok(toml::Table::new());
    };
    let sources = patches.iter_mut().filter_map(|(_, source)| source.as_table_mut());
    for entry in sources
        .flat_map(|source| source.iter_mut())
        .filter_map(|(_, entry)| entry.as_table_mut())
    {
        if let Some(toml::Value::String(path)) = entry.get_mut("path") {
            *path = root.join(&path).display().to_string();
        }
    }
    Ok(patches)
}
