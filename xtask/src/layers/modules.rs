//! The modules of a crate, and which of its files need which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use super::circles::Needs;
use super::names::{Module, Modules};
use super::tokens::{self, Declared};
use crate::project::{Error, Result};

/// A library or program, read from its root file.
#[derive(Debug, Default)]
pub struct Crate {
    modules: Modules,
}

impl Crate {
    /// Reads the files of a crate. `folder` is that of its package.
    ///
    /// # Errors
    /// When a file cannot be read or is not Rust.
    pub fn read(folder: &Path, root: &Path) -> Result<Self> {
        let mut modules = BTreeMap::new();
        let above = root.parent().unwrap_or(folder).to_owned();
        let mut left = vec![(Vec::new(), root.to_owned(), above)];
        while let Some((path, file, below)) = left.pop() {
            let failed = |why: &dyn std::fmt::Display| Error(format!("{}: {why}", file.display()));
            let text = std::fs::read_to_string(&file).map_err(|error| failed(&error))?;
            let stream: TokenStream = text.parse().map_err(|error| failed(&error))?;
            let name = slashes(file.strip_prefix(folder).unwrap_or(&file));
            for written in tokens::read(stream) {
                let path = [path.as_slice(), &written.inside].concat();
                let below = written
                    .inside
                    .iter()
                    .fold(below.clone(), |folder, name| folder.join(name));
                for declared in &written.files {
                    let inner = [path.as_slice(), std::slice::from_ref(&declared.name)].concat();
                    let (file, below) = place(&below, &file, declared);
                    left.push((inner, file, below));
                }
                modules.insert(
                    path,
                    Module {
                        file: name.clone(),
                        written,
                    },
                );
            }
        }
        Ok(Self {
            modules: Modules(modules),
        })
    }

    /// How many files it has.
    pub fn files(&self) -> usize {
        self.modules
            .0
            .values()
            .map(|module| &module.file)
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// Which file needs which others.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::new();
        for (path, module) in &self.modules.0 {
            let others = needs.entry(module.file.clone()).or_default();
            for mentioned in &module.written.paths {
                let needed = self.modules.file_of(path, mentioned);
                others.extend(needed.filter(|file| *file != module.file).map(str::to_owned));
            }
        }
        needs
    }

    /// The first words of paths that lead out of the crate, with the files that mention them.
    pub fn outside(&self) -> Vec<(&str, &str)> {
        let modules = self.modules.0.iter();
        let paths = modules.flat_map(|(path, module)| {
            module
                .written
                .paths
                .iter()
                .map(move |mentioned| (path, module, mentioned))
        });
        let outside = paths.filter(|(path, _, mentioned)| self.modules.file_of(path, mentioned).is_none());
        outside
            .filter_map(|(_, module, mentioned)| Some((module.file.as_str(), mentioned.first()?.as_str())))
            .collect()
    }
}

/// The file of a module that is declared in another, and the folder of the modules that it declares. `below` is the folder of
/// those that the other declares.
fn place(below: &Path, declaring: &Path, declared: &Declared) -> (PathBuf, PathBuf) {
    if let Some(file) = &declared.file {
        let file = declaring.parent().unwrap_or(below).join(file);
        let inner = file.parent().unwrap_or(below).to_owned();
        return (file, inner);
    }
    let name = declared.name.trim_start_matches("r#");
    let (inner, alone) = (below.join(name), below.join(format!("{name}.rs")));
    let file = if alone.is_file() { alone } else { inner.join("mod.rs") };
    (file, inner)
}

/// A path with `/` between its parts, for tables and messages.
pub fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
