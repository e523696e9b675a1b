//! Which folders and files are sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

/// The most folders that are watched: 10,000, above what one project has, and below what systems allow.
const MOST_FOLDERS: usize = 10_000;
/// The file that marks a folder of a cache, as the folders of cargo's builds are.
const CACHE: &str = "CACHEDIR.TAG";

/// The folders that sources are in, and what in them is none.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The folders of packages, and those of the project and the workspace; absolute.
    roots: BTreeSet<PathBuf>,
    /// What `rapace gen` writes, and where cargo builds; absolute.
    outputs: Vec<PathBuf>,
}

impl Places {
    /// The folder of a project and of all packages on this machine that its manifest leads to, without these outputs.
    pub(crate) fn of(folder: &Path, manifest: &Path, outputs: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut places = Self {
            roots: BTreeSet::from([absolute(folder)]),
            outputs: outputs.into_iter().map(|output| absolute(&output)).collect(),
        };
        // A manifest that is wrong is among the sources: it will be mended.
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .other_options(["--offline".to_owned()])
            .exec();
        if let Ok(metadata) = metadata {
            places.roots.insert(metadata.workspace_root.clone().into());
            let local = metadata.packages.iter().filter(|package| package.source.is_none());
            places.roots.extend(local.filter_map(|package| {
                package
                    .manifest_path
                    .parent()
                    .map(|folder| folder.as_std_path().to_owned())
            }));
            // A crate may be inside the folder of another's builds, as those of tests are.
            let target = metadata.target_directory.clone().into_std_path_buf();
            if !places.roots.iter().any(|root| root.starts_with(&target)) {
                places.outputs.push(target);
            }
        }
        places
    }

    /// The folders that may hold sources.
    ///
    /// # Errors
    /// A message: there are too many.
    pub(super) fn folders(&self) -> Result<BTreeSet<PathBuf>, String> {
        let (mut folders, mut left) = (BTreeSet::new(), Vec::from_iter(self.roots.clone()));
        while let Some(folder) = left.pop() {
            if folder.join(CACHE).exists() || folders.contains(&folder) {
                continue;
            }
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            // Links are not followed: they may lead in a circle.
            let inside = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            left.extend(inside.map(|entry| entry.path()).filter(|path| self.is_source(path)));
            folders.insert(folder);
            if folders.len() > MOST_FOLDERS {
                return Err(format!("more than {MOST_FOLDERS} folders to watch, which is the limit"));
            }
        }
        Ok(folders)
    }

    /// Whether a change at a path is one of sources. That a folder which holds an output comes or goes is none.
    pub(super) fn is_change(&self, path: &Path) -> bool {
        self.is_source(path) && !self.outputs.iter().any(|output| output.starts_with(path))
    }

    /// Whether a file or folder may be a source: it is none of ours, of an editor, of cargo or of another package manager.
    fn is_source(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let of_tools = name.starts_with('.') || name.ends_with('~') || name == "node_modules" || name == CACHE;
        !of_tools && !self.outputs.iter().any(|output| path.starts_with(output))
    }
}

/// The path from the root of the disk; its last part need not be there.
fn absolute(path: &Path) -> PathBuf {
    let path = std::env::current_dir().unwrap_or_default().join(path);
    if let Ok(there) = path.canonicalize() {
        return there;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => absolute(parent).join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Places;

    #[test]
    fn sources_are_told_from_outputs_and_tools() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for inside in [
            "src/deep",
            "clients/go",
            "build/debug",
            ".git/refs",
            "web/node_modules/x",
        ] {
            fs::create_dir_all(root.join(inside)).unwrap();
        }
        fs::write(root.join("build/CACHEDIR.TAG"), "").unwrap();
        let outputs = [root.join("clients/go"), root.join("api.json")];
        let places = Places::of(&root, &root.join("Cargo.toml"), outputs);
        let folders = places.folders().unwrap();
        let found: Vec<&str> = (folders.iter())
            .map(|folder| folder.strip_prefix(&root).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(found, ["", "clients", "src", "src/deep", "web"]);
        for (path, expected) in [
            ("src/lib.rs", true),
            ("Cargo.toml", true),
            ("rapace.toml", true),
            ("clients/goat", true),
            ("api.json", false),
            ("clients", false),
            ("clients/go/a.go", false),
            ("src/.lib.rs.swp", false),
            ("src/lib.rs~", false),
        ] {
            assert_eq!(places.is_change(&root.join(path)), expected, "{path}");
        }
    }
}
