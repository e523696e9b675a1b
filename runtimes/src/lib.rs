//! The sources of the client runtimes, carried as data so that a generator can write them out.
//!
//! Each constant lists the files of one runtime: its path inside the runtime, and its text.

mod go;
mod python;
mod sources;
mod typescript;

pub use go::{GO, GO_OPENTELEMETRY, GO_WEBSOCKET};
pub use python::PYTHON;
pub use sources::Sources;
pub use typescript::TYPESCRIPT;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{GO, GO_OPENTELEMETRY, GO_WEBSOCKET, PYTHON, Sources, TYPESCRIPT};

    /// The list must be sorted and name each source below `folder` for which `wanted` holds, and nothing else.
    fn check(folder: &str, sources: Sources, wanted: fn(&str) -> bool) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut found = BTreeSet::new();
        collect(&root, &root, &mut found);
        let found: Vec<&str> = found.iter().map(String::as_str).filter(|path| wanted(path)).collect();
        let listed: Vec<&str> = sources.iter().map(|(path, _)| *path).collect();
        assert_eq!(listed, found, "{folder}");
    }

    fn collect(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }

    #[test]
    fn every_source_is_listed() {
        check("python/src/rapace", PYTHON, |path| {
            path.ends_with(".py") || path.ends_with("py.typed")
        });
        check("go", GO, |path| {
            path.ends_with(".go") && !path.ends_with("_test.go") && !path.contains('/')
        });
        check("go/websocket", GO_WEBSOCKET, |path| !path.ends_with("_test.go"));
        // The tests need more than the package: they are a module of their own.
        check("go/opentelemetry", GO_OPENTELEMETRY, |path| !path.contains('/'));
        check("typescript/src", TYPESCRIPT, |path| path.ends_with(".ts"));
    }

    /// The version that telemetry tells is the runtime's.
    #[test]
    fn telemetry_tells_the_version() {
        let version = env!("CARGO_PKG_VERSION");
        for (sources, line) in [
            (GO_OPENTELEMETRY, format!("version = \"{version}\"\n")),
            (PYTHON, format!("\n__version__ = \"{version}\"\n")),
            (TYPESCRIPT, format!("[\"rapace/opentelemetry\", \"{version}\"]")),
        ] {
            assert!(sources.iter().any(|(_, text)| text.contains(&line)), "{line}");
        }
    }
}
