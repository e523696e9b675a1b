//! Which Go type each type of an API has, and what its codecs need to know of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use rapace_gen_core::plan::{Facts, chain_ends, is_unit_enum};
use rapace_schema::{Api, Fields, TypeDef, TypeKind, TypeRef};

use crate::foreign::shown::presented_as;
use crate::foreign::{foreign, imports, wire_of};
use crate::known::{Presented, is_presented, presented};

/// How a named type looks in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `type Isbn string`: a newtype of something that a defined type does not take methods from.
    Defined,
    /// `type Created = time.Time`: a newtype that Go has a type for.
    Presented,
    /// `type Wrapper struct{ Value T }`: any other newtype.
    Newtype,
    /// `type Book struct{ … }`
    Struct,
    /// `type Currency uint32` and constants: an enum whose variants have no fields.
    UnitEnum,
    /// An interface that is implemented by a struct for each variant.
    Sum,
}

/// What Go can do with the values of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Traits {
    /// Whether `==` compares values of the type in Go.
    comparable: bool,
    /// Whether encoding can fail.
    fallible: bool,
}

/// The types of an API by name.
pub(crate) struct Types<'a> {
    /// Only looked up, as the names and the traits: they have no order.
    defs: HashMap<&'a str, &'a TypeDef>,
    names: HashMap<&'a str, String>,
    facts: &'a Facts<'a>,
    traits: HashMap<&'a str, Traits>,
    /// What is inside the newtypes, at the end of each chain of them.
    innermost: BTreeMap<&'a str, &'a TypeRef>,
    /// The names of the packages that users' types come from, by their paths.
    imports: BTreeMap<&'a str, String>,
}

impl<'a> Types<'a> {
    /// The types of `api`, which have these names in Go.
    pub(crate) fn new(api: &'a Api, names: BTreeMap<&'a str, String>, facts: &'a Facts<'a>) -> Self {
        let defs = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
        let mut types = Self {
            defs,
            names: names.into_iter().collect(),
            facts,
            traits: HashMap::new(),
            imports: imports(api),
            innermost: chain_ends(api, |def| match &def.kind {
                TypeKind::Struct(fields) if is_presented(def).is_none() => fields.newtype(),
                _ => None,
            }),
        };
        types.establish_traits();
        types
    }

