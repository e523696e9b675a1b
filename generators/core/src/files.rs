//! What a generator returns: texts by path, in order.

use std::collections::BTreeMap;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::text::is_hidden;

/// Where a file's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made from the API.
    Generated,
    /// A source of the runtime, carried along as it is.
    Runtime,
}

/// One file of a generated package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its text, UTF-8 with `\n` at the end of each line.
    pub text: String,
    /// Where the text comes from.
    pub origin: Origin,
}

/// The files of a generated package, sorted by path. A path is relative, with `/` between its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, File>);

impl Files {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that is made from the API.
    ///
    /// # Panics
    /// Like [`Files::add_runtime`].
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.insert(path.into(), text.into(), Origin::Generated);
    }

    /// Adds a source of the runtime.
    ///
    /// # Panics
    /// When the path is there already, or is not a plain relative one: both are mistakes of the generator.
    pub fn add_runtime(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.insert(path.into(), text.into(), Origin::Runtime);
    }

    /// The files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The same files without those whose path is `unwanted`.
    #[must_use]
    pub fn without(mut self, unwanted: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|path, _| !unwanted(path));
        self
    }

    /// The file at this path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// Whether all files can be on one disk, whatever its system: no two paths differ by case or normalisation alone, and none
    /// is a folder of another.
    ///
    /// # Errors
    /// A message with the first two that cannot.
    pub fn check(&self) -> Result<(), String> {
        let mut taken: BTreeMap<String, (&str, bool)> = BTreeMap::new();
        for path in self.0.keys() {
            let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
            for (place, is_folder) in folders.chain([(path.as_str(), false)]) {
                match taken.insert(on_disk(place), (place, is_folder)) {
                    Some((other, _)) if other != place => {
                        return Err(format!(
                            "{other:?} and {place:?} are one place on disks that tell no case or form apart"
                        ));
                    }
                    Some((_, was_folder)) if was_folder != is_folder => {
                        return Err(format!("{place:?} is both a file and a folder"));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn insert(&mut self, path: String, text: String, origin: Origin) {
        assert!(is_plain(&path), "not a plain relative path: {path:?}");
        let before = self.0.insert(path.clone(), File { text, origin });
        assert!(before.is_none(), "two files at {path}");
    }
}

/// The longest part of a path, in bytes: what file systems allow.
const LONGEST_PART: usize = 255;
/// The longest path, in bytes: with the folder of the package it fits what systems allow.
const LONGEST_PATH: usize = 1024;
/// What the writer of files keeps for itself.
const RESERVED: &str = ".rapace-";

/// True for a path that stays below the folder it starts from, in whatever system, and fits a line of the list of files: its
/// parts have no characters that are not seen, neither begin nor end with a blank, do not end with a dot; none is `.git`,
/// whose files git obeys, and the first is neither a comment of the list nor the list.
pub fn is_plain(path: &str) -> bool {
    let part = |part: &str| {
        let sound = !matches!(part, "" | "." | "..") && part.len() <= LONGEST_PART;
        let git = folded(part.trim_end_matches(['.', ' ']));
        sound && !part.ends_with('.') && part.trim() == part && !matches!(git.as_str(), ".git" | "git~1")
    };
    let hidden = |c: char| is_hidden(c) || c == '\t';
    path.len() <= LONGEST_PATH
        && path.split('/').all(part)
        && !path.contains(['\\', ':'])
        && !path.contains(hidden)
        && !path.starts_with('#')
        && !folded(path).starts_with(RESERVED)
}

/// A path as file systems see it that ignore case and equivalent forms: `ß` is `ss` and `ﬁ` is `fi`, but `ª` is not `a`.
///
/// Lower case comes first because the upper case of `ẞ` is itself, and last because that of `ß` is `SS`.
pub(crate) fn on_disk(path: &str) -> String {
    let normal = ComposingNormalizerBorrowed::new_nfc();
    let folded = normal.normalize(path).to_lowercase().to_uppercase().to_lowercase();
    normal.normalize(&folded).into_owned()
}

/// A text with letters that look alike as one, for what must not be there in any form.
fn folded(text: &str) -> String {
    let normal = ComposingNormalizerBorrowed::new_nfkc();
    normal.normalize(&normal.normalize(text).to_lowercase()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Files;

    #[test]
    fn files_are_sorted_by_path() {
        let mut files = Files::new();
        files.add("b/a.py", "");
        files.add_runtime("a.py", "");
        let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["a.py", "b/a.py"]);
    }

    #[test]
    #[should_panic(expected = "two files at a.py")]
    fn a_path_is_taken_once() {
        let mut files = Files::new();
        files.add("a.py", "");
        files.add("a.py", "");
    }

    #[test]
    fn paths_stay_inside_the_package() {
        for path in ["/a", "../a", "a/../b", "a//b", "", "c:/a", "a\\b"] {
            let result = std::panic::catch_unwind(|| Files::new().add(path, ""));
            assert!(result.is_err(), "{path:?}");
        }
    }

    #[test]
    fn paths_fit_the_list_of_files_and_command_no_other_tool() {
        let long = "a".repeat(256);
        for path in [
            "#a",
            "a\nb",
            "a\rb",
            "a\tb",
            "a\u{202e}b",
            ".git/hooks/pre-commit",
            "a/.GIT/config",
            ".git",
            ".gi\u{200d}t/x",
            "git~1/x",
            "a ",
            " a",
            "a./b",
            "a/ b",
            ".rapace-files",
            ".RAPACE-new/0",
            &long,
        ] {
            assert!(!super::is_plain(path), "{path:?}");
        }
        for path in [".github/a.yml", "a/.gitignore", "a#b", "größe.py", "a b", "src/.npmrc"] {
            assert!(super::is_plain(path), "{path:?}");
        }
    }

    #[test]
    fn files_can_be_on_any_disk() {
        for (paths, sound) in [
            (&["a.py", "b/a.py"][..], true),
            (&["a.py", "A.py"], false),
            (&["x/a.py", "X/b.py"], false),
            (&["\u{e9}.py", "e\u{301}.py"], false),
            (&["a", "a/b"], false),
            (&["gr\u{f6}\u{df}e.py", "GRO\u{308}\u{df}E.py"], false),
            (&["gr\u{f6}\u{df}e.py", "gr\u{f6}sse.py"], false),
            (&["gr\u{f6}\u{1e9e}e.py", "gr\u{f6}\u{df}e.py"], false),
            (&["\u{fb01}", "fi"], false),
            (&["a.py", "\u{aa}.py"], true),
        ] {
            let mut files = Files::new();
            paths.iter().for_each(|path| files.add(*path, ""));
            assert_eq!(files.check().is_ok(), sound, "{paths:?}");
        }
    }
}
