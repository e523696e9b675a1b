//! What a generated module imports: exactly the names that it prints.

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::text::Symbols;

use crate::layout::import;
use crate::runtime::Source;

/// Where a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// A module of the standard library: `import typing`.
    Library,
    /// A name in a module of the standard library: `from dataclasses import dataclass`.
    InLibrary(&'static str),
    /// A module of the user's: `import acme.money`.
    Foreign,
    /// A published runtime: `import rapace`.
    Published,
    /// A class of the package's module `protocols`: `from .protocols import CatalogProtocol`.
    Protocols,
    /// A module of the runtime: `from .rapace import codegen`.
    Runtime,
    /// A function of the runtime's `codegen`: `from .rapace.codegen import pack_u32`.
    Codegen,
    /// A module of the package: `from . import types`.
    Package,
    /// A class of the package: `from .types import Book`.
    Types,
}

/// The names that one module prints. Each method returns the text of a name, which the module imports from then on.
pub struct Imports<'a> {
    runtime: &'a Source,
    /// How many folders above the module the package is.
    up: usize,
    symbols: Symbols<Origin>,
}

impl<'a> Imports<'a> {
    /// For a module that has printed nothing yet, `up` folders below its package.
    pub fn new(runtime: &'a Source, up: usize) -> Self {
        Self {
            runtime,
            up,
            symbols: Symbols::default(),
        }
    }

    /// A name of the standard library with its module: `typing.Protocol`.
    pub fn library(&self, module: &str, name: &str) -> String {
        format!("{}.{name}", self.symbols.print(Origin::Library, module))
    }

    /// A name of the standard library alone: `dataclass`.
    pub fn in_library(&self, module: &'static str, name: &str) -> String {
        self.symbols.print(Origin::InLibrary(module), name)
    }

    /// A name of a module of the user's, with its module: `acme.money.Money`.
    pub fn foreign(&self, module: &str, name: &str) -> String {
        format!("{}.{name}", self.symbols.print(Origin::Foreign, module))
    }

    /// A name that the runtime has for generated code: `codegen.Method`.
    pub fn codegen(&self, name: &str) -> String {
        format!("{}.{name}", self.symbols.print(Origin::Runtime, "codegen"))
    }

    /// A function that the runtime has for generated code, without its module: `pack_u32`.
    pub fn function(&self, name: &str) -> String {
        self.symbols.print(Origin::Codegen, name)
    }

    /// A name that the runtime has for users: `rapace.Stream`.
    pub fn public(&self, name: &str) -> String {
        let origin = match self.runtime.is_published() {
            true => Origin::Published,
            false => Origin::Package,
        };
        format!("{}.{name}", self.symbols.print(origin, "rapace"))
    }

    /// A name of another module of the package: `_codecs.CATALOG_FIND`.
    pub fn own(&self, module: &str, name: &str) -> String {
        format!("{}.{name}", self.symbols.print(Origin::Package, module))
    }

    /// A class of the package, without its module: `Book`.
    pub fn class(&self, name: &str) -> String {
        self.symbols.print(Origin::Types, name)
    }

    /// A protocol of the package, without its module: `CatalogProtocol`.
    pub fn protocol(&self, name: &str) -> String {
        self.symbols.print(Origin::Protocols, name)
    }

    /// The statements in the order of isort: blocks of the standard library, of a published runtime, and of the package.
    pub fn into_blocks(self) -> Vec<Vec<String>> {
        let mut printed = self.symbols.into_printed();
        let runtime = self.runtime.module(self.up);
        let dots = ".".repeat(self.up + 1);
        let mut take = |origin| printed.remove(&origin).unwrap_or_default();
        let mut published: Vec<String> = (take(Origin::Foreign).iter())
            .map(|module| format!("import {module}"))
            .collect();
        published.extend((self.runtime.published_import().into_iter()).filter(|_| !take(Origin::Published).is_empty()));
        let mut own = from(&dots, &take(Origin::Package));
        own.extend(from(&format!("{dots}protocols"), &take(Origin::Protocols)));
        let of_runtime = [
            from(&runtime, &take(Origin::Runtime)),
            from(&format!("{runtime}.codegen"), &take(Origin::Codegen)),
        ];
        match self.runtime.is_published() {
            true => published.extend(of_runtime.concat()),
            false => own.extend(of_runtime.concat()),
        }
        own.extend(from(&format!("{dots}types"), &take(Origin::Types)));
        vec![library(printed), published, own]
    }
}

/// The statement that imports these names of a module, if there are any.
fn from(module: &str, names: &BTreeSet<String>) -> Vec<String> {
    let names: Vec<String> = names.iter().cloned().collect();
    (!names.is_empty())
        .then(|| import(module, &names))
        .into_iter()
        .collect()
}

/// The statements that import the standard library: modules, and then names of modules.
fn library(printed: BTreeMap<Origin, BTreeSet<String>>) -> Vec<String> {
    let mut lines = Vec::new();
    for (origin, names) in printed {
        match origin {
            Origin::InLibrary(module) => lines.extend(from(module, &names)),
            _ => lines.extend(names.iter().map(|module| format!("import {module}"))),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use rapace_gen_core::Runtime;

    use super::Imports;
    use crate::runtime::Source;

    #[test]
    fn statements_are_in_the_order_of_isort() {
        for (runtime, expected) in [
            (
                Runtime::Vendored,
                "import enum\nimport typing\nfrom dataclasses import dataclass\n\n\
                 from .. import _codecs, rapace\nfrom ..protocols import CatalogProtocol\nfrom ..rapace import codegen\n\
                 from ..rapace.codegen import pack_u8\nfrom ..types import Book",
            ),
            (
                Runtime::Package(Some("acme-rapace".into())),
                "import enum\nimport typing\nfrom dataclasses import dataclass\n\n\
                 import acme_rapace as rapace\nfrom acme_rapace import codegen\nfrom acme_rapace.codegen import pack_u8\n\n\
                 from .. import _codecs\nfrom ..protocols import CatalogProtocol\nfrom ..types import Book",
            ),
        ] {
            let source = Source::new(&runtime, "bookshop", None).expect("the names are fine");
            let imports = Imports::new(&source, 1);
            let printed = [
                imports.class("Book"),
                imports.protocol("CatalogProtocol"),
                imports.function("pack_u8"),
                imports.codegen("Method"),
                imports.public("Stream"),
                imports.own("_codecs", "FIND"),
                imports.library("typing", "Protocol"),
                imports.library("enum", "Enum"),
                imports.in_library("dataclasses", "dataclass"),
            ];
            assert_eq!(
                printed.join(" "),
                "Book CatalogProtocol pack_u8 codegen.Method rapace.Stream _codecs.FIND typing.Protocol enum.Enum dataclass"
            );
            let blocks: Vec<String> = imports.into_blocks().iter().map(|block| block.join("\n")).collect();
            let blocks: Vec<&str> = blocks
                .iter()
                .map(String::as_str)
                .filter(|block| !block.is_empty())
                .collect();
            assert_eq!(blocks.join("\n\n"), expected);
        }
    }
}
