//! What each type of the API is in TypeScript.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapace_gen_core::plan::{Facts, chain_ends, is_spelled, is_unit_enum};
use rapace_gen_core::text::doc::{Doc, concat, group, indent, indent_by, join, list};
use rapace_schema::{Api, DecodedSizes, Foreign, Method, Style, TypeDef, TypeKind, TypeRef};

use crate::choices::{Choices, Int64, WideInteger};
use crate::form::{Form, known_forms};
use crate::names::Names;
use crate::newtypes::{hold_themselves, inner_of};
use crate::outcome::{LANGUAGE, Outcome, answer, outcomes};

/// A class of typed arrays, and the runtime's functions that write and read them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypedArray {
    /// `Float64Array`
    pub(crate) class: &'static str,
    /// `encodeFloat64Array`
    pub(crate) encode: &'static str,
    /// `decodeFloat64Array`
    pub(crate) decode: &'static str,
}

/// The types of an API.
#[derive(Clone, Debug)]
pub(crate) struct Types<'a> {
    /// All these are only looked up, never gone through: they have no order.
    defs: HashMap<&'a str, &'a TypeDef>,
    /// Newtypes that hold themselves through nothing but options and other newtypes.
    boxed: HashSet<&'a str>,
    /// The targets of aliases: the types at the ends of their chains.
    aliased: HashMap<&'a str, &'a TypeRef>,
    /// The same, where a recursive alias ends a chain too.
    owners: HashMap<&'a str, &'a TypeRef>,
    /// The same for brands: what is at the end of a chain of brands and aliases.
    branded: HashMap<&'a str, &'a TypeRef>,
    /// Newtypes with a meaning.
    known: HashMap<&'a str, Form<'a>>,
    /// Types that are shown as users' own.
    foreign: HashMap<&'a str, &'a Foreign>,
    /// Enums that are taken apart.
    outcomes: HashMap<&'a str, Outcome<'a>>,
    facts: Facts<'a>,
    choices: Choices,
}

