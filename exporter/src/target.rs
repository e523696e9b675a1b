//! The crate to export: what cargo says of it.

use std::path::PathBuf;

use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};

/// What the driver must know of a service crate.
#[derive(Clone, Debug)]
pub struct Target {
    /// The package's name: `book-shop`.
    pub package: String,
    /// The library's name as code writes it: `book_shop`.
    pub library: String,
    /// The package's folder, absolute.
    pub folder: PathBuf,
    /// The library's root file, absolute.
    pub root: PathBuf,
    /// The name by which the crate's code calls rapace, and where its rapace comes from.
    pub rapace: Dependency,
    /// The version of facet that this rapace uses.
    pub facet_version: String,
    /// The lock file of the workspace, absolute.
    pub lock_file: PathBuf,
    /// The target folder of the workspace, absolute.
    pub target_folder: PathBuf,
}

/// A dependency as the driver's manifest repeats it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The name in code.
    pub name: String,
    /// The exact version.
    pub version: String,
    /// The folder, when it is a path dependency.
    pub path: Option<PathBuf>,
}

/// Asks cargo about the package that `manifest` and `package` choose, as cargo itself would choose it.
///
/// # Errors
/// A message: cargo fails, the choice is not one package, there is no library, no rapace or another version of it.
pub fn find(manifest: Option<&PathBuf>, package: Option<&str>) -> Result<Target, String> {
    let mut command = MetadataCommand::new();
    if let Some(manifest) = manifest {
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
    let metadata = command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr.trim().trim_start_matches("error: ").to_owned(),
        other => other.to_string(),
    })?;
    let package = choose(&metadata, package)?;
    let library = package.targets.iter().find(|target| {
        target
            .kind
            .iter()
            .any(|kind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::DyLib))
    });
    let library = library.ok_or_else(|| {
        format!(
            "package `{}` has no library that another program can link: move its service traits and their types into \
             `src/lib.rs` and use them from the binary",
            package.name
        )
    })?;
    let (rapace, facet_version) = rapace_of(&metadata, package)?;
    Ok(Target {
        package: package.name.to_string(),
        library: library.name.replace('-', "_"),
        folder: package.manifest_path.parent().map(Into::into).unwrap_or_default(),
        root: library.src_path.clone().into(),
        rapace,
        facet_version,
        lock_file: metadata.workspace_root.join("Cargo.lock").into(),
        target_folder: metadata.target_directory.clone().into(),
    })
}

fn choose<'a>(metadata: &'a Metadata, name: Option<&str>) -> Result<&'a Package, String> {
    let members = metadata.workspace_packages();
    let names = || {
        let mut names: Vec<&str> = members.iter().map(|package| package.name.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
    };
    match name {
        Some(name) => members
            .iter()
            .find(|package| package.name.as_str() == name)
            .copied()
            .ok_or_else(|| {
                format!(
                    "there is no package `{name}` in the workspace: its packages are {}",
                    names()
                )
            }),
        None => match (metadata.root_package(), members.as_slice()) {
            (Some(root), _) => Ok(root),
            (None, [only]) => Ok(only),
            (None, _) => Err(format!(
                "the workspace has several packages, choose one with `-p`: {}",
                names()
            )),
        },
    }
}

/// The rapace that the package depends on, and the version of the facet behind it.
fn rapace_of(metadata: &Metadata, package: &Package) -> Result<(Dependency, String), String> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo resolved no dependencies")?;
    let node = |id| resolve.nodes.iter().find(|node| &node.id == id);
    let dependencies = node(&package.id).map(|node| node.deps.as_slice()).unwrap_or_default();
    let found = dependencies
        .iter()
        .find(|dep| metadata[&dep.pkg].name.as_str() == "rapace");
    let found =
        found.ok_or_else(|| format!("no service found: package `{}` does not depend on rapace", package.name))?;
    let rapace = &metadata[&found.pkg];
    if (rapace.version.major, rapace.version.minor) != (0, 5) {
        return Err(format!(
            "package `{}` uses rapace {}, and this program knows the protocol of rapace 0.5",
            package.name, rapace.version
        ));
    }
    let behind = node(&found.pkg).map(|node| node.deps.as_slice()).unwrap_or_default();
    let facet = behind
        .iter()
        .map(|dep| &metadata[&dep.pkg])
        .find(|package| package.name.as_str() == "facet");
    let facet = facet.ok_or("this rapace does not depend on facet")?;
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
        name: found.name.clone(),
        version: rapace.version.to_string(),
        path,
    };
    Ok((dependency, facet.version.to_string()))
}
