//! The codecs: a straight-line function for each type and direction that the methods need, built statement by statement.

mod decode;
mod encode;
mod place;
mod serving;

use std::collections::{BTreeSet, HashMap};

use rapace_gen_core::in_parallel;
use rapace_gen_core::names::Scope;
use rapace_gen_core::plan::{Facts, Uses, stem};
use rapace_schema::{Api, DecodedSizes, Field, TypeRef};

use self::place::Place;
use crate::declared::Naming;
use crate::statement::{Errors, Part, Statement, collected, print, returning};
use crate::types::{Types, is_byte};

/// How many functions are printed together. Each takes microseconds.
const TOGETHER: usize = 64;

/// Which way a codec goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Encode,
    Decode,
}

/// The codecs of an API.
pub(crate) struct Codecs<'a> {
    types: &'a Types<'a>,
    naming: &'a Naming<'a>,
    sizes: &'a DecodedSizes<'a>,
    /// The names of functions by what they encode and decode. Both are only looked up.
    encoders: HashMap<TypeRef, String>,
    decoders: HashMap<TypeRef, String>,
}

impl<'a> Codecs<'a> {
    /// The codecs that the clients and handlers of an API need. Their names are taken from `scope`.
    pub(crate) fn new(
        types: &'a Types<'a>,
        naming: &'a Naming<'a>,
        facts: &'a Facts<'a>,
        api: &'a Api,
        scope: &mut Scope,
    ) -> Self {
        let mut codecs = Self {
            types,
            naming,
            sizes: facts.sizes(),
            encoders: HashMap::new(),
            decoders: HashMap::new(),
        };
        let uses = Uses::of(api, facts);
        let methods = api.services.iter().flat_map(|service| &service.methods);
        let answers: BTreeSet<&TypeRef> = methods.map(|method| &method.response).collect();
        // A client encodes requests and decodes responses; a handler does the opposite.
        let travelling: BTreeSet<&TypeRef> = uses.requests().chain(uses.responses()).collect();
        let with_function = |ty: &&TypeRef| has_function(ty);
        let encoded: BTreeSet<&TypeRef> = travelling.iter().copied().filter(with_function).collect();
        // The runtime wants a function for an answer, also for a scalar.
        let scalars = uses.responses().filter(|ty| answers.contains(ty));
        let decoded: BTreeSet<&TypeRef> = encoded.iter().copied().chain(scalars).collect();
        let needed =
            (encoded.into_iter().map(|ty| (Way::Encode, ty))).chain(decoded.into_iter().map(|ty| (Way::Decode, ty)));
        // Named types have the names that a reader expects; others give way.
        let (named, others): (Vec<_>, Vec<_>) = needed.partition(|(_, ty)| matches!(ty, TypeRef::Named(_)));
        for (way, ty) in named.into_iter().chain(others) {
            let (prefix, functions) = match way {
                Way::Encode => ("encode", &mut codecs.encoders),
                Way::Decode => ("decode", &mut codecs.decoders),
            };
            let stem = stem(ty, &|name| types.word(name));
            functions.insert(ty.clone(), scope.claim(&format!("{prefix}{stem}")));
        }
        codecs
    }

    /// The functions as lines of Go, encoders first, in the order of their names.
    pub(crate) fn functions(&self) -> Vec<Vec<String>> {
        let (encoders, decoders) = (self.encoders.iter(), self.decoders.iter());
        let mut functions: Vec<(Way, &String, &TypeRef)> = (encoders.map(|(ty, name)| (Way::Encode, name, ty)))
            .chain(decoders.map(|(ty, name)| (Way::Decode, name, ty)))
            .collect();
        functions.sort();
        let parts: Vec<_> = functions.chunks(TOGETHER).collect();
        let printed = in_parallel(&parts, |part| {
            let print = |(way, name, ty): &(Way, &String, &TypeRef)| match way {
                Way::Encode => self.encoder(ty, name).print(),
                Way::Decode => self.decoder(ty, name).print(),
            };
            part.iter().map(print).collect::<Vec<_>>()
        });
        printed.into_iter().flatten().collect()
    }