impl<'a> Types<'a> {
    /// Looks at all types of `api`.
    pub(crate) fn new(api: &'a Api, choices: Choices) -> Self {
        let defs: BTreeMap<&str, &TypeDef> = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
        let boxed = hold_themselves(&defs);
        let facts = Facts::of(api);
        let known = known_forms(api, &boxed, |name| facts.is_recursive(name));
        let foreign: HashMap<&str, &Foreign> = (api.types.iter())
            .filter_map(|def| Some((def.name.as_str(), def.foreign.get(LANGUAGE)?)))
            .collect();
        let alias = |def: &'a TypeDef| {
            let name = def.name.as_str();
            inner_of(def).filter(|_| !boxed.contains(name) && !known.contains_key(name) && !foreign.contains_key(name))
        };
        let brand = |def: &'a TypeDef| match known.get(def.name.as_str()) {
            Some(Form::Brand(inner)) => Some(*inner),
            _ => alias(def).filter(|_| !facts.is_recursive(&def.name)),
        };
        Self {
            branded: chain_ends(api, brand).into_iter().collect(),
            outcomes: outcomes(api, choices).into_iter().collect(),
            aliased: chain_ends(api, alias).into_iter().collect(),
            owners: chain_ends(api, |def| alias(def).filter(|_| !facts.is_recursive(&def.name)))
                .into_iter()
                .collect(),
            defs: defs.into_iter().collect(),
            boxed: boxed.into_iter().collect(),
            known: known.into_iter().collect(),
            foreign,
            facts,
            choices,
        }
    }

    /// What users have in the place of the type, if that is theirs. All else that is said of the type is of what its functions take
    /// and return.
    pub(crate) fn foreign(&self, name: &str) -> Option<&'a Foreign> {
        self.foreign.get(name).copied()
    }

    /// The outcome that the method's answer is, when it is taken apart.
    pub(crate) fn outcome(&self, method: &Method) -> Option<Outcome<'a>> {
        self.outcomes.get(answer(method)?).copied()
    }

    /// What is at the end of a chain of brands and aliases.
    pub(crate) fn unbranded(&self, name: &str) -> Option<&'a TypeRef> {
        self.branded.get(name).copied()
    }

    /// True for an enum of which a value may be the number of a variant that it does not have.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.defs[name].open
    }

    /// What the type of that name is.
    pub(crate) fn form(&self, name: &str) -> Form<'a> {
        if let Some(form) = self.known.get(name) {
            return *form;
        }
        match &self.defs[name].kind {
            TypeKind::Enum { variants } if is_unit_enum(variants) => Form::Plain(variants),
            TypeKind::Enum { variants } => Form::Union(variants),
            TypeKind::Struct(fields) if fields.fields.is_empty() => Form::Empty,
            TypeKind::Struct(fields) => match fields.newtype() {
                Some(inner) if self.boxed.contains(name) => Form::Boxed(inner),
                Some(inner) => Form::Alias(inner),
                None if fields.style == Style::Tuple => Form::Tuple(fields),
                None => Form::Record(fields),
            },
        }
    }

    /// True when a value of the type can contain another value of it.
    pub(crate) fn is_recursive(&self, name: &str) -> bool {
        self.facts.is_recursive(name)
    }

    /// True when `undefined` is a value of the type.
    pub(crate) fn admits_undefined(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Unit | TypeRef::Option(_) => true,
            TypeRef::Named(name) if self.foreign.contains_key(name.as_str()) => false,
            TypeRef::Named(name) => match self.form(name) {
                Form::Empty => true,
                Form::Alias(_) => self
                    .aliased
                    .get(name.as_str())
                    .is_some_and(|end| self.admits_undefined(end)),
                _ => false,
            },
            _ => false,
        }
    }

    /// What an integer of 64 bits or more is.
    pub(crate) fn wide_integer(&self, ty: &TypeRef) -> Option<WideInteger> {
        self.choices.wide_integer(ty)
    }

    /// The class of a list of these items that is a typed array. The classes for 64-bit integers hold only `bigint`.
    pub(crate) fn typed_array(&self, item: &TypeRef) -> Option<TypedArray> {
        let (class, encode, decode) = match item {
            _ if !self.choices.typed_arrays => return None,
            TypeRef::U64 | TypeRef::Usize | TypeRef::I64 | TypeRef::Isize
                if self.choices.of_64_bits(item) != Int64::BigInt =>
            {
                return None;
            }
            TypeRef::I8 => ("Int8Array", "encodeInt8Array", "decodeInt8Array"),
            TypeRef::U16 => ("Uint16Array", "encodeUint16Array", "decodeUint16Array"),
            TypeRef::I16 => ("Int16Array", "encodeInt16Array", "decodeInt16Array"),
            TypeRef::U32 => ("Uint32Array", "encodeUint32Array", "decodeUint32Array"),
            TypeRef::I32 => ("Int32Array", "encodeInt32Array", "decodeInt32Array"),
            TypeRef::U64 | TypeRef::Usize => ("BigUint64Array", "encodeBigUint64Array", "decodeBigUint64Array"),
            TypeRef::I64 | TypeRef::Isize => ("BigInt64Array", "encodeBigInt64Array", "decodeBigInt64Array"),
            TypeRef::F32 => ("Float32Array", "encodeFloat32Array", "decodeFloat32Array"),
            TypeRef::F64 => ("Float64Array", "encodeFloat64Array", "decodeFloat64Array"),
            _ => return None,
        };
        Some(TypedArray { class, encode, decode })
    }

    /// True for a list of bytes, written and read as `Vec<u8>` is: one is a `Uint8Array` where lists of numbers are typed arrays.
    pub(crate) fn is_bytes(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Bytes => true,
            TypeRef::List(item) => self.choices.typed_arrays && **item == TypeRef::U8,
            _ => false,
        }
    }

    /// True when `===` finds a value of the type again, so that it can be a key of a `Map` or `Set`.
    pub(crate) fn is_key(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Bytes
            | TypeRef::List(_)
            | TypeRef::Set(_)
            | TypeRef::Array { .. }
            | TypeRef::Map { .. }
            | TypeRef::Tuple(_) => false,
            TypeRef::Option(item) => !self.admits_undefined(item) && self.is_key(item),
            TypeRef::Named(name) if self.foreign.contains_key(name.as_str()) => false,
            TypeRef::Named(name) => match self.form(name) {
                Form::Empty | Form::Plain(_) | Form::Text(_) => true,
                Form::Brand(_) => self.unbranded(name).is_some_and(|end| self.is_key(end)),
                Form::Alias(_) => self.aliased.get(name.as_str()).is_some_and(|end| self.is_key(end)),
                _ => false,
            },
            _ => true,
        }
    }

    /// The nominal sizes of values.
    pub(crate) fn sizes(&self) -> &DecodedSizes<'a> {
        self.facts.sizes()
    }

    /// True for a key of a `Map` or `Set` that is a number or bigint of 32 bits or more, or may be one.
    pub(crate) fn is_integer_key(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::U32 | TypeRef::I32 => true,
            TypeRef::Option(item) => self.is_integer_key(item),
            TypeRef::Named(name) => match self.form(name) {
                Form::Brand(_) => self.unbranded(name).is_some_and(|end| self.is_integer_key(end)),
                Form::Alias(_) => self
                    .aliased
                    .get(name.as_str())
                    .is_some_and(|end| self.is_integer_key(end)),
                Form::Plain(_) => self.is_open(name),
                _ => false,
            },
            _ => self.wide_integer(ty).is_some_and(|wide| wide.written != "string"),
        }
    }

    /// The target of an alias that is not recursive: the type at the end of its chain. Any other type is returned unchanged.
    pub(crate) fn owner<'t>(&self, ty: &'t TypeRef) -> &'t TypeRef
    where
        'a: 't,
    {
        match ty {
            TypeRef::Named(name) => self.owners.get(name.as_str()).copied().unwrap_or(ty),
            ty => ty,
        }
    }

    /// True when values of the type take no bytes.
    pub(crate) fn is_zero_sized(&self, ty: &TypeRef) -> bool {
        self.facts.is_zero_sized(ty)
    }

    /// True for an array of items that take no bytes. It costs the peer nothing, so its items are counted.
    pub(crate) fn holds_empty_items(&self, item: &TypeRef, len: u64) -> bool {
        len > 0 && self.is_zero_sized(item)
    }

    /// The type as it is written.
    pub(crate) fn write(&self, ty: &TypeRef, names: &Names) -> Doc {
        if let Some(wide) = self.wide_integer(ty) {
            return wide.written.into();
        }
        match ty {
            TypeRef::Unit => "undefined".into(),
            TypeRef::Bool => "boolean".into(),
            TypeRef::U8
            | TypeRef::U16
            | TypeRef::U32
            | TypeRef::I8
            | TypeRef::I16
            | TypeRef::I32
            | TypeRef::F32
            | TypeRef::F64 => "number".into(),
            TypeRef::Char | TypeRef::String => "string".into(),
            bytes if self.is_bytes(bytes) => "Uint8Array".into(),
            TypeRef::Array { item, .. } if **item == TypeRef::U8 => "Uint8Array".into(),
            TypeRef::Option(item) => union(self.option_members(item, names)),
            TypeRef::U64 | TypeRef::Usize | TypeRef::U128 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128 => {
                unreachable!("are wide integers")
            }
            TypeRef::Bytes => unreachable!("are bytes"),
            TypeRef::List(item) => match self.typed_array(item) {
                Some(typed) => typed.class.into(),
                None => self.write_list(item, names),
            },
            TypeRef::Set(item) if self.is_key(item) => generic("Set", vec![self.write(item, names)]),
            TypeRef::Set(item) => self.write_list(item, names),
            TypeRef::Array { item, len } if is_spelled(item, *len) => {
                tuple((0..*len).map(|_| self.write(item, names)).collect())
            }
            TypeRef::Array { item, .. } => self.write_list(item, names),
            TypeRef::Map { key, value } => {
                let both = vec![self.write(key, names), self.write(value, names)];
                if self.is_key(key) {
                    generic("Map", both)
                } else {
                    concat(["(".into(), tuple(both), ")[]".into()])
                }
            }
            TypeRef::Tuple(items) => tuple(items.iter().map(|item| self.write(item, names)).collect()),
            TypeRef::Named(name) => match &names.of(name).foreign {
                Some(foreign) => Doc::Symbol(foreign.ty.clone()),
                None => Doc::Symbol(names.of(name).name.clone()),
            },
        }
    }

    /// The type where it may be called by an alias, after a colon.
    pub(crate) fn write_after_colon(&self, ty: &TypeRef, alias: Option<&str>, names: &Names) -> Doc {
        match alias {
            Some(alias) => concat([" ".into(), names.alias(alias)]),
            None => after_colon(ty, self.write(ty, names)),
        }
    }

    /// The type as the only one in angle brackets, which indent it enough.
    pub(crate) fn write_alone(&self, ty: &TypeRef, names: &Names) -> Doc {
        match ty {
            TypeRef::Option(item) => {
                let members = join(self.option_members(item, names), &or());
                group([Doc::IfBroken("| "), members])
            }
            ty => self.write(ty, names),
        }
    }

    fn option_members(&self, item: &TypeRef, names: &Names) -> Vec<Doc> {
        let inner = self.write(item, names);
        if !self.admits_undefined(item) {
            return vec![inner, "undefined".into()];
        }
        vec![generic(names.runtime_symbol("Some"), vec![inner]), "undefined".into()]
    }

    fn write_list(&self, item: &TypeRef, names: &Names) -> Doc {
        let inner = self.write(item, names);
        match (item, inner) {
            (TypeRef::Option(_), inner) => {
                group(["(".into(), indent([Doc::SoftLine, inner]), Doc::SoftLine, ")[]".into()])
            }
            (TypeRef::Tuple(_), inner) => concat(["(".into(), inner, ")[]".into()]),
            (TypeRef::Array { item, len }, inner) if **item != TypeRef::U8 && is_spelled(item, *len) => {
                concat(["(".into(), inner, ")[]".into()])
            }
            (_, inner) => concat([inner, "[]".into()]),
        }
    }
}

