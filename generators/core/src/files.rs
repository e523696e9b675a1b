//! What a generator returns: texts by path, in order.

use std::collections::BTreeMap;

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

    /// The file at this path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    fn insert(&mut self, path: String, text: String, origin: Origin) {
        assert!(is_plain(&path), "not a plain relative path: {path:?}");
        let before = self.0.insert(path.clone(), File { text, origin });
        assert!(before.is_none(), "two files at {path}");
    }
}

/// True for a path that stays below the folder it starts from, in whatever system.
pub fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains(['\\', ':'])
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
}
