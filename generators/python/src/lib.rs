//! Generates Python clients and handlers for rapace services.
//!
//! The package has the types, and for each service an asyncio and a blocking client, a handler for each of the two to
//! extend, and their codecs; in modules that only those import who want them, a protocol for each client, and a fake. Python's
//! forms:
//!
//! - a struct is a slotted dataclass; a tuple struct of several fields has `field_0`, `field_1`, …
//! - a newtype is a `NewType` if what is inside is a class and may be printed, otherwise a dataclass with a field
//!   `value`;
//! - an enum without data is an `enum.Enum` whose values are the indexes on the wire; one with data is a union of
//!   dataclasses, each called after the enum and the variant, so that variants of one name never meet;
//! - an option is `T | None`, and where `T` includes `None` it is `Some[T] | None`;
//! - a list is a `list`, a set a `set`, a map a `dict`, a tuple or an array a `tuple`, bytes and arrays of bytes `bytes`;
//! - a type that is a key or an item of a set somewhere is frozen and hashable: inside it a list is a `tuple`, a set a
//!   `frozenset`, and a map a `frozenset` of pairs;
//! - with `--opt frozen=true` all dataclasses are frozen.
//!
//! The text is formatted as `ruff format` would do it.

mod codec;
mod defaults;
mod docs;
mod imports;
mod json;
mod layout;
mod lower;
mod names;
mod omitted;
mod plan;
mod project;
mod readme;
mod reserved;
mod runtime;
mod spelling;
mod types;
mod values;
mod view;

use rapace_gen_core::docs::fitted;
use rapace_gen_core::{Call, Files, GenerateError, Generator, Options, OwnOption, Runtime, in_parallel};
use rapace_schema::Api;

use crate::lower::{Flavor, Lowering};
use crate::names::{Names, is_distribution, is_importable};
use crate::project::{Distribution, pyproject};
use crate::readme::{license_names, runtime_readme};
use crate::runtime::{IN_FOLDER, Source};
use crate::spelling::Spelling;
use crate::types::Types;

/// Whether all dataclasses are frozen, not only those that have to be hashable.
const FROZEN: OwnOption = OwnOption {
    name: "frozen",
    values: &["false", "true"],
    about: "`true` makes all dataclasses frozen. Otherwise only those that must be hashable are.",
};

/// The name under which the package is imported.
const IMPORT_NAME: OwnOption = OwnOption {
    name: "import-name",
    values: &[],
    about: "The name under which Python imports the package. It defaults to the package's name with `_` for `-` and `.`.",
};

/// The name of a runtime that lies in a folder.
const RUNTIME_NAME: OwnOption = OwnOption {
    name: "runtime-name",
    values: &[],
    about: "The name of the package that `--runtime path=…` leads to. It defaults to `rapace-runtime`.",
};

/// The generator for Python 3.11 and later.
pub struct Python;

impl Generator for Python {
    fn language(&self) -> &'static str {
        "python"
    }

    fn own_options(&self) -> &'static [OwnOption] {
        &[FROZEN, IMPORT_NAME, RUNTIME_NAME]
    }

    fn generate(&self, api: &Api, options: &Options) -> Result<Files, GenerateError> {
        let package = import_name(options, || names::package(&api.name))?;
        let in_folder = options.own.get(RUNTIME_NAME.name).map(String::as_str);
        let runtime = Source::new(&options.runtime, &package, in_folder)?;
        let names = Names::new(api);
        let api = &fitted(api, &Spelling(&names));
        let frozen = options.own.get(FROZEN.name).is_some_and(|value| value == "true");
        let types = Types::new(api, &names, frozen);
        let lowering = Lowering::new(api, &names, &types, &runtime);

        let mut files = Files::new();
        let metadata = options.metadata(api);
        let distribution = Distribution {
            name: options.package.as_deref().unwrap_or(&package),
            import: &package,
            about: format!("Clients of {}", api.name),
            metadata: &metadata,
            license_files: license_names(options),
        };
        files.add("pyproject.toml", pyproject(&distribution, &runtime)?);
        files.add("README.md", lowering.readme(&distribution));
        add_licenses(&mut files, options);
        let root = format!("src/{package}");
        files.add(format!("{root}/py.typed"), "");
        files.add(format!("{root}/__init__.py"), lowering.package());
        files.add(format!("{root}/_surface.py"), lowering.surface());
        for (module, text) in in_parallel(&modules(&lowering), |make| make()).into_iter().flatten() {
            files.add(format!("{root}/{module}.py"), text);
        }
        runtime.add_sources(&mut files, &root);
        Ok(files)
    }

    fn calls(&self, api: &Api, options: &Options) -> Result<Vec<Vec<String>>, GenerateError> {
        let package = import_name(options, || names::package(&api.name))?;
        let runtime = Source::new(&options.runtime, &package, None)?;
        let names = Names::new(api);
        let types = Types::new(api, &names, false);
        Ok(Lowering::new(api, &names, &types, &runtime).calls(&package))
    }

    fn call(&self, api: &Api, options: &Options, call: &Call<'_>) -> Result<String, GenerateError> {
        let package = import_name(options, || names::package(&api.name))?;
        let runtime = Source::new(&options.runtime, &package, None)?;
        let names = Names::new(api);
        let types = Types::new(api, &names, false);
        Lowering::new(api, &names, &types, &runtime).call(&package, call)
    }

    fn runtime(&self, options: &Options) -> Result<Files, GenerateError> {
        let import = import_name(options, || IN_FOLDER.replace('-', "_"))?;
        let runtime = Source::new(&Runtime::Vendored, &import, None)?;
        let distribution = Distribution {
            name: options.package.as_deref().unwrap_or(IN_FOLDER),
            import: &import,
            about: "The runtime of clients and handlers of rapace services.".into(),
            metadata: &options.metadata,
            license_files: license_names(options),
        };
        let mut files = Files::new();
        files.add("pyproject.toml", pyproject(&distribution, &runtime)?);
        files.add("README.md", runtime_readme(&distribution));
        add_licenses(&mut files, options);
        for (path, text) in rapace_runtimes::PYTHON {
            files.add_runtime(format!("src/{import}/{path}"), *text);
        }
        if files.get(&format!("src/{import}/py.typed")).is_none() {
            files.add(format!("src/{import}/py.typed"), "");
        }
        Ok(files)
    }
}

