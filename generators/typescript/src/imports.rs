//! The imports of a module: what it mentions of the runtime, of the types and of the codecs.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rapace_gen_core::text::doc::Doc;
use rapace_gen_core::text::{Piece, natural_key};

use crate::layout::{BIOME, braces};
use crate::names::{Names, Origin};

/// Where modules find the runtime.
pub(crate) struct RuntimePaths {
    /// Its `codegen` surface, as modules in `src/` import it.
    pub(crate) from_root: String,
    /// The same for modules in `src/services/` and `src/handlers/`.
    pub(crate) from_services: String,
}

/// The kind of a module, which decides what it imports from where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Module {
    /// `src/types.ts`
    Types,
    /// `src/codecs.ts`
    Codecs,
    /// `src/errors.ts`
    Failures,
    /// `src/json.ts`
    Json,
    /// One in `src/services/` or `src/handlers/`.
    Service,
}

/// What the module of a service's handlers imports of the service's own.
pub(crate) struct ServiceImport<'a> {
    /// The module below `services/`, without extension.
    pub(crate) module: &'a str,
    /// The interface of its clients.
    pub(crate) client: &'a str,
    /// The constants of its methods.
    pub(crate) constants: Vec<String>,
}

/// Prints the code of a module. A symbol that it has printed is imported.
#[derive(Default)]
pub(crate) struct Printer {
    /// They are put into order where they are imported.
    symbols: HashSet<String>,
}

impl Printer {
    /// The text of `doc`, whose first line is at this many tabs.
    pub(crate) fn print(&mut self, doc: &Doc, tabs: usize) -> String {
        doc.for_each_symbol(|name| {
            if !self.symbols.contains(name) {
                self.symbols.insert(name.to_owned());
            }
        });
        BIOME.print(doc, tabs)
    }

    /// Adds what another one has printed of the same module.
    pub(crate) fn add(&mut self, other: Self) {
        match self.symbols.is_empty() {
            true => self.symbols = other.symbols,
            false => self.symbols.extend(other.symbols),
        }
    }

    /// The import statements of the module, in the order that Biome's organizeImports wants.
    pub(crate) fn imports(self, module: Module, names: &Names, runtime: &RuntimePaths) -> Vec<String> {
        self.imports_with(module, names, runtime, None)
    }

    /// The same, with what is imported of a service's module.
    pub(crate) fn imports_with(
        self,
        module: Module,
        names: &Names,
        runtime: &RuntimePaths,
        service: Option<ServiceImport<'_>>,
    ) -> Vec<String> {
        let (from_runtime, to_root) = match module {
            Module::Service => (&runtime.from_services, ".."),
            Module::Types | Module::Codecs | Module::Failures | Module::Json => (&runtime.from_root, "."),
        };
        let mut from_runtime = Import::new(from_runtime.clone());
        let mut from_types = Import::new(format!("{to_root}/types.js"));
        let mut from_codecs = Import::new(format!("{to_root}/codecs.js"));
        let mut from_failures = Import::new(format!("{to_root}/errors.js"));
        let mut foreign: BTreeMap<String, Import> = BTreeMap::new();
        for symbol in self.symbols.into_iter().collect::<BTreeSet<String>>() {
            match names.origin(&symbol) {
                Origin::RuntimeType(name) => from_runtime.types.push(names.runtime_import(name)),
                Origin::RuntimeValue(name) => from_runtime.values.push(names.runtime_import(name)),
                Origin::Type if module != Module::Types => from_types.types.push(symbol),
                Origin::Codec if module != Module::Codecs => from_codecs.values.push(symbol),
                Origin::Failure if module != Module::Failures => from_failures.values.push(symbol),
                Origin::Foreign => {
                    let Some(imported) = names.foreign(&symbol) else {
                        continue;
                    };
                    let from = imported.from(to_root);
                    let import = foreign.entry(from.clone()).or_insert_with(|| Import::new(from));
                    let names = if imported.is_type {
                        &mut import.types
                    } else {
                        &mut import.values
                    };
                    names.push(imported.import());
                }
                Origin::Type | Origin::Codec | Origin::Failure => {}
            }
        }
        let from_service = service.map(|service| Import {
            from: format!("../services/{}.js", service.module),
            types: vec![service.client.to_owned()],
            values: service.constants,
        });
        statements(
            [from_runtime, from_codecs, from_failures, from_types]
                .into_iter()
                .chain(foreign.into_values())
                .chain(from_service)
                .collect(),
        )
    }
}

/// A module to import from, and what.
struct Import {
    /// `../codecs.js`
    from: String,
    /// Types, as `Book` or `Service as Service_`.
    types: Vec<String>,
    /// Values, likewise.
    values: Vec<String>,
}

impl Import {
    fn new(from: String) -> Self {
        Self {
            from,
            types: Vec::new(),
            values: Vec::new(),
        }
    }
}

/// The statements for `imports`, sorted; those that import nothing are left out.
fn statements(mut imports: Vec<Import>) -> Vec<String> {
    imports.retain(|import| !import.types.is_empty() || !import.values.is_empty());
    // Packages come before paths.
    imports.sort_by_key(|import| (import.from.starts_with('.'), import.from.clone()));
    imports.into_iter().map(statement).collect()
}

fn statement(import: Import) -> String {
    let only_types = import.values.is_empty();
    let prefix = if only_types { "" } else { "type " };
    let types = import.types.into_iter().map(|name| (prefix, name));
    let values = import.values.into_iter().map(|name| ("", name));
    let mut names: Vec<(&str, String)> = types.chain(values).collect();
    names.sort_by_cached_key(|(_, name)| natural(name));
    let names = names
        .into_iter()
        .map(|(prefix, name)| Doc::from(format!("{prefix}{name}")));
    let open = if only_types { "import type {" } else { "import {" };
    BIOME.print(
        &braces(open, names.collect(), format!("}} from \"{}\";", import.from)),
        0,
    )
}

/// The key of the order of Biome: underscores first, then numbers by their value. Of one letter the capital is first.
pub(crate) fn natural(name: &str) -> (Vec<Piece<(char, bool)>>, String) {
    let order = |c: char| (c != '_').then_some((c.to_ascii_lowercase(), c.is_ascii_lowercase()));
    (natural_key(name, order), name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn names_are_in_the_order_of_biome() {
        let mut names = [
            "Zebra", "X9_", "apple", "X10", "X_", "X9", "Book", "_Under", "apple_", "Apple", "größe",
        ];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(
            names,
            [
                "_Under", "Apple", "apple", "apple_", "Book", "größe", "X_", "X9", "X9_", "X10", "Zebra"
            ]
        );
    }
}
