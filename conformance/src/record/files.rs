//! The recorded files: a file for each class in each folder, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::least;
use crate::class::Class;

/// Writes files, or compares them with what would be written.
pub struct Files {
    root: PathBuf,
    check: bool,
    kept: BTreeMap<String, BTreeSet<String>>,
    counts: BTreeMap<Class, usize>,
}

impl Files {
    /// Below this folder; only compares when `check` says so.
    pub fn new(root: &Path, check: bool) -> Self {
        Self {
            root: root.into(),
            check,
            kept: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// A class's file, with the names of its cases.
    ///
    /// # Errors
    /// When two cases have one name, the file is another, or it cannot be written.
    pub fn keep<'a>(
        &mut self,
        folder: &str,
        class: Class,
        names: impl Iterator<Item = &'a String>,
        text: &str,
    ) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                return Err(format!("class {class} in {folder}: two cases are called {name}"));
            }
        }
        self.count(class, seen.len());
        let name = format!("{class}-{}.json", class.name());
        let path = self.root.join(folder).join(&name);
        self.kept.entry(folder.into()).or_default().insert(name);
        if self.check {
            return match fs::read_to_string(&path).ok().as_deref() == Some(text) {
                true => Ok(()),
                false => Err(format!(
                    "{} is not what would be recorded; run `conformance record`",
                    path.display()
                )),
            };
        }
        let place = |error| format!("{}: {error}", path.display());
        fs::create_dir_all(self.root.join(folder)).map_err(place)?;
        fs::write(&path, text).map_err(place)
    }

    /// Counts cases of a class that is not recorded.
    pub fn count(&mut self, class: Class, cases: usize) {
        *self.counts.entry(class).or_insert(0) += cases;
    }

    /// Looks for files that are no longer recorded, which would be run all the same, and for classes with too few cases.
    ///
    /// # Errors
    /// When there are such.
    pub fn finish(self) -> Result<(), String> {
        for (folder, kept) in &self.kept {
            let folder = self.root.join(folder);
            let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            for entry in entries {
                let entry = entry.map_err(|error| error.to_string())?;
                if !entry.file_name().to_str().is_some_and(|name| kept.contains(name)) {
                    return Err(format!("{} is not recorded: remove it", entry.path().display()));
                }
            }
        }
        least::check(&self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(root: &Path, check: bool, text: &str) -> Result<Files, String> {
        let mut files = Files::new(root, check);
        let names = ["y_a".to_owned(), "y_b".to_owned()];
        files.keep("vectors", Class::Integers, names.iter(), text)?;
        Ok(files)
    }

    #[test]
    fn what_differs_is_told() {
        let root = tempfile::tempdir().expect("a folder");
        assert!(kept(root.path(), true, "text").is_err_and(|error| error.contains("01-integers.json")));
        assert!(kept(root.path(), false, "text").is_ok());
        assert!(kept(root.path(), true, "text").is_ok());
        assert!(kept(root.path(), true, "other").is_err());
    }

    #[test]
    fn files_that_nothing_records_are_told() {
        let root = tempfile::tempdir().expect("a folder");
        let files = kept(root.path(), false, "text").expect("kept");
        fs::write(root.path().join("vectors/02-old.json"), "").expect("written");
        assert!(files.finish().is_err_and(|error| error.contains("02-old.json")));
    }

    #[test]
    fn a_name_is_there_once() {
        let mut files = Files::new(Path::new("nowhere"), true);
        let names = ["y_a".to_owned(), "y_a".to_owned()];
        let error = files.keep("vectors", Class::Integers, names.iter(), "");
        assert_eq!(error, Err("class 01 in vectors: two cases are called y_a".into()));
    }
}
