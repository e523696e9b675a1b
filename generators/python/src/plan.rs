//! The plan of a package: the form of each type and method as plain data. The runtime's `postcard/plan.py` tells its grammar.

use std::collections::BTreeMap;

use rapace_gen_core::names::snake;
use rapace_gen_core::plan::is_spelled;
use rapace_gen_core::text::doc::{Doc, concat, list};
use rapace_schema::{Api, Fields, Service, TypeDef, TypeKind, TypeRef};

use crate::docs::literal;
use crate::imports::Imports;
use crate::layout::print;
use crate::names::{Names, ServiceNames};
use crate::types::{Form, Types, Use};

/// Describes types and methods.
pub struct Plan<'a> {
    types: &'a Types<'a>,
    names: &'a Names,
    imports: &'a Imports<'a>,
    /// How many words there are in the forms of the names for types.
    words: BTreeMap<&'a str, usize>,
    /// The last name of each chain of names for types, and the type that it names.
    ends: BTreeMap<&'a str, (&'a str, &'a TypeRef)>,
}

/// The most words of a form that is repeated wherever a name for it is used. A longer form is an entry, like that of a class:
/// names for pairs of one another would otherwise double it each.
const REPEATED_WORDS: usize = 64;

impl<'a> Plan<'a> {
    /// A plan of what was decided about types and names.
    pub fn new(types: &'a Types<'a>, names: &'a Names, imports: &'a Imports<'a>) -> Self {
        let mut plan = Self {
            types,
            names,
            imports,
            words: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        for def in types.in_order() {
            // What is adapted is an entry.
            if let (Form::NewType(inner), None) = (types.form(def), types.foreign(&def.name)) {
                let words = plan.count(inner);
                plan.words.insert(&def.name, words);
                let end = match inner {
                    TypeRef::Named(name) => plan.ends.get(name.as_str()).copied(),
                    _ => None,
                };
                plan.ends.insert(&def.name, end.unwrap_or((&def.name, inner)));
            }
        }
        plan
    }

    fn count(&self, ty: &TypeRef) -> usize {
        match ty {
            TypeRef::Named(name) => match self.words.get(name.as_str()) {
                Some(words) if *words <= REPEATED_WORDS => *words,
                _ => 1,
            },
            TypeRef::Array { item, len } if is_spelled(item, *len) => 1 + *len as usize * self.count(item),
            ty => 1 + ty.children().into_iter().map(|child| self.count(child)).sum::<usize>(),
        }
    }

    /// True for a name whose form is repeated wherever it is used.
    fn is_repeated(&self, name: &str) -> bool {
        self.words.get(name).is_some_and(|words| *words <= REPEATED_WORDS)
    }

    /// The form of each type that is not just a name for another.
    pub fn types(&self) -> String {
        let entries = self.types.in_order().filter_map(|def| {
            let form = self.definition(def)?;
            Some((self.names.of(&def.name).class.clone(), form))
        });
        self.dictionary("TYPES", entries)
    }

    /// Each method by its constant: the form of its answer, its request's encoder, and the names and forms of its arguments.
    pub fn methods(&self, api: &Api) -> String {
        let services = api.services.iter().zip(&self.names.services);
        let entries = services.flat_map(|(service, names)| self.methods_of(service, names));
        self.dictionary("METHODS", entries)
    }

    fn methods_of(&self, service: &'a Service, names: &'a ServiceNames) -> impl Iterator<Item = (String, Source)> {
        service.methods.iter().zip(&names.methods).map(|(method, names)| {
            let mut items = vec![self.form(&self.types.used(&method.response, false))];
            if !method.arguments.is_empty() {
                items.push(word(&names.request));
            }
            for (argument, name) in method.arguments.iter().zip(&names.parameters) {
                let form = self.form(&self.types.used(&argument.ty, false));
                items.push(Source::Tuple(vec![word(name), form]));
            }
            (names.constant.clone(), Source::Tuple(items))
        })
    }

    fn definition(&self, def: &TypeDef) -> Option<Source> {
        let names = self.names.of(&def.name);
        let form = match (self.types.form(def), &def.kind) {
            (Form::NewType(_), _) if self.is_repeated(&def.name) => return None,
            (Form::NewType(inner) | Form::Known(_, inner), _) => self.form(&self.types.field(&def.name, inner)),
            (Form::Enum, _) => tuple(if def.open { "open" } else { "enum" }, [self.class(&names.class)]),
            (_, TypeKind::Struct(fields)) => self.record(def, &names.class, fields, &names.fields),
            (_, TypeKind::Enum { variants }) => {
                let records = variants
                    .iter()
                    .zip(&names.variants)
                    .map(|(variant, names)| self.record(def, &names.class, &variant.fields, &names.fields));
                Source::Tuple([word("union")].into_iter().chain(records).collect())
            }
        };
        let form = match self.types.is_recursive(&def.name) {
            true => tuple("nested", [form, number(self.types.sizes().body(&def.name))]),
            false => form,
        };
        Some(match self.types.is_adapted(&def.name) {
            true => {
                let adapter = self.imports.own("_adapters", &names.adapter);
                tuple("adapted", [Source::Word(adapter), form])
            }
            false => form,
        })
    }

    /// The form of a named type, wherever it is used.
    pub fn of_name(&self, name: &str) -> Source {
        self.form(
            &self
                .types
                .used(&TypeRef::Named(name.to_owned()), self.types.is_hashable(name)),
        )
    }

    /// An assignment of a dictionary.
    fn dictionary(&self, name: &str, entries: impl Iterator<Item = (String, Source)>) -> String {
        let entries: String = entries
            .map(|(key, form)| form.laid_out(4, &format!("{}: ", literal(&key))) + "\n")
            .collect();
        let forms = self.imports.codegen("Forms");
        match entries.is_empty() {
            true => format!("{name}: {forms} = {{}}"),
            false => format!("{name}: {forms} = {{\n{entries}}}"),
        }
    }

    fn class(&self, name: &str) -> Source {
        Source::Word(self.imports.own("types", name))
    }

    fn record(&self, def: &TypeDef, name: &str, fields: &Fields, names: &[String]) -> Source {
        let fields = fields.fields.iter().zip(names).map(|(field, name)| {
            let form = self.form(&self.types.field(&def.name, &field.ty));
            Source::Tuple(vec![word(name), form])
        });
        Source::Tuple([word("record"), self.class(name)].into_iter().chain(fields).collect())
    }

    fn form(&self, used: &Use) -> Source {
        let inside = |ty: &TypeRef| self.form(&self.types.used(ty, used.hashable));
        let key = |ty: &TypeRef| self.form(&self.types.used(ty, true));
        let size = |item: &TypeRef| number(self.types.sizes().item(item));
        match &used.ty {
            TypeRef::Option(inner) if Types::includes_none(inner) => {
                let value = tuple("value", [inside(inner)]);
                let some = tuple("record", [Source::Word(self.imports.codegen("Some")), value]);
                tuple("option", [some])
            }
            TypeRef::Option(inner) => tuple("option", [inside(inner)]),
            TypeRef::List(item) if used.hashable => tuple("frozen_list", [inside(item), size(item)]),
            TypeRef::List(item) => tuple("list", [inside(item), size(item)]),
            TypeRef::Set(item) if used.hashable => tuple("frozen_set", [key(item), size(item)]),
            TypeRef::Set(item) => tuple("set", [key(item), size(item)]),
            TypeRef::Map { key: name, value } => {
                let size = number(self.types.sizes().entry(name, value));
                tuple("map", [key(name), inside(value), size])
            }
            TypeRef::Array { item, len } if **item == TypeRef::U8 => tuple("fixed_bytes", [number(*len)]),
            TypeRef::Array { item, len } => tuple("array", [inside(item), number(*len)]),
            TypeRef::Tuple(items) => {
                Source::Tuple([word("tuple")].into_iter().chain(items.iter().map(inside)).collect())
            }
            TypeRef::Named(name) => match self.ends.get(name.as_str()) {
                Some((last, inner)) if self.is_repeated(name) => self.form(&self.types.field(last, inner)),
                _ => word(&self.names.of(name).class),
            },
            // The same bytes and the same JSON.
            TypeRef::Usize => word("u64"),
            TypeRef::Isize => word("i64"),
            scalar => word(&snake(&format!("{scalar:?}"))),
        }
    }
}

/// A form as Python source: a word, or a tuple.
pub enum Source {
    Word(String),
    Tuple(Vec<Source>),
}

impl Source {
    /// A tuple breaks into an item on each line. One of a single item has its comma on one line too.
    fn doc(&self) -> Doc {
        match self {
            Self::Word(text) => text.clone().into(),
            Self::Tuple(items) => {
                let mut docs: Vec<Doc> = items.iter().map(Self::doc).collect();
                if let [only] = docs.as_mut_slice() {
                    *only = concat([only.clone(), ",".into()]);
                }
                let trailing = if docs.len() > 1 { "," } else { "" };
                list("(", docs, trailing, ")")
            }
        }
    }

    /// The source between `head` and a comma.
    pub fn laid_out(&self, columns: usize, head: &str) -> String {
        print(columns, &concat([head.to_owned().into(), self.doc(), ",".into()]))
    }
}

fn number(value: u64) -> Source {
    Source::Word(value.to_string())
}

fn word(text: &str) -> Source {
    Source::Word(literal(text))
}

/// A tuple of a word and what belongs to it.
fn tuple<const N: usize>(kind: &str, items: [Source; N]) -> Source {
    Source::Tuple([word(kind)].into_iter().chain(items).collect())
}
