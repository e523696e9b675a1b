//! The figures of layer tests, and the lines in which the languages' tests print them.

use std::fmt;

use crate::project::{Error, Result};

/// What a layer test has looked at, and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The files.
    pub files: usize,
    /// The circles of files that have no reason.
    pub circles: usize,
    /// The circles, or needs of higher layers, that have one.
    pub exceptions: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            files,
            circles,
            exceptions,
        } = self;
        write!(f, "{files} files, {circles} circles, {exceptions} exceptions")
    }
}

/// The figures that a language's layer test printed when it passed, such as `layers of go: 45 files in 9 layers, 2 exceptions`.
/// A test that passes has found no circle.
///
/// # Errors
/// When it printed none.
pub fn figures(printed: &str) -> Result<Figures> {
    let missing = || {
        Error(format!(
            "the layer test printed no line with its files and exceptions:\n{printed}"
        ))
    };
    let mut lines = printed.lines().rev().filter(|line| line.contains("layers"));
    let found = lines.find_map(|line| {
        Some(Figures {
            files: number_of(line, "file")?,
            circles: 0,
            exceptions: number_of(line, "exception")?,
        })
    });
    found.ok_or_else(missing)
}

/// The number before a word, in the singular or the plural.
fn number_of(line: &str, word: &str) -> Option<usize> {
    let words: Vec<&str> = line
        .split([' ', ',', '.', ':'])
        .filter(|word| !word.is_empty())
        .collect();
    let mut pairs = words.windows(2).filter(|pair| pair[1].trim_end_matches('s') == word);
    pairs.find_map(|pair| pair[0].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{Figures, figures};

    #[test]
    fn figures_are_in_the_last_line_that_has_them() {
        for line in [
            "layers of go: 45 files in 9 layers, 2 exceptions",
            "ℹ layers of runtimes/typescript: 45 files, 2 exceptions.",
        ] {
            let printed = format!("=== RUN TestLayers\nlayers: 3 files, 1 exception\n{line}\nok\n");
            let expected = Figures {
                files: 45,
                circles: 0,
                exceptions: 2,
            };
            assert_eq!(figures(&printed).ok(), Some(expected), "{line}");
        }
    }

    #[test]
    fn a_test_that_prints_no_figures_is_no_test() {
        for printed in [
            "ok",
            "layers: all files are in order",
            "collected 0 files, 0 exceptions",
        ] {
            assert!(figures(printed).is_err(), "{printed}");
        }
    }
}