/// `A | B`, or a member a line.
pub(crate) fn union(members: Vec<Doc>) -> Doc {
    // A union of one is none.
    let first = if members.len() == 1 { "" } else { "| " };
    let members = join(members, &or());
    group([indent([Doc::SoftLine, Doc::IfBroken(first), members])])
}

/// The separator of the members of a union.
fn or() -> Doc {
    concat([Doc::Line, "| ".into()])
}

fn generic(name: impl Into<Doc>, arguments: Vec<Doc>) -> Doc {
    list(concat([name.into(), "<".into()]), arguments, "", ">")
}

fn tuple(items: Vec<Doc>) -> Doc {
    list("readonly [", items, ",", "]")
}

/// A type after a name and its colon.
fn after_colon(ty: &TypeRef, written: Doc) -> Doc {
    match ty {
        TypeRef::Option(_) => spaced(written),
        _ => concat([" ".into(), written]),
    }
}

/// A union after `=` or `:`, preceded by a space or a line break.
pub(crate) fn spaced(value: Doc) -> Doc {
    fn first_line(doc: Doc) -> Doc {
        match doc {
            Doc::SoftLine => Doc::Line,
            Doc::Group(inner) => Doc::Group(Box::new(first_line(*inner))),
            Doc::Indent(levels, inner) => indent_by(levels, first_line(*inner)),
            Doc::Concat(mut parts) => {
                if let Some(first) = parts.first_mut() {
                    *first = first_line(first.clone());
                }
                Doc::Concat(parts)
            }
            other => other,
        }
    }
    first_line(value)
}