    /// The definition of a named type.
    pub(crate) fn def(&self, name: &str) -> &'a TypeDef {
        self.defs[name]
    }

    /// The Go name of a named type.
    pub(crate) fn name(&self, name: &str) -> &str {
        &self.names[name]
    }

    /// The Go name of a named type as a part of other names: with a capital, also where it is private.
    pub(crate) fn word(&self, name: &str) -> String {
        let go = self.name(name);
        match wire_of(name).and(go.split_at_checked(1)) {
            Some((first, rest)) => first.to_uppercase() + rest,
            None => go.to_owned(),
        }
    }

    /// True when a value of the named type can contain another one.
    pub(crate) fn is_recursive(&self, name: &str) -> bool {
        self.facts.is_recursive(name)
    }

    /// True for an enum of which a value may be the index of a variant that it does not have.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.def(name).open
    }

    /// How the named type looks in Go.
    pub(crate) fn form(&self, name: &str) -> Form {
        match &self.def(name).kind {
            TypeKind::Enum { variants } => match is_unit_enum(variants) {
                true => Form::UnitEnum,
                false => Form::Sum,
            },
            TypeKind::Struct(fields) => match fields.newtype() {
                _ if is_presented(self.def(name)).is_some() => Form::Presented,
                None => Form::Struct,
                Some(_) if self.can_be_defined(name) => Form::Defined,
                Some(_) => Form::Newtype,
            },
        }
    }

    /// How a newtype is presented that Go has a type for.
    pub(crate) fn presented(&self, name: &str) -> Option<Presented> {
        let (def, name) = (self.def(name), self.name(name));
        let Some((foreign, wire)) = foreign(def).zip(is_presented(def)) else {
            return presented(def, name, |wire| self.go(wire));
        };
        let package = &self.imports[foreign.import.as_str()];
        let fields = self.fields_on_wire(wire);
        Some(presented_as(foreign, (name, package), wire, fields, |ty| self.go(ty)))
    }

    /// The packages that users' types come from: their paths with the names that they have here.
    pub(crate) fn imports(&self) -> &BTreeMap<&'a str, String> {
        &self.imports
    }

    /// The fields of a private struct that users' functions take and return one by one.
    fn fields_on_wire(&self, wire: &TypeRef) -> Option<&'a Fields> {
        match wire {
            TypeRef::Named(name) if wire_of(name).is_some() => match &self.def(name).kind {
                TypeKind::Struct(fields) => Some(fields),
                TypeKind::Enum { .. } => None,
            },
            _ => None,
        }
    }

    /// True for a newtype that Go can define as what is inside. Of newtypes of newtypes the innermost decides.
    fn can_be_defined(&self, newtype: &str) -> bool {
        self.innermost.get(newtype).is_some_and(|inner| {
            !matches!(
                inner,
                TypeRef::Named(_)
                    | TypeRef::Unit
                    | TypeRef::U128
                    | TypeRef::I128
                    | TypeRef::Option(_)
                    | TypeRef::Tuple(_)
            )
        })
    }

    /// The type's underlying one: itself, unless it is a defined type.
    pub(crate) fn underlying<'b>(&self, ty: &'b TypeRef) -> &'b TypeRef
    where
        'a: 'b,
    {
        match ty {
            TypeRef::Named(name) if self.can_be_defined(name) => self.innermost[name.as_str()],
            ty => ty,
        }
    }

    /// The type as Go writes it.
    pub(crate) fn go(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Unit => "struct{}".into(),
            TypeRef::Bool => "bool".into(),
            TypeRef::U8 => "uint8".into(),
            TypeRef::U16 => "uint16".into(),
            TypeRef::U32 => "uint32".into(),
            TypeRef::U64 | TypeRef::Usize => "uint64".into(),
            TypeRef::U128 => "rapace.Uint128".into(),
            TypeRef::I8 => "int8".into(),
            TypeRef::I16 => "int16".into(),
            TypeRef::I32 => "int32".into(),
            TypeRef::I64 | TypeRef::Isize => "int64".into(),
            TypeRef::I128 => "rapace.Int128".into(),
            TypeRef::F32 => "float32".into(),
            TypeRef::F64 => "float64".into(),
            TypeRef::Char => "rune".into(),
            TypeRef::String => "string".into(),
            TypeRef::Bytes => "[]byte".into(),
            TypeRef::Option(item) if self.is_sum(item) => self.go(item),
            TypeRef::Option(item) if self.is_option_struct(item) => format!("rapace.Option[{}]", self.go(item)),
            TypeRef::Option(item) => format!("*{}", self.go(item)),
            TypeRef::List(item) => format!("[]{}", self.go(item)),
            TypeRef::Set(item) if self.is_comparable(item) => format!("rapace.Set[{}]", self.go(item)),
            TypeRef::Set(item) => format!("[]{}", self.go(item)),
            TypeRef::Map { key, value } if self.is_comparable(key) => {
                format!("map[{}]{}", self.go(key), self.go(value))
            }
            TypeRef::Map { key, value } => format!("[]rapace.Entry[{}, {}]", self.go(key), self.go(value)),
            TypeRef::Array { item, .. } if is_byte(item) => format!("[{}]byte", array_len(ty)),
            // An array of none mentions no named type, which could be the type that has the array.
            TypeRef::Array { len: 0, .. } => "[0]struct{}".into(),
            TypeRef::Array { item, len } => format!("[{len}]{}", self.go(item)),
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.go(item)).collect();
                format!("rapace.Tuple{}[{}]", items.len(), items.join(", "))
            }
            TypeRef::Named(name) => self.name(name).to_owned(),
        }
    }

    /// True for a type that Go writes with a name of the runtime's.
    pub(crate) fn uses_runtime(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::U128 | TypeRef::I128 | TypeRef::Tuple(_) => true,
            TypeRef::Array { len: 0, .. } => false,
            TypeRef::Option(item) if self.is_option_struct(item) => true,
            TypeRef::Set(item) if self.is_comparable(item) => true,
            TypeRef::Map { key, .. } if !self.is_comparable(key) => true,
            ty => ty.children().into_iter().any(|inside| self.uses_runtime(inside)),
        }
    }

    /// True for an enum with data: an interface, whose nil is free to mean that an option is none.
    pub(crate) fn is_sum(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Named(name) if self.form(name) == Form::Sum)
    }

    /// True for an item whose option is an `Option`: another option, a slice or a map, to which Go has no usual pointers.
    pub(crate) fn is_option_struct(&self, item: &TypeRef) -> bool {
        matches!(
            self.underlying(item),
            TypeRef::Option(_) | TypeRef::Bytes | TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. }
        )
    }

    /// True when codecs pass the value by a pointer to it: structs and arrays, which may be large.
    pub(crate) fn by_pointer(&self, ty: &TypeRef) -> bool {
        match self.underlying(ty) {
            TypeRef::Array { .. } | TypeRef::Tuple(_) => true,
            TypeRef::Named(name) => matches!(self.form(name), Form::Struct | Form::Newtype),
            _ => false,
        }
    }

    /// The fewest bytes that a value takes.
    pub(crate) fn min_size(&self, ty: &TypeRef) -> u64 {
        self.facts.min_size(ty)
    }

    /// True for a type whose values take no bytes.
    pub(crate) fn is_void(&self, ty: &TypeRef) -> bool {
        self.facts.is_zero_sized(ty)
    }

    /// True when `==` compares values of the type, so that it can be a key.
    pub(crate) fn is_comparable(&self, ty: &TypeRef) -> bool {
        self.traits(ty).comparable
    }

    /// True when encoding can refuse a value of the type.
    pub(crate) fn is_fallible(&self, ty: &TypeRef) -> bool {
        self.traits(ty).fallible
    }

    /// True for a float, of which not all values are in order.
    pub(crate) fn is_float(&self, ty: &TypeRef) -> bool {
        matches!(self.underlying(ty), TypeRef::F32 | TypeRef::F64)
    }

    /// True when `<` compares values of the type.
    pub(crate) fn is_ordered(&self, ty: &TypeRef) -> bool {
        match self.underlying(ty) {
            TypeRef::Named(name) => self.form(name) == Form::UnitEnum,
            ty => matches!(
                ty,
                TypeRef::U8
                    | TypeRef::U16
                    | TypeRef::U32
                    | TypeRef::U64
                    | TypeRef::Usize
                    | TypeRef::I8
                    | TypeRef::I16
                    | TypeRef::I32
                    | TypeRef::I64
                    | TypeRef::Isize
                    | TypeRef::F32
                    | TypeRef::F64
                    | TypeRef::Char
                    | TypeRef::String
            ),
        }
    }

    /// Dependencies first. Types that mention one another begin with the most hopeful traits, which are taken back: whenever
    /// those of one change, those that mention it are looked at again.
    fn establish_traits(&mut self) {
        let groups: Vec<Vec<&'a TypeDef>> = self.facts.groups().iter().map(<[_]>::to_vec).collect();
        for group in groups {
            let recursive = self.is_recursive(&group[0].name);
            let mut mentioned_by: BTreeMap<&str, Vec<&'a TypeDef>> = BTreeMap::new();
            for def in &group {
                let hopeful = Traits {
                    comparable: true,
                    fallible: recursive,
                };
                self.traits.insert(&def.name, hopeful);
                for ty in def.field_types() {
                    ty.for_each_name(&mut |name| mentioned_by.entry(name).or_default().push(def));
                }
            }
            let mut left: VecDeque<&TypeDef> = group.into_iter().collect();
            let mut waiting: BTreeSet<&str> = left.iter().map(|def| def.name.as_str()).collect();
            while let Some(def) = left.pop_front() {
                waiting.remove(def.name.as_str());
                let traits = self.traits_of_def(def);
                if self.traits.insert(&def.name, traits) == Some(traits) || !recursive {
                    continue;
                }
                for by in mentioned_by.get(def.name.as_str()).into_iter().flatten() {
                    if waiting.insert(&by.name) {
                        left.push_back(by);
                    }
                }
            }
        }
    }

    fn traits_of_def(&self, def: &TypeDef) -> Traits {
        let fields = self.traits_of_all(def.field_types());
        if is_presented(def).is_some() {
            return Traits {
                // Of a user's type nobody knows.
                comparable: foreign(def).is_none(),
                fallible: true,
            };
        }
        let is_closed_enum = matches!(def.kind, TypeKind::Enum { .. }) && !def.open;
        Traits {
            fallible: fields.fallible || is_closed_enum || self.is_recursive(&def.name),
            ..fields
        }
    }

    fn traits_of_all<'b>(&self, types: impl Iterator<Item = &'b TypeRef>) -> Traits {
        let none = Traits {
            comparable: true,
            fallible: false,
        };
        types.fold(none, |all, ty| {
            let one = self.traits(ty);
            Traits {
                comparable: all.comparable && one.comparable,
                fallible: all.fallible || one.fallible,
            }
        })
    }

    fn traits(&self, ty: &TypeRef) -> Traits {
        let traits = |comparable, fallible| Traits { comparable, fallible };
        // The encoder bounds how many items without bytes it writes.
        let counted = |items: Traits, are_void| traits(false, items.fallible || are_void);
        match ty {
            TypeRef::Char | TypeRef::String => traits(true, true),
            TypeRef::Bytes => traits(false, false),
            TypeRef::Option(item) => {
                let item_traits = self.traits(item);
                // A pointer compares by address; an interface by what it holds.
                traits(self.is_sum(item) && item_traits.comparable, item_traits.fallible)
            }
            TypeRef::List(item) | TypeRef::Set(item) => counted(self.traits(item), self.is_void(item)),
            TypeRef::Map { key, value } => counted(
                self.traits_of_all([&**key, &**value].into_iter()),
                self.is_void(key) && self.is_void(value),
            ),
            TypeRef::Array { len: 0, .. } => traits(true, false),
            TypeRef::Array { item, .. } => self.traits(item),
            TypeRef::Tuple(items) => self.traits_of_all(items.iter()),
            TypeRef::Named(name) => self.traits[name.as_str()],
            _ => traits(true, false),
        }
    }
}

/// True for the item of a byte array.
pub(crate) fn is_byte(ty: &TypeRef) -> bool {
    *ty == TypeRef::U8
}

fn array_len(ty: &TypeRef) -> u64 {
    match ty {
        TypeRef::Array { len, .. } => *len,
        _ => 0,
    }
}
