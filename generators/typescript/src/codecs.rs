//! The module with the codecs: what the modules of services ask for, and what that asks for.

use std::collections::BTreeMap;

use rapace_gen_core::in_parallel;
use rapace_schema::TypeRef;

use crate::codec::{Asked, Codecs, Unnamed, Way};
use crate::imports::{Module, Printer, RuntimePaths};
use crate::names::Names;
use crate::types::Types;
use crate::view;

/// How many functions are made together. Each takes microseconds.
const TOGETHER: usize = 64;

/// The place of a function: those of named types come first, by the types' names.
type Place = (bool, String, Way);

/// The module with all that was asked for.
pub(crate) fn lower_codecs(
    asked: Asked,
    types: &Types<'_>,
    names: &Names,
    unnamed: &Unnamed,
    runtime: &RuntimePaths,
) -> view::CodecsModule {
    let mut printer = Printer::default();
    let mut all = Asked::default();
    let mut functions: BTreeMap<Place, String> = BTreeMap::new();
    // Functions ask for others, in as many rounds as the longest chain of types has.
    let mut new = all.add(asked);
    while !new.is_empty() {
        let parts: Vec<&[(Way, TypeRef)]> = new.chunks(TOGETHER).collect();
        let made = in_parallel(&parts, |part| {
            let (mut codecs, mut printer) = (Codecs::new(types, names, unnamed), Printer::default());
            let functions = part.iter().map(|(way, ty)| {
                let place = match ty {
                    TypeRef::Named(name) => (false, name.clone(), *way),
                    ty => (true, codecs.name(Way::Encode, ty).to_owned(), *way),
                };
                (place, printer.print(&codecs.declared(*way, ty), 0))
            });
            (functions.collect::<Vec<_>>(), printer, codecs.asked())
        });
        new = Vec::new();
        for (texts, symbols, asked) in made {
            functions.extend(texts);
            printer.add(symbols);
            new.extend(all.add(asked));
        }
    }
    let codecs = Codecs::new(types, names, unnamed);
    let tables: BTreeMap<&str, &str> = (all.tables())
        .map(|name| (names.of(name).table.as_str(), name))
        .collect();
    let tables = tables
        .values()
        .map(|name| printer.print(&codecs.declared_table(name), 0));
    let declarations = tables.collect::<Vec<_>>().into_iter().chain(functions.into_values());
    view::CodecsModule {
        declarations: declarations.collect(),
        imports: printer.imports(Module::Codecs, names, runtime),
    }
}
