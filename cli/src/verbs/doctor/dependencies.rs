//! The versions of rapace and facet that the crates use.

use std::path::Path;

use cargo_metadata::{Metadata, MetadataCommand, Package};

use super::finding::Finding;
use crate::project::CargoFlags;

/// The version of rapace whose protocol the runtimes speak.
const RAPACE: &str = "0.5.0";
/// The versions of facet that this rapace works with.
const FACET: &str = "0.32.";
/// The dependencies to write.
const LINES: &str = "write `rapace = \"0.5.0\"` and `facet = \"0.32.3\"` under [dependencies]";

/// What cargo says of the crates of a manifest.
pub(super) fn look(manifest: &Path, cargo: CargoFlags) -> Vec<Finding> {
    let mut command = MetadataCommand::new();
    let flags = [(cargo.offline, "--offline"), (cargo.locked, "--locked")];
    let flags = flags
        .into_iter()
        .filter(|(given, _)| *given)
        .map(|(_, flag)| flag.to_owned());
    command.manifest_path(manifest).other_options(flags.collect::<Vec<_>>());
    match command.exec() {
        Ok(metadata) => judge(&metadata),
        Err(error) => vec![Finding::bad(
            format!(
                "cargo does not read {}: {}",
                manifest.display(),
                error.to_string().trim_end()
            ),
            "correct the manifest until `cargo metadata` succeeds",
        )],
    }
}

fn judge(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.packages.iter().filter(|package| package.source.is_none()) {
        let Some(rapace) = dependency(metadata, package, "rapace") else {
            continue;
        };
        findings.push(one(package, "rapace", rapace, RAPACE));
        if let Some(facet) = dependency(metadata, package, "facet") {
            findings.push(one(package, "facet", facet, FACET));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::bad("no package here uses rapace", LINES));
    }
    findings
}

fn one(package: &Package, name: &str, version: String, expected: &str) -> Finding {
    let what = format!("{} uses {name} {version}", package.name);
    match version.starts_with(expected) {
        true => Finding::good(what),
        false => Finding::bad(
            format!("{what}, and this program is for {}", expected.trim_end_matches('.')),
            LINES,
        ),
    }
}

/// The version of a direct dependency, as cargo has chosen it.
fn dependency(metadata: &Metadata, package: &Package, name: &str) -> Option<String> {
    let nodes = &metadata.resolve.as_ref()?.nodes;
    let node = nodes.iter().find(|node| node.id == package.id)?;
    let found = node.dependencies.iter().map(|id| &metadata[id]);
    let mut found = found.filter(|dependency| dependency.name.as_str() == name);
    found.next().map(|dependency| dependency.version.to_string())
}
