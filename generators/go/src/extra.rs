//! The runtime's packages that are written when they are asked for, for each needs a library.

use std::collections::BTreeSet;

use rapace_gen_core::{Files, Options, OwnOption};
use rapace_runtimes::{GO_OPENTELEMETRY, GO_WEBSOCKET, Sources};

/// The option that names the module of a runtime in a folder.
pub(crate) const RUNTIME_MODULE: &str = "runtime-module";

/// The option that adds the runtime's package for WebSockets, and that package.
pub(crate) const WEBSOCKET: &str = "websocket";

/// The option that names modules of users' types.
pub(crate) const REQUIRE: &str = "require";

/// The options of Go, sorted by name: those that ask for packages, and those that name modules.
pub(crate) const OPTIONS: &[OwnOption] = &[
    asking_for(
        "opentelemetry",
        "`true` adds the runtime's package for OpenTelemetry. The generated go.mod then requires OpenTelemetry.",
    ),
    OwnOption {
        name: REQUIRE,
        values: &[],
        about: "Modules that go.mod requires for types of yours: `example.com/acme/money@v1.2.0`, with commas between them.",
    },
    OwnOption {
        name: RUNTIME_MODULE,
        values: &[],
        about: "The module path of the runtime that `--runtime path=FOLDER` leads to. The default is `rapace`.",
    },
    asking_for(
        WEBSOCKET,
        "`true` adds the runtime's package for WebSockets. The generated go.mod then requires a WebSocket library.",
    ),
];

/// The packages, in the order of their options.
const ALL: &[Extra] = &[
    Extra {
        name: OPTIONS[0].name,
        sources: GO_OPENTELEMETRY,
    },
    Extra {
        name: OPTIONS[3].name,
        sources: GO_WEBSOCKET,
    },
];

/// One of the packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extra {
    /// Its name, which is that of its option and of its folder below the runtime's.
    pub(crate) name: &'static str,
    /// Its files, and those of its module, which say what it needs.
    sources: Sources,
}

const fn asking_for(name: &'static str, about: &'static str) -> OwnOption {
    OwnOption {
        name,
        values: &["false", "true"],
        about,
    }
}

impl Extra {
    /// The packages that are asked for.
    pub(crate) fn chosen(options: &Options) -> Vec<Self> {
        let asked = |extra: &&Self| options.own.get(extra.name).is_some_and(|value| value == "true");
        ALL.iter().filter(asked).copied().collect()
    }

    /// The version of Go that it needs, as a `go.mod` has it.
    pub(crate) fn go(&self) -> &'static str {
        let line = self.lines("go.mod").find_map(|line| line.strip_prefix("go "));
        line.unwrap_or_default()
    }

    /// The modules that it needs besides the runtime, as a `go.mod` requires them: path, version, and whether indirectly.
    pub(crate) fn requirements(&self) -> impl Iterator<Item = &'static str> {
        let required = self.lines("go.mod").filter_map(|line| line.strip_prefix('\t'));
        required.filter(|line| *line != "rapace v0.0.0")
    }

    fn lines(&self, name: &str) -> impl Iterator<Item = &'static str> {
        let file = self.sources.iter().find(|(path, _)| *path == name);
        file.map_or("", |(_, text)| text).lines()
    }
}

/// Adds the packages that were asked for below the folder of the runtime, which they import from where that is.
pub(crate) fn add(runtime: &str, extras: &[Extra], folder: &str, files: &mut Files) {
    let import = format!("\"{runtime}\"");
    let mut sums = BTreeSet::new();
    for extra in extras {
        for (path, text) in extra.sources.iter().filter(|(path, _)| path.ends_with(".go")) {
            let path = format!("{folder}{}/{path}", extra.name);
            files.add_runtime(path, text.replace("\"rapace\"", &import));
        }
        sums.extend(extra.lines("go.sum"));
    }
    if !sums.is_empty() {
        let lines = sums.iter().map(|line| format!("{line}\n"));
        files.add_runtime("go.sum", lines.collect::<String>());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ALL, Extra, OPTIONS};

    #[test]
    fn needs_are_known() {
        for extra in ALL {
            assert!(OPTIONS.iter().any(|option| option.name == extra.name));
            assert!(extra.go().starts_with("1."), "{}", extra.name);
            assert!(extra.requirements().count() > 0, "{}", extra.name);
        }
        assert!(OPTIONS.is_sorted_by_key(|option| option.name));
    }

    /// One `go.mod` can require what all of them do.
    #[test]
    fn needs_agree() {
        let mut versions = BTreeMap::new();
        for line in ALL.iter().flat_map(Extra::requirements) {
            let (module, version) = line.split_once(' ').expect("a module and its version");
            assert_eq!(*versions.entry(module).or_insert(version), version, "{module}");
        }
    }
}
