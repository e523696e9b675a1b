//! Which crate may depend on which: `cli → exporter, generators/<lang> → generators/core → schema`, and who knows facet and rapace.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::modules::{Crate, slashes};
use crate::project::{Error, Project, Result, command, output};

/// The manifests of the workspaces.
const WORKSPACES: &[&str] = &[
    "Cargo.toml",
    "benchmarks/Cargo.toml",
    "runtimes/python/accelerator/Cargo.toml",
];

/// The crates of this project that the code of a crate may use. Tests may use others.
const MAY_USE: &[(&str, &[&str])] = &[
    ("rapace-schema", &[]),
    ("rapace-runtimes", &[]),
    ("rapace-wire", &[]),
    ("rapace-gen-core", &["rapace-schema"]),
    (
        "rapace-gen-go",
        &["rapace-gen-core", "rapace-runtimes", "rapace-schema"],
    ),
    (
        "rapace-gen-python",
        &["rapace-gen-core", "rapace-runtimes", "rapace-schema"],
    ),
    (
        "rapace-gen-typescript",
        &["rapace-gen-core", "rapace-runtimes", "rapace-schema"],
    ),
    ("rapace-exporter", &["rapace-schema"]),
    (
        "rapace-cli",
        &[
            "rapace-exporter",
            "rapace-gen-core",
            "rapace-gen-go",
            "rapace-gen-python",
            "rapace-gen-typescript",
            "rapace-schema",
            "rapace-wire",
        ],
    ),
    ("rapace-host", &["rapace-wire"]),
    ("rapace-accelerator", &[]),
    ("bookshop", &["rapace-host"]),
    ("jobs", &["rapace-host"]),
    ("plugin-hello", &[]),
    ("conformance-draw", &["rapace-schema"]),
    ("conformance-oracle", &["rapace-schema"]),
    ("conformance-fixtures", &["conformance-oracle"]),
    (
        "conformance",
        &[
            "conformance-draw",
            "conformance-fixtures",
            "conformance-oracle",
            "rapace-host",
            "rapace-schema",
            "rapace-wire",
        ],
    ),
    ("rapace-benchmarks", &[]),
    ("bench-load", &["rapace-benchmarks"]),
    ("bench-server", &["rapace-benchmarks", "rapace-host"]),
    ("xtask", &["rapace-schema"]),
];

/// The crates of the protocol and of its reflection.
const PROTOCOL: &[&str] = &[
    "facet",
    "facet-core",
    "facet-postcard",
    "facet-reflect",
    "rapace",
    "rapace-core",
];
/// Where the protocol may be known.
const KNOWS_PROTOCOL: &[&str] = &["benchmarks", "conformance", "examples", "exporter", "runtimes/rust"];
/// The files of the exporter that may know it: the driver's program is made of them.
const EXPORTER_KNOWS: &[&str] = &["src/shape.rs", "src/driver/"];