/// Makes modules, each with its path below the package and without its ending.
type Make<'a> = Box<dyn Fn() -> Vec<(String, String)> + Sync + 'a>;
/// What makes one module.
type One<'a> = fn(&Lowering<'a>) -> String;
/// What makes a module that a package may not need.
type Optional<'a> = fn(&Lowering<'a>) -> Option<String>;
/// What makes the same module for both kinds of clients.
type Flavored<'a> = fn(&Lowering<'a>, Flavor) -> String;

/// What makes the modules of an API, the longest first.
fn modules<'a>(lowering: &'a Lowering<'a>) -> Vec<Make<'a>> {
    let of_package: [(&str, One<'a>); 4] = [
        ("_plan", Lowering::plan),
        ("types", Lowering::types),
        ("_json", Lowering::json),
        ("sync/__init__", Lowering::sync_package),
    ];
    let optional: [(&str, Optional<'a>); 2] = [("_adapters", Lowering::adapters), ("_results", Lowering::results)];
    let of_flavor: [(&str, Flavored<'a>); 3] = [
        ("testing", Lowering::testing),
        ("handlers", Lowering::handlers),
        ("protocols", Lowering::protocols),
    ];
    let mut all: Vec<Make<'a>> = vec![Box::new(|| {
        let [codecs, handlers] = lowering.codecs();
        vec![("_codecs".to_owned(), codecs), ("_handlers".to_owned(), handlers)]
    })];
    for (module, make) in of_package {
        all.push(Box::new(move || vec![(module.to_owned(), make(lowering))]));
    }
    for (folder, flavor) in Flavor::FOLDERS {
        for (module, make) in of_flavor {
            all.push(Box::new(move || {
                vec![(format!("{folder}{module}"), make(lowering, flavor))]
            }));
        }
    }
    for (module, make) in optional {
        all.push(Box::new(move || {
            let text = make(lowering);
            text.map(|text| (module.to_owned(), text)).into_iter().collect()
        }));
    }
    for (service, names) in lowering.services() {
        all.push(Box::new(move || {
            let client = |(folder, flavor)| {
                let text = lowering.client(service, names, flavor);
                (format!("{folder}{}", names.module), text)
            };
            Flavor::FOLDERS.map(client).into()
        }));
    }
    all
}

/// The name under which the package is imported: that of the option, otherwise that of the distribution as Python can import it.
fn import_name(options: &Options, usual: impl FnOnce() -> String) -> Result<String, GenerateError> {
    let (what, name) = match (options.own.get(IMPORT_NAME.name), &options.package) {
        (Some(name), _) => ("import name", name.clone()),
        (None, Some(package)) => ("package", package.replace(['-', '.'], "_")),
        (None, None) => return Ok(usual()),
    };
    if let Some(package) = &options.package
        && !is_distribution(package)
    {
        return Err(GenerateError::new(format!(
            "package {package:?} is no name of a Python distribution: ASCII letters and digits make one, with `-`, `_` and `.` between them"
        )));
    }
    match is_importable(&name) {
        true => Ok(name),
        false => Err(GenerateError::new(format!(
            "{what} {name:?} cannot be imported by Python: ASCII letters, digits and `_` make a name; choose one with --opt import-name=NAME"
        ))),
    }
}

fn add_licenses(files: &mut Files, options: &Options) {
    for (name, text) in &options.license_files {
        files.add(name, text);
    }
}
