//! What the package in a folder is: a language and a name, which its list says.

use std::path::Path;

use rapace_gen_core::text::shown;

/// How much of a name is kept, in characters.
const LONGEST: usize = 200;
/// What precedes the language in a list.
const LANGUAGE: &str = "# language: ";
/// What precedes the package's name in a list.
const PACKAGE: &str = "# package: ";

/// What a package is, so that another one does not take its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    language: String,
    package: String,
}

impl Owner {
    /// The package of this name in this language.
    pub(crate) fn new(language: &str, package: &str) -> Self {
        Self {
            language: shown(language, LONGEST),
            package: shown(package, LONGEST),
        }
    }

    /// The lines that say it in a list.
    pub(super) fn lines(&self) -> String {
        format!("{LANGUAGE}{}\n{PACKAGE}{}\n", self.language, self.package)
    }

    /// What a list says. Lists of earlier versions say nothing.
    pub(super) fn of(list: &str) -> Option<Self> {
        let after = |prefix| list.lines().find_map(|line| line.strip_prefix(prefix));
        Some(Self {
            language: after(LANGUAGE)?.to_owned(),
            package: after(PACKAGE)?.to_owned(),
        })
    }

    /// Refuses to take the place of another package in a folder.
    pub(super) fn check(&self, folder: &Path, there: Option<&Self>) -> Result<(), String> {
        match there {
            Some(there) if there != self => Err(format!(
                "{} holds {there}, and this is {self}; nothing was written, choose another folder or remove that one",
                folder.display()
            )),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} package `{}`", self.language, self.package)
    }
}