/// A package of the project.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, from the work tree's root.
    pub folder: String,
    /// The root files of its library and programs.
    pub roots: Vec<PathBuf>,
    /// The names of crates that its code uses.
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Described>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`; none for the code itself.
    kind: Option<String>,
}

/// All packages, as cargo knows them.
///
/// # Errors
/// When cargo cannot say.
pub fn packages(project: &Project) -> Result<Vec<Package>> {
    let mut packages = Vec::new();
    for workspace in WORKSPACES {
        let manifest = project.path(workspace);
        let mut metadata = command("cargo", project.path(""));
        metadata.args([
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--offline",
            "--manifest-path",
        ]);
        let told = output(metadata.arg(&manifest))?;
        let metadata: Metadata =
            serde_json::from_str(&told).map_err(|error| Error(format!("cargo metadata: {error}")))?;
        let root = project.path("");
        packages.extend(metadata.packages.into_iter().map(|package| described(&root, package)));
    }
    Ok(packages)
}

fn described(root: &Path, package: Described) -> Package {
    let is_code = |target: &&Target| {
        target
            .kind
            .iter()
            .any(|kind| kind.ends_with("lib") || kind == "bin" || kind == "proc-macro")
    };
    let folder = package.manifest_path.parent().unwrap_or(Path::new(""));
    let code = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    Package {
        name: package.name,
        folder: slashes(folder.strip_prefix(root).unwrap_or(folder)),
        dependencies: code.map(|dependency| dependency.name.clone()).collect(),
        roots: package
            .targets
            .iter()
            .filter(is_code)
            .map(|target| target.src_path.clone())
            .collect(),
    }
}

/// What packages depend on and must not.
pub fn problems(packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    for package in packages {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            problems.push(format!(
                "crate {} is in no layer: add it to MAY_USE in xtask/src/layers/crates.rs",
                package.name
            ));
            continue;
        };
        let knows_protocol = KNOWS_PROTOCOL.iter().any(|folder| is_in(&package.folder, folder));
        for dependency in &package.dependencies {
            let is_ours = packages.iter().any(|other| other.name == *dependency);
            if is_ours && !allowed.contains(&dependency.as_str()) {
                problems.push(format!(
                    "crate {} uses {dependency}, which is not below it",
                    package.name
                ));
            }
            if !knows_protocol && PROTOCOL.contains(&dependency.as_str()) {
                problems.push(format!(
                    "crate {} knows {dependency}, and only {KNOWS_PROTOCOL:?} may",
                    package.name
                ));
            }
        }
    }
    let missing = |(name, _): &&(&str, &[&str])| !packages.iter().any(|package| package.name == *name);
    let gone = MAY_USE.iter().filter(missing);
    problems.extend(gone.map(|(name, _)| format!("there is no crate {name}, and it has a layer")));
    problems
}

/// The files of the exporter that mention the protocol's crates and are not made for that.
pub fn strangers(package: &Package, read: &Crate) -> Vec<String> {
    if package.folder != "exporter" {
        return Vec::new();
    }
    let may = |file: &str| EXPORTER_KNOWS.iter().any(|known| file.starts_with(known));
    let mentions =
        |(file, path): &(&str, &str)| !may(file) && PROTOCOL.iter().any(|name| name.replace('-', "_") == *path);
    let strangers = read.outside().into_iter().filter(mentions);
    strangers
        .map(|(file, path)| format!("exporter/{file} knows {path}, and only {EXPORTER_KNOWS:?} may"))
        .collect()
}

fn is_in(folder: &str, above: &str) -> bool {
    folder
        .strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{Package, problems};

    fn package(name: &str, folder: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.into(),
            folder: folder.into(),
            roots: Vec::new(),
            dependencies: dependencies.iter().map(|name| (*name).into()).collect(),
        }
    }

    fn found(packages: &[Package]) -> Vec<String> {
        let gone = |problem: &String| !problem.starts_with("there is no crate");
        problems(packages).into_iter().filter(gone).collect()
    }

    #[test]
    fn the_direction_is_kept() {
        let schema = || package("rapace-schema", "schema", &["serde"]);
        let exporter = |uses: &[&str]| package("rapace-exporter", "exporter", uses);
        let python = || package("rapace-gen-python", "generators/python", &["rapace-schema"]);
        assert_eq!(
            found(&[schema(), exporter(&["rapace-schema", "rapace"]), python()]),
            Vec::<String>::new()
        );
        assert_eq!(
            found(&[schema(), exporter(&["rapace-gen-python"]), python()]),
            ["crate rapace-exporter uses rapace-gen-python, which is not below it"]
        );
    }

    #[test]
    fn few_know_the_protocol() {
        assert_eq!(
            found(&[package("rapace-host", "runtimes/rust/host", &["rapace"])]),
            Vec::<String>::new()
        );
        let told = found(&[package("rapace-schema", "schema", &["facet"])]);
        assert!(told[0].starts_with("crate rapace-schema knows facet"), "{told:?}");
        let told = found(&[package("unheard-of", "generators/new", &[])]);
        assert!(told[0].starts_with("crate unheard-of is in no layer"), "{told:?}");
    }
}
