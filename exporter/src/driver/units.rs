//! The libraries that cargo has built, as its messages tell of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Artifact, Message, TargetKind};

/// A library in the driver's program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    /// The crate's name as code writes it: `book_shop`.
    pub(crate) name: String,
    /// The package's name: `book-shop`.
    pub(crate) package: String,
    /// The package's version.
    pub(crate) version: String,
    /// The package's manifest.
    pub(crate) manifest: PathBuf,
    /// The root file of its sources.
    pub(crate) root: PathBuf,
    /// The features that are on.
    pub(crate) features: Vec<String>,
    /// What its build script sets: `fast`, `mode="quick"`.
    pub(crate) cfgs: Vec<String>,
    /// Where its build script writes.
    pub(crate) out: Option<PathBuf>,
    /// The files that the compiler has made.
    pub(crate) files: Vec<PathBuf>,
}

impl Unit {
    /// The files with the library's code.
    pub(crate) fn code(&self) -> impl Iterator<Item = &Path> {
        let is_code = |path: &&Path| path.extension().is_none_or(|extension| extension != "rmeta");
        self.files.iter().map(PathBuf::as_path).filter(is_code)
    }

    /// Those of these numbers of crates, in hexadecimal, that the library's files hold.
    pub(crate) fn holds_numbers<'a>(&self, numbers: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let contents: Vec<Vec<u8>> = self.files.iter().filter_map(|file| fs::read(file).ok()).collect();
        let held = |number: &&&str| {
            let Ok(number) = u64::from_str_radix(number, 16) else {
                return false;
            };
            let bytes = number.to_le_bytes();
            contents
                .iter()
                .any(|content| memchr::memmem::find(content, &bytes).is_some())
        };
        numbers.iter().filter(held).copied().collect()
    }
}

/// The libraries that were built for the machine that runs the driver. Those of build scripts and macros are no part
/// of its program.
pub(super) fn units(messages: Vec<Message>, host: &str) -> Vec<Unit> {
    let for_host = |path: &Path| path.components().any(|part| part.as_os_str() == host);
    let (mut artifacts, mut scripts) = (Vec::new(), BTreeMap::new());
    for message in messages {
        match message {
            Message::CompilerArtifact(artifact) => artifacts.push(artifact),
            Message::BuildScriptExecuted(script) if for_host(script.out_dir.as_std_path()) => {
                scripts.insert(script.package_id.repr.clone(), script);
            }
            _ => {}
        }
    }
    let is_library = |artifact: &Artifact| {
        let library = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::DyLib);
        artifact.target.kind.iter().any(library) && artifact.filenames.iter().any(|file| for_host(file.as_std_path()))
    };
    let libraries = artifacts.into_iter().filter(is_library).map(|artifact| {
        let script = scripts.get(&artifact.package_id.repr);
        let (package, version) = name_and_version(&artifact.package_id.repr);
        Unit {
            name: artifact.target.name.replace('-', "_"),
            package,
            version,
            manifest: artifact.manifest_path.into(),
            root: artifact.target.src_path.into(),
            features: artifact.features,
            cfgs: script.map(|script| script.cfgs.clone()).unwrap_or_default(),
            out: script.map(|script| script.out_dir.clone().into()),
            files: artifact.filenames.into_iter().map(PathBuf::from).collect(),
        }
    });
    libraries.collect()
}

/// The package in an id such as `registry+URL#name@1.0.0` or `path+file:///shop#1.0.0`.
fn name_and_version(id: &str) -> (String, String) {
    let (place, package) = id.rsplit_once('#').unwrap_or(("", id));
    let (name, version) = match package.split_once('@') {
        Some((name, version)) => (name, version),
        None => {
            let place = place.split('?').next().unwrap_or(place);
            (place.rsplit('/').next().unwrap_or(place), package)
        }
    };
    (name.to_owned(), version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::name_and_version;

    #[test]
    fn ids_name_packages_and_versions() {
        for (id, name, version) in [
            ("registry+https://example.com/index#serde@1.0.0", "serde", "1.0.0"),
            ("path+file:///home/shop#0.1.0", "shop", "0.1.0"),
            ("path+file:///home/m1#model@1.0.0-beta.1", "model", "1.0.0-beta.1"),
            ("git+https://example.com/shop?branch=main#0.2.0", "shop", "0.2.0"),
        ] {
            assert_eq!(name_and_version(id), (name.to_owned(), version.to_owned()));
        }
    }
}
