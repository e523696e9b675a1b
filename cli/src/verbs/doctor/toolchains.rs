//! The toolchains of the languages.

use std::collections::BTreeSet;
use std::process::Command;

use super::finding::Finding;

/// A program, and what is needed of it.
struct Toolchain {
    program: &'static str,
    arguments: &'static [&'static str],
    /// The language whose packages need it.
    language: Language,
    /// The oldest major and minor version.
    oldest: (u32, u32),
    install: &'static str,
}

/// Whose packages need a toolchain.
enum Language {
    /// Every export does.
    Rust,
    /// Those in this language.
    Of(&'static str),
}

const TOOLCHAINS: [Toolchain; 4] = [
    Toolchain {
        program: "cargo",
        arguments: &["--version"],
        language: Language::Rust,
        // The first with edition 2024, which the program that reads types has.
        oldest: (1, 85),
        install: "https://rustup.rs",
    },
    Toolchain {
        program: "python3",
        arguments: &["--version"],
        language: Language::Of("python"),
        oldest: (3, 11),
        install: "https://www.python.org/downloads",
    },
    Toolchain {
        program: "go",
        arguments: &["version"],
        language: Language::Of("go"),
        oldest: (1, 25),
        install: "https://go.dev/dl",
    },
    Toolchain {
        program: "node",
        arguments: &["--version"],
        language: Language::Of("typescript"),
        oldest: (20, 0),
        install: "https://nodejs.org",
    },
];

/// What is installed, for packages in these languages.
pub(super) fn look(languages: &BTreeSet<&str>) -> Vec<Finding> {
    TOOLCHAINS
        .iter()
        .map(|toolchain| toolchain.look(languages, said(toolchain)))
        .collect()
}

/// What the program says of its version, if it can be run.
fn said(toolchain: &Toolchain) -> Option<String> {
    let output = Command::new(toolchain.program)
        .args(toolchain.arguments)
        .output()
        .ok()?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(stdout)
}

impl Toolchain {
    fn look(&self, languages: &BTreeSet<&str>, said: Option<String>) -> Finding {
        let needed = match self.language {
            Language::Rust => true,
            Language::Of(language) => languages.contains(language),
        };
        let (major, minor) = self.oldest;
        let cure = format!("install {} {major}.{minor} or later: {}", self.program, self.install);
        let (is_good, what) = match said.as_deref().map(version) {
            None => (false, format!("{} is not installed", self.program)),
            Some(None) => (false, format!("{} says no version", self.program)),
            Some(Some(version)) if version.numbers < self.oldest => (
                false,
                format!("{} {} is older than {major}.{minor}", self.program, version.text),
            ),
            Some(Some(version)) => (true, format!("{} {}", self.program, version.text)),
        };
        match (is_good, needed) {
            (true, _) => Finding::good(what),
            (false, true) => Finding::bad(what, cure),
            (false, false) => Finding::note(format!("{what}; no package of this project needs it")),
        }
    }
}

/// A version in what a program says.
#[derive(Debug, PartialEq, Eq)]
struct Version<'a> {
    text: &'a str,
    /// Major and minor.
    numbers: (u32, u32),
}

/// The first word that is a version, perhaps after letters: `3.11.2`, `v20.1.0`, `go1.25.1`.
fn version(said: &str) -> Option<Version<'_>> {
    said.split_whitespace().find_map(|word| {
        let text = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let mut parts = text.split(['.', '-', '+']).map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
            return None;
        };
        Some(Version {
            text,
            numbers: (major, minor),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TOOLCHAINS;
    use crate::verbs::doctor::finding::Finding;

    #[test]
    fn what_programs_say_is_judged() {
        let go = &TOOLCHAINS[2];
        let cure = "install go 1.25 or later: https://go.dev/dl";
        for (said, needed, expected) in [
            (
                Some("go version go1.25.1 linux/amd64"),
                true,
                Finding::good("go 1.25.1"),
            ),
            (
                Some("go version go1.26rc1 linux/amd64"),
                true,
                Finding::bad("go says no version", cure),
            ),
            (
                Some("go version go1.9.7 linux/amd64"),
                true,
                Finding::bad("go 1.9.7 is older than 1.25", cure),
            ),
            (None, true, Finding::bad("go is not installed", cure)),
            (
                None,
                false,
                Finding::note("go is not installed; no package of this project needs it"),
            ),
        ] {
            let languages = BTreeSet::from_iter(needed.then_some("go"));
            assert_eq!(go.look(&languages, said.map(str::to_owned)), expected, "{said:?}");
        }
        for (index, said) in [
            (0, "cargo 1.95.0 (abc 2026-01-01)"),
            (1, "Python 3.11.2\n"),
            (3, "v20.1.0\n"),
        ] {
            let toolchain = &TOOLCHAINS[index];
            let found = toolchain.look(&BTreeSet::new(), Some(said.to_owned()));
            assert!(found.text().starts_with("ok    "), "{found:?}");
        }
    }
}