    /// The statements that encode the arguments of a method, or pass them to interceptors, and return; none for no arguments.
    pub(crate) fn arguments(&self, arguments: &[(String, String, &TypeRef)]) -> Vec<String> {
        if arguments.is_empty() {
            return Vec::new();
        }
        let encoded = (arguments.iter())
            .filter_map(|(name, variable, ty)| self.encode(ty, &Place::variable(variable), &Part::Field(name.clone())));
        let mut statements = vec![collected(
            "e.Collects()",
            "e.Collect",
            arguments.iter().map(|(_, variable, _)| variable),
        )];
        statements.extend(returning(encoded.collect()));
        print(&statements, Errors::Declared)
    }

    /// The function that decodes an answer; `nil` when it has no bytes.
    pub(crate) fn answer(&self, ty: &TypeRef) -> &str {
        self.decoders.get(ty).map_or("nil", String::as_str)
    }

    /// Counts the levels of a recursive type around the statements for it; decoders count its memory too.
    fn guarded(&self, way: Way, name: &str, body: Vec<Statement>) -> Vec<Statement> {
        if !self.types.is_recursive(name) {
            return body;
        }
        let (enter, leave) = match way {
            Way::Encode => ("e.Enter()".to_owned(), "e.Leave()"),
            Way::Decode => (format!("d.Enter({})", self.sizes.body(name)), "d.Leave()"),
        };
        let mut statements = vec![Statement::check(enter, &Part::Whole)];
        statements.extend(body);
        statements.push(Statement::plain(leave));
        statements
    }
}

/// True for a type that has its own function: named types and containers.
fn has_function(ty: &TypeRef) -> bool {
    match ty {
        TypeRef::Array { item, .. } => !is_byte(item),
        TypeRef::Named(_) => true,
        ty => !ty.children().is_empty() && own_method(ty).is_none(),
    }
}

/// What a statement for a field handles: the value itself when the struct around it is transparent.
fn field_part(field: &Field, transparent: bool, prefix: &str) -> Part {
    let name = format!("{prefix}{}", field.name);
    match (transparent, field.sensitive) {
        (true, _) => Part::Whole,
        (false, true) => Part::Sensitive(name),
        (false, false) => Part::Field(name),
    }
}

/// The method of the encoder and the decoder for a type that has one: the scalars, lists of numbers and optional strings.
fn own_method(ty: &TypeRef) -> Option<&'static str> {
    Some(match ty {
        TypeRef::Bool => "Bool",
        TypeRef::U8 => "U8",
        TypeRef::U16 => "U16",
        TypeRef::U32 => "U32",
        TypeRef::U64 | TypeRef::Usize => "U64",
        TypeRef::U128 => "U128",
        TypeRef::I8 => "I8",
        TypeRef::I16 => "I16",
        TypeRef::I32 => "I32",
        TypeRef::I64 | TypeRef::Isize => "I64",
        TypeRef::I128 => "I128",
        TypeRef::F32 => "F32",
        TypeRef::F64 => "F64",
        TypeRef::Char => "Char",
        TypeRef::String => "String",
        TypeRef::Bytes => "Bytes",
        TypeRef::List(item) => match **item {
            TypeRef::U32 => "U32s",
            TypeRef::U64 | TypeRef::Usize => "U64s",
            TypeRef::I32 => "I32s",
            TypeRef::I64 | TypeRef::Isize => "I64s",
            TypeRef::F32 => "F32s",
            TypeRef::F64 => "F64s",
            _ => return None,
        },
        TypeRef::Option(item) if **item == TypeRef::String => "OptionString",
        _ => return None,
    })
}

fn is_byte_array(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::Array { item, .. } if is_byte(item))
}
