//! Which file a path leads to: through modules, and through what modules hand on from others.

use std::collections::BTreeMap;

use super::tokens::Written;

/// A module and the file that it is written in.
#[derive(Debug)]
pub struct Module {
    /// Its file, as a path in the package's folder.
    pub file: String,
    /// What it says.
    pub written: Written,
}

/// The modules of a crate by their paths.
#[derive(Debug, Default)]
pub struct Modules(pub BTreeMap<Vec<String>, Module>);

/// How many imports a path is followed through. An import of a name that is imported from here would not end.
const LONGEST: usize = 16;

impl Modules {
    /// The file that defines what a path means in a module, unless it is of another crate.
    pub fn file_of(&self, module: &[String], path: &[String]) -> Option<&str> {
        self.defining(module, path, LONGEST).map(|module| module.file.as_str())
    }

    fn defining(&self, module: &[String], path: &[String], steps: usize) -> Option<&Module> {
        let steps = steps.checked_sub(1)?;
        let (mut here, rest) = self.start(module, path)?;
        for (at, name) in rest.iter().enumerate() {
            let inner = [here.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&inner) {
                here = inner;
                continue;
            }
            let found = &self.0.get(&here)?.written;
            if found.items.contains(name) {
                break;
            }
            let named = found
                .imports
                .iter()
                .filter(|(_, imported)| imported.as_ref() == Some(name));
            let globs = found.imports.iter().filter(|(_, imported)| imported.is_none());
            let globs = globs.map(|(path, _)| [path.as_slice(), std::slice::from_ref(name)].concat());
            let mut handed_on = named.map(|(path, _)| path.clone()).chain(globs);
            let rest = &rest[at + 1..];
            let origin = handed_on.find_map(|path| self.defining(&here, &[path.as_slice(), rest].concat(), steps));
            // What is handed on from another crate, or made by a macro, is needed from here.
            return origin.or_else(|| self.0.get(&here));
        }
        self.0.get(&here)
    }

    /// The module from which a path goes on, and what is left of it.
    fn start<'a>(&self, module: &[String], path: &'a [String]) -> Option<(Vec<String>, &'a [String])> {
        let first = path.first()?;
        match first.as_str() {
            "crate" => Some((Vec::new(), &path[1..])),
            "self" => self.start_in(module, &path[1..]),
            "super" => self.start_in(module.split_last()?.1, &path[1..]),
            _ => {
                let inner = [module, std::slice::from_ref(first)].concat();
                self.0.contains_key(&inner).then(|| (module.to_owned(), path))
            }
        }
    }

    fn start_in<'a>(&self, module: &[String], rest: &'a [String]) -> Option<(Vec<String>, &'a [String])> {
        match rest.first().map(String::as_str) {
            Some("super") => self.start_in(module.split_last()?.1, &rest[1..]),
            _ => Some((module.to_owned(), rest)),
        }
    }
}
