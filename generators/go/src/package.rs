//! The name of the package, and where it finds its runtime.

use std::collections::BTreeSet;

use rapace_gen_core::names::words;
use rapace_gen_core::{GenerateError, Options, Runtime};
use rapace_schema::Api;

use crate::extra::{Extra, REQUIRE, RUNTIME_MODULE};
use crate::reserved::is_reserved;

/// The version of Go that generated code and its runtime need.
const GO: &str = "1.25";

/// The first elements of the standard library's import paths, which a module must not have as its whole name.
const STANDARD: &[&str] = &[
    "archive",
    "bufio",
    "bytes",
    "cmd",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "vendor",
    "weak",
];

/// The names under which a package is made and finds its runtime.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// The module's path: `bookshop`, or `example.com/acme/bookshop`.
    pub(crate) module: String,
    /// The package's name: `bookshop`.
    pub(crate) name: String,
    /// The import path of the runtime.
    pub(crate) runtime: String,
    /// The version of Go that it needs.
    pub(crate) go: &'static str,
    /// What `go.mod` requires, modules and their versions, in blocks: the runtime, unless that is part of the package, or
    /// what the runtime's further packages need.
    pub(crate) requires: Vec<Vec<String>>,
    /// The folder that holds the runtime's module, where `go.mod` says where it is.
    pub(crate) folder: Option<String>,
    /// Which of the runtime's further packages are part of the package.
    pub(crate) extras: Vec<Extra>,
}

impl Package {
    /// Decides the names.
    ///
    /// # Errors
    /// When an option is no path of a Go module.
    pub(crate) fn new(api: &Api, options: &Options) -> Result<Self, GenerateError> {
        let module = match &options.package {
            Some(module) => checked(module)?.to_owned(),
            None => usable(&identifier(&api.name)),
        };
        let mut folder = None;
        let extras = Extra::chosen(options);
        let (runtime, requires) = match (&options.runtime, extras.first()) {
            (Runtime::Vendored, _) => (format!("{module}/rapace"), requirements(&extras)),
            (Runtime::Path(_), Some(extra)) => {
                return Err(GenerateError::new(format!(
                    "option `{}` writes a package next to the runtime, but the runtime is in another folder: say it where that is made",
                    extra.name
                )));
            }
            (Runtime::Path(path), None) => {
                folder = Some(checked_folder(path)?.to_owned());
                let module = runtime_module(options)?;
                (module.clone(), vec![vec![format!("{module} v0.0.0")]])
            }
            (Runtime::Package(_), Some(extra)) => {
                return Err(GenerateError::new(format!(
                    "option `{}` writes a package next to the runtime, but the runtime is a published module: publish the package there",
                    extra.name
                )));
            }
            (Runtime::Package(None), None) => {
                return Err(GenerateError::new(
                    "the Go runtime has no default module path: name the path under which you publish it, \
                     --runtime package=MODULE or package=MODULE@VERSION",
                ));
            }
            (Runtime::Package(Some(package)), None) => {
                let default = concat!("v", env!("CARGO_PKG_VERSION"));
                let (path, version) = package.split_once('@').unwrap_or((package, default));
                let (path, version) = (checked(path)?, checked_version(version)?);
                (path.to_owned(), vec![vec![format!("{path} {version}")]])
            }
        };
        Ok(Self {
            name: usable(&identifier(spoken(last_element(&module)))),
            module,
            runtime,
            folder,
            go: extras.iter().map(Extra::go).fold(GO, Ord::max),
            requires: with_modules(requires, options)?,
            extras,
        })
    }
}

impl Package {
    /// The runtime alone, as a module.
    ///
    /// # Errors
    /// When its name is no path of a Go module.
    pub(crate) fn of_runtime(options: &Options) -> Result<Self, GenerateError> {
        let module = match &options.package {
            Some(module) => checked(module)?.to_owned(),
            None => runtime_module(options)?,
        };
        let extras = Extra::chosen(options);
        Ok(Self {
            name: "rapace".into(),
            runtime: module.clone(),
            module,
            go: extras.iter().map(Extra::go).fold(GO, Ord::max),
            requires: requirements(&extras),
            folder: None,
            extras,
        })
    }
}

/// The module of a runtime that is in a folder.
fn runtime_module(options: &Options) -> Result<String, GenerateError> {
    let module = options.own.get(RUNTIME_MODULE).map_or("rapace", String::as_str);
    checked(module).map(str::to_owned)
}

