//! The codecs: a straight-line function for each type and direction that the methods need, built statement by statement.

mod decode;
mod encode;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::names::Scope;
use rapace_schema::{DecodedSizes, Field, TypeRef};

use self::lines::{Part, failing, failing_as};
use crate::naming::Naming;
use crate::types::{Types, is_byte};

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
    sizes: DecodedSizes<'a>,
    functions: BTreeMap<(Way, TypeRef), String>,
}

impl<'a> Codecs<'a> {
    /// The codecs that methods with these arguments and answers need. Their names are taken from `scope`.
    pub(crate) fn new<'b>(
        types: &'a Types<'a>,
        naming: &'a Naming<'a>,
        sizes: DecodedSizes<'a>,
        scope: &mut Scope,
        arguments: impl Iterator<Item = &'b TypeRef>,
        answers: impl Iterator<Item = &'b TypeRef>,
    ) -> Self {
        let mut codecs = Self {
            types,
            naming,
            sizes,
            functions: BTreeMap::new(),
        };
        let mut needed = BTreeSet::new();
        for ty in arguments {
            codecs.collect(Way::Encode, ty, &mut needed);
        }
        for ty in answers {
            codecs.collect(Way::Decode, ty, &mut needed);
            if !types.is_void(ty) {
                // The runtime wants a function for an answer, also for a scalar.
                needed.insert((Way::Decode, ty.clone()));
            }
        }
        // Named types have the names that a reader expects; others give way.
        let (named, others): (Vec<_>, Vec<_>) = needed.into_iter().partition(|(_, ty)| matches!(ty, TypeRef::Named(_)));
        for (way, ty) in named.into_iter().chain(others) {
            let prefix = match way {
                Way::Encode => "encode",
                Way::Decode => "decode",
            };
            let name = scope.claim(&format!("{prefix}{}", codecs.suffix(&ty)));
            codecs.functions.insert((way, ty), name);
        }
        codecs
    }

    /// The functions as lines of Go, encoders first, in the order of their types.
    pub(crate) fn functions(&self) -> Vec<Vec<String>> {
        let function = |((way, ty), name): (&(Way, TypeRef), &String)| match way {
            Way::Encode => self.encoder(ty, name),
            Way::Decode => self.decoder(ty, name),
        };
        let mut functions: Vec<(&(Way, TypeRef), &String)> = self.functions.iter().collect();
        functions.sort_by_key(|((way, _), name)| (*way, *name));
        functions.into_iter().map(function).collect()
    }

    /// The statements that encode the arguments of a method, and return; none when they have no bytes.
    pub(crate) fn arguments(&self, arguments: &[(String, String, &TypeRef)]) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, variable, ty) in arguments {
            lines.extend(self.encode(ty, variable, &Part::Field(name.clone())));
        }
        if !lines.is_empty() {
            lines.push("return nil".into());
        }
        lines
    }

    /// The function that decodes an answer; `nil` when it has no bytes.
    pub(crate) fn answer(&self, ty: &TypeRef) -> &str {
        self.functions
            .get(&(Way::Decode, ty.clone()))
            .map_or("nil", String::as_str)
    }

    /// Adds the types that have a function of their own: named types and containers.
    fn collect(&self, way: Way, ty: &TypeRef, needed: &mut BTreeSet<(Way, TypeRef)>) {
        let mut left = vec![ty.clone()];
        while let Some(ty) = left.pop() {
            let inline = match &ty {
                TypeRef::Array { item, .. } => is_byte(item),
                TypeRef::Named(_) => false,
                ty => ty.children().is_empty() || own_method(ty).is_some(),
            };
            if inline || self.types.is_void(&ty) || !needed.insert((way, ty.clone())) {
                continue;
            }
            match &ty {
                TypeRef::Named(name) => left.extend(self.types.def(name).field_types().cloned()),
                ty => left.extend(ty.children().into_iter().cloned()),
            }
        }
    }

    /// What a function's name says of its type: `ListOfOptionOfU32`.
    fn suffix(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Unit => "Unit".into(),
            TypeRef::Option(item) => format!("OptionOf{}", self.suffix(item)),
            TypeRef::List(item) => format!("ListOf{}", self.suffix(item)),
            TypeRef::Set(item) => format!("SetOf{}", self.suffix(item)),
            TypeRef::Array { item, len } => format!("Array{len}Of{}", self.suffix(item)),
            TypeRef::Map { key, value } => format!("MapOf{}To{}", self.suffix(key), self.suffix(value)),
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.suffix(item)).collect();
                format!("TupleOf{}", items.join("And"))
            }
            TypeRef::Named(name) => self.types.name(name).to_owned(),
            scalar => own_method(scalar).unwrap_or("Bytes").to_owned(),
        }
    }

    /// Counts the levels of a recursive type around the statements for it; decoders count its memory too.
    fn guarded(&self, way: Way, name: &str, body: Vec<String>) -> Vec<String> {
        if !self.types.is_recursive(name) {
            return body;
        }
        let (mut lines, leave) = match way {
            Way::Encode => (failing("e.Enter()", &Part::Whole), "e.Leave()"),
            Way::Decode => {
                let enter = format!("err = d.Enter({})", self.sizes.body(name));
                (failing_as(&enter, &Part::Whole), "d.Leave()")
            }
        };
        lines.extend(body);
        lines.push(leave.into());
        lines
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
        TypeRef::U64 => "U64",
        TypeRef::U128 => "U128",
        TypeRef::I8 => "I8",
        TypeRef::I16 => "I16",
        TypeRef::I32 => "I32",
        TypeRef::I64 => "I64",
        TypeRef::I128 => "I128",
        TypeRef::F32 => "F32",
        TypeRef::F64 => "F64",
        TypeRef::Char => "Char",
        TypeRef::String => "String",
        TypeRef::Bytes => "Bytes",
        TypeRef::List(item) => match **item {
            TypeRef::U32 => "U32s",
            TypeRef::U64 => "U64s",
            TypeRef::I32 => "I32s",
            TypeRef::I64 => "I64s",
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
