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
mod docs;
mod imports;
mod json;
mod layout;
mod lower;
mod names;
mod plan;
mod project;
mod runtime;
mod types;
mod view;

use rapace_gen_core::{Files, GenerateError, Generator, Options, OwnOption};
use rapace_schema::Api;

use crate::lower::{Flavor, Lowering};
use crate::names::{Names, is_importable};
use crate::project::pyproject;
use crate::runtime::Source;
use crate::types::Types;

/// Whether all dataclasses are frozen, not only those that have to be hashable.
const FROZEN: OwnOption = OwnOption {
    name: "frozen",
    values: &["false", "true"],
    about: "`true` makes all dataclasses frozen. Otherwise only those that must be hashable are.",
};

/// The generator for Python 3.11 and later.
pub struct Python;

impl Generator for Python {
    fn language(&self) -> &'static str {
        "python"
    }

    fn own_options(&self) -> &'static [OwnOption] {
        &[FROZEN]
    }

    fn generate(&self, api: &Api, options: &Options) -> Result<Files, GenerateError> {
        let package = match &options.package {
            Some(name) if is_importable(name) => name.clone(),
            Some(name) => {
                let message =
                    format!("package {name:?} cannot be imported by Python: ASCII letters, digits and `_` make a name");
                return Err(GenerateError::new(message));
            }
            None => names::package(&api.name),
        };
        let runtime = Source::new(&options.runtime, &package)?;
        let names = Names::new(api);
        let frozen = options.own.get(FROZEN.name).is_some_and(|value| value == "true");
        let types = Types::new(api, &names, frozen);
        let lowering = Lowering::new(api, &names, &types, &runtime);

        let mut files = Files::new();
        files.add("pyproject.toml", pyproject(&package, &api.name, &runtime));
        let root = format!("src/{package}");
        files.add(format!("{root}/py.typed"), "");
        files.add(format!("{root}/__init__.py"), lowering.package());
        files.add(format!("{root}/_surface.py"), lowering.surface());
        let [codecs, handlers] = lowering.codecs();
        files.add(format!("{root}/_codecs.py"), codecs);
        files.add(format!("{root}/_handlers.py"), handlers);
        files.add(format!("{root}/_json.py"), lowering.json());
        files.add(format!("{root}/_plan.py"), lowering.plan());
        files.add(format!("{root}/types.py"), lowering.types());
        files.add(format!("{root}/sync/__init__.py"), lowering.sync_package());
        for (folder, flavor) in [(root.clone(), Flavor::Async), (format!("{root}/sync"), Flavor::Sync)] {
            files.add(format!("{folder}/handlers.py"), lowering.handlers(flavor));
            files.add(format!("{folder}/protocols.py"), lowering.protocols(flavor));
            files.add(format!("{folder}/testing.py"), lowering.testing(flavor));
        }
        for (service, names) in api.services.iter().zip(&names.services) {
            let client = |flavor| lowering.client(service, names, flavor);
            files.add(format!("{root}/{}.py", names.module), client(Flavor::Async));
            files.add(format!("{root}/sync/{}.py", names.module), client(Flavor::Sync));
        }
        runtime.add_sources(&mut files, &root);
        Ok(files)
    }
}