/// A folder as `go.mod` has it: a path that begins with a dot, or else Go takes it for a module.
fn checked_folder(path: &str) -> Result<&str, GenerateError> {
    let is_relative = path.starts_with("./") || path.starts_with("../") || path == "..";
    if !is_relative || path.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`()".contains(c)) {
        let message = format!("{path:?} is no folder beside the package: ../runtime would be one");
        return Err(GenerateError::new(message));
    }
    Ok(path)
}

/// What of a module's name is the package's: `jobs` of `jobs-go`, `go-jobs` and `jobs.go`.
fn spoken(element: &str) -> &str {
    let short = ["-go", ".go", "_go"].iter().find_map(|end| element.strip_suffix(end));
    let short = short.or_else(|| element.strip_prefix("go-"));
    short.filter(|short| !short.is_empty()).unwrap_or(element)
}

/// What the packages need: a block of the modules that they import, and one of those that these import, where there are any.
fn requirements(extras: &[Extra]) -> Vec<Vec<String>> {
    let lines: BTreeSet<&str> = extras.iter().flat_map(Extra::requirements).collect();
    let lines = lines.into_iter().map(str::to_owned);
    let (indirect, direct): (Vec<_>, Vec<_>) = lines.partition(|line| line.ends_with("// indirect"));
    [direct, indirect]
        .into_iter()
        .filter(|block| !block.is_empty())
        .collect()
}

/// The requirements with those of users' types, which are imported directly.
fn with_modules(mut requires: Vec<Vec<String>>, options: &Options) -> Result<Vec<Vec<String>>, GenerateError> {
    let Some(modules) = options.own.get(REQUIRE) else {
        return Ok(requires);
    };
    let mut lines = Vec::new();
    for module in modules.split(',').map(str::trim) {
        let Some((path, version)) = module.split_once('@') else {
            let message = format!("option `{REQUIRE}`: {module:?} has no version: {module}@v1.2.3 would be one");
            return Err(GenerateError::new(message));
        };
        lines.push(format!("{} {}", checked(path)?, checked_version(version)?));
    }
    if requires.is_empty() {
        requires.push(Vec::new());
    }
    requires[0].extend(lines);
    requires[0].sort();
    Ok(requires)
}

/// The last element of a path that is not a major version.
pub(crate) fn last_element(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    };
    path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path)
}

/// A name as packages have them: lower case without separators.
pub(crate) fn identifier(name: &str) -> String {
    let name: String = words(name).concat();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The name, or one made of it that a package can have.
fn usable(name: &str) -> String {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("api{name}")
    } else if is_reserved(name) || STANDARD.contains(&name) {
        format!("{name}client")
    } else {
        name.to_owned()
    }
}

fn checked(path: &str) -> Result<&str, GenerateError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let element =
        |part: &str| !part.is_empty() && part.chars().all(allowed) && !part.starts_with('.') && !part.ends_with('.');
    if !path.split('/').all(element) {
        let message = format!("{path:?} is no path of a Go module: example.com/acme/bookshop would be one");
        return Err(GenerateError::new(message));
    }
    let first = path.split('/').next().unwrap_or(path);
    if STANDARD.contains(&first) {
        let message = format!("{path:?} is a path of Go's standard library: example.com/{path} would do");
        return Err(GenerateError::new(message));
    }
    Ok(path)
}

/// A version as Go's modules have it: `v1.2.3`, and what may follow.
fn checked_version(version: &str) -> Result<&str, GenerateError> {
    let numbers = version.strip_prefix('v').and_then(|rest| rest.split(['-', '+']).next());
    let three = |numbers: &str| {
        let parts: Vec<&str> = numbers.split('.').collect();
        parts.len() == 3
            && parts
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-+.".contains(c);
    if numbers.is_some_and(three) && version.chars().all(allowed) {
        return Ok(version);
    }
    let message = format!("{version:?} is no version of a Go module: v1.2.3 would be one");
    Err(GenerateError::new(message))
}

#[cfg(test)]
mod tests {
    use super::{Package, identifier, last_element, spoken, usable};
    use rapace_gen_core::{Options, Runtime};

    fn package(package: Option<&str>, runtime: Runtime) -> Result<Package, String> {
        let api = rapace_gen_core::golden::cases()
            .remove("bookshop")
            .expect("the bookshop is there");
        let options = Options {
            package: package.map(str::to_owned),
            runtime,
            ..Options::default()
        };
        Package::new(&api, &options).map_err(|error| error.to_string())
    }

    #[test]
    fn names() {
        for (name, expected) in [
            ("book-shop", "bookshop"),
            ("Book_Shop2", "bookshop2"),
            ("7up", "api7up"),
            ("errors", "errorsclient"),
            ("type", "typeclient"),
            ("日本", "api"),
        ] {
            assert_eq!(usable(&identifier(name)), expected);
        }
        assert_eq!(last_element("example.com/shop/v2"), "shop");
        for name in ["jobs-go", "go-jobs", "jobs.go", "jobs"] {
            assert_eq!(spoken(name), "jobs");
        }
        assert_eq!(spoken("-go"), "-go");
    }

    #[test]
    fn the_runtime_is_inside_or_required() {
        let vendored = package(Some("example.com/a/shop"), Runtime::Vendored).expect("it is a path");
        assert_eq!(vendored.runtime, "example.com/a/shop/rapace");
        assert_eq!((vendored.name.as_str(), vendored.requires), ("shop", vec![]));
        let named = Runtime::Package(Some("example.com/rapace@v1.2.3".into()));
        let published = package(None, named).expect("it is a path");
        assert_eq!(published.runtime, "example.com/rapace");
        assert_eq!(published.requires, [["example.com/rapace v1.2.3"]]);
        let error = package(None, Runtime::Package(None)).expect_err("there is no usual one");
        assert!(error.contains("package=MODULE"), "{error}");
    }

    #[test]
    fn packages_of_the_runtime_need_modules() {
        let api = rapace_gen_core::golden::cases()
            .remove("bookshop")
            .expect("the bookshop is there");
        let with = |names: &[&str], runtime: Runtime| {
            let own = names.iter().map(|name| ((*name).to_owned(), "true".to_owned()));
            let options = Options {
                own: own.collect(),
                runtime,
                ..Options::default()
            };
            Package::new(&api, &options).map_err(|error| error.to_string())
        };
        let first = |block: &Vec<String>| block.first().cloned().unwrap_or_default();
        let websocket = with(&["websocket"], Runtime::Vendored).expect("it can be had");
        assert_eq!((websocket.go, websocket.requires.len()), ("1.25", 1));
        assert!(first(&websocket.requires[0]).starts_with("github.com/coder/websocket v1."));
        let both = with(&["websocket", "opentelemetry"], Runtime::Vendored).expect("they can be had");
        assert_eq!((both.go, both.requires.len()), ("1.25.0", 2));
        assert_eq!(first(&both.requires[0]), first(&websocket.requires[0]));
        assert!(
            both.requires[0]
                .iter()
                .any(|line| line.starts_with("go.opentelemetry.io/otel v1."))
        );
        assert!(
            both.requires[0]
                .iter()
                .all(|line| !line.contains("//") && !line.contains("/sdk"))
        );
        assert!(both.requires[1].iter().all(|line| line.ends_with(" // indirect")));
        let error = with(&["opentelemetry"], Runtime::Package(None)).expect_err("it is elsewhere");
        assert!(error.starts_with("option `opentelemetry` writes a package"), "{error}");
    }

    #[test]
    fn the_runtime_can_be_in_a_folder() {
        let shared = package(None, Runtime::Path("../runtime".into())).expect("it is a folder");
        assert_eq!(
            (shared.runtime.as_str(), shared.folder.as_deref()),
            ("rapace", Some("../runtime"))
        );
        assert_eq!(shared.requires, [["rapace v0.0.0"]]);
        for path in ["runtime", "/runtime", "../a b", "../a\n", ""] {
            let error = package(None, Runtime::Path(path.into())).expect_err(path);
            assert!(error.contains("is no folder beside the package"), "{error}");
        }
    }

    #[test]
    fn modules_of_users_are_required() {
        let with = |modules: &str, runtime: Runtime| {
            let options = Options {
                own: [("require".to_owned(), modules.to_owned())].into(),
                runtime,
                ..Options::default()
            };
            let api = rapace_gen_core::golden::cases().remove("bookshop");
            Package::new(&api.expect("the bookshop is there"), &options).map_err(|error| error.to_string())
        };
        let two = "example.com/b@v1.0.0, example.com/a/v2@v2.1.0";
        let alone = with(two, Runtime::Vendored).expect("they are modules");
        assert_eq!(alone.requires, [["example.com/a/v2 v2.1.0", "example.com/b v1.0.0"]]);
        let beside = with("example.com/b@v1.0.0", Runtime::Path("../runtime".into())).expect("it is a module");
        assert_eq!(beside.requires, [["example.com/b v1.0.0", "rapace v0.0.0"]]);
        for (modules, why) in [
            ("example.com/b", "has no version"),
            ("", "has no version"),
            ("example.com/b@1.0.0", "no version of a Go module"),
            ("a b@v1.0.0", "no path of a Go module"),
        ] {
            let error = with(modules, Runtime::Vendored).expect_err(modules);
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn bad_versions_are_refused() {
        for version in [
            "",
            "1.2.3",
            "v1",
            "v1.2.x",
            "v1.2.3\nreplace a => b",
            "v1.2.3 // indirect",
        ] {
            let runtime = Runtime::Package(Some(format!("example.com/rapace@{version}")));
            let error = package(None, runtime).expect_err(version);
            assert!(error.contains("no version of a Go module"), "{error}");
        }
        let newest = Runtime::Package(Some(
            "example.com/rapace@v0.0.0-20260101000000-abcdef+incompatible".into(),
        ));
        assert!(package(None, newest).is_ok());
    }

    #[test]
    fn bad_paths_are_refused() {
        for path in ["", "a//b", "/a", "a b", "../a", "fmt", "net/shop", "a\"b"] {
            let error = package(Some(path), Runtime::Vendored).expect_err(path);
            assert!(error.contains("path"), "{error}");
        }
    }
}
