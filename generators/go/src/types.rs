//! What Go types stand for Rust's, and what their codecs need to know of them.

use std::collections::BTreeMap;

use rapace_schema::{Api, Fields, Groups, Style, TypeDef, TypeKind, TypeRef, groups};

/// How a named type looks in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `type Isbn string`: a newtype of something that a defined type does not take methods from.
    Defined,
    /// `type Wrapper struct{ Value T }`: any other newtype.
    Newtype,
    /// `type Book struct{ … }`
    Struct,
    /// `type Currency uint32` and constants: an enum whose variants have no fields.
    UnitEnum,
    /// An interface that is implemented by a struct for each variant.
    Sum,
}

/// What a codec needs to know of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    /// The fewest bytes that a value takes. Types of 0 take none at all and have no codec.
    min_size: u64,
    /// Whether `==` compares values of the type in Go.
    comparable: bool,
    /// Whether encoding can fail.
    fallible: bool,
}

/// The types of an API by name.
pub(crate) struct Types<'a> {
    defs: BTreeMap<&'a str, &'a TypeDef>,
    names: BTreeMap<&'a str, String>,
    facts: BTreeMap<&'a str, Facts>,
    groups: Groups<'a>,
}

impl<'a> Types<'a> {
    /// The types of `api`, which have these names in Go.
    pub(crate) fn new(api: &'a Api, names: BTreeMap<&'a str, String>) -> Self {
        let defs = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
        let mut types = Self {
            defs,
            names,
            facts: BTreeMap::new(),
            groups: groups(api),
        };
        types.establish_facts();
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

    /// True when a value of the named type can contain another one.
    pub(crate) fn is_recursive(&self, name: &str) -> bool {
        self.groups.is_recursive(name)
    }

    /// How the named type looks in Go.
    pub(crate) fn form(&self, name: &str) -> Form {
        match &self.def(name).kind {
            TypeKind::Enum { variants } => match variants.iter().all(|variant| variant.fields.fields.is_empty()) {
                true => Form::UnitEnum,
                false => Form::Sum,
            },
            TypeKind::Struct(fields) => match fields.newtype() {
                None => Form::Struct,
                Some(inner) if self.can_be_defined(inner) => Form::Defined,
                Some(_) => Form::Newtype,
            },
        }
    }

    fn can_be_defined(&self, mut ty: &'a TypeRef) -> bool {
        // Newtypes of newtypes: the innermost decides.
        while let TypeRef::Named(name) = ty {
            match &self.def(name).kind {
                TypeKind::Struct(Fields {
                    style: Style::Tuple,
                    fields,
                }) if fields.len() == 1 => ty = &fields[0].ty,
                _ => return false,
            }
        }
        !matches!(
            ty,
            TypeRef::Unit | TypeRef::U128 | TypeRef::I128 | TypeRef::Option(_) | TypeRef::Tuple(_)
        )
    }

    /// The type's underlying one: itself, unless it is a defined type.
    pub(crate) fn underlying<'b>(&'b self, mut ty: &'b TypeRef) -> &'b TypeRef {
        while let TypeRef::Named(name) = ty {
            match &self.def(name).kind {
                TypeKind::Struct(fields) if self.form(name) == Form::Defined => ty = &fields.fields[0].ty,
                _ => break,
            }
        }
        ty
    }

    /// The type as Go writes it.
    pub(crate) fn go(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Unit => "struct{}".into(),
            TypeRef::Bool => "bool".into(),
            TypeRef::U8 => "uint8".into(),
            TypeRef::U16 => "uint16".into(),
            TypeRef::U32 => "uint32".into(),
            TypeRef::U64 => "uint64".into(),
            TypeRef::U128 => "rapace.Uint128".into(),
            TypeRef::I8 => "int8".into(),
            TypeRef::I16 => "int16".into(),
            TypeRef::I32 => "int32".into(),
            TypeRef::I64 => "int64".into(),
            TypeRef::I128 => "rapace.Int128".into(),
            TypeRef::F32 => "float32".into(),
            TypeRef::F64 => "float64".into(),
            TypeRef::Char => "rune".into(),
            TypeRef::String => "string".into(),
            TypeRef::Bytes => "[]byte".into(),
            TypeRef::Option(item) if self.is_sum(item) => self.go(item),
            TypeRef::Option(item) => format!("*{}", self.go(item)),
            TypeRef::List(item) => format!("[]{}", self.go(item)),
            TypeRef::Set(item) if self.is_comparable(item) => format!("rapace.Set[{}]", self.go(item)),
            TypeRef::Set(item) => format!("[]{}", self.go(item)),
            TypeRef::Map { key, value } if self.is_comparable(key) => {
                format!("map[{}]{}", self.go(key), self.go(value))
            }
            TypeRef::Map { key, value } => format!("[]rapace.Entry[{}, {}]", self.go(key), self.go(value)),
            TypeRef::Array { item, .. } if is_byte(item) => format!("[{}]byte", array_len(ty)),
            // An array of none mentions no named type, which could be the one that it stands in.
            TypeRef::Array { len: 0, .. } => "[0]struct{}".into(),
            TypeRef::Array { item, len } => format!("[{len}]{}", self.go(item)),
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.go(item)).collect();
                format!("rapace.Tuple{}[{}]", items.len(), items.join(", "))
            }
            TypeRef::Named(name) => self.name(name).to_owned(),
        }
    }

    /// True for an enum with data: an interface, whose nil is free to mean that an option is none.
    pub(crate) fn is_sum(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Named(name) if self.form(name) == Form::Sum)
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
        self.facts(ty).min_size
    }

    /// True for a type whose values take no bytes.
    pub(crate) fn is_void(&self, ty: &TypeRef) -> bool {
        self.min_size(ty) == 0
    }

    /// True when `==` compares values of the type, so that it can be a key.
    pub(crate) fn is_comparable(&self, ty: &TypeRef) -> bool {
        self.facts(ty).comparable
    }

    /// True when encoding can refuse a value of the type.
    pub(crate) fn is_fallible(&self, ty: &TypeRef) -> bool {
        self.facts(ty).fallible
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
                    | TypeRef::I8
                    | TypeRef::I16
                    | TypeRef::I32
                    | TypeRef::I64
                    | TypeRef::F32
                    | TypeRef::F64
                    | TypeRef::Char
                    | TypeRef::String
            ),
        }
    }

    /// Dependencies first. Types that mention one another begin with the most hopeful facts, which are taken back until
    /// nothing changes.
    fn establish_facts(&mut self) {
        let groups: Vec<Vec<&'a TypeDef>> = self.groups.iter().map(<[_]>::to_vec).collect();
        for group in groups {
            for def in &group {
                let recursive = self.is_recursive(&def.name);
                let hopeful = Facts {
                    min_size: if recursive { u64::MAX } else { 0 },
                    comparable: true,
                    fallible: recursive,
                };
                self.facts.insert(&def.name, hopeful);
            }
            loop {
                let mut changed = false;
                for def in &group {
                    let facts = self.facts_of_def(def);
                    changed |= self.facts.insert(&def.name, facts) != Some(facts);
                }
                if !changed || !self.is_recursive(&group[0].name) {
                    break;
                }
            }
        }
    }

    fn facts_of_def(&self, def: &TypeDef) -> Facts {
        let recursive = self.is_recursive(&def.name);
        let mut facts = match &def.kind {
            TypeKind::Struct(fields) => self.facts_of_all(fields.fields.iter().map(|field| &field.ty)),
            TypeKind::Enum { variants } => {
                let variants = variants.iter().map(|variant| {
                    let fields = self.facts_of_all(variant.fields.fields.iter().map(|field| &field.ty));
                    (fields.min_size, fields.comparable)
                });
                let (min_size, comparable) = variants.fold((u64::MAX, true), |(a, b), (size, comparable)| {
                    (a.min(size), b && comparable)
                });
                Facts {
                    min_size: min_size.saturating_add(1),
                    comparable,
                    fallible: true,
                }
            }
        };
        facts.fallible |= recursive;
        facts
    }

    fn facts_of_all<'b>(&self, types: impl Iterator<Item = &'b TypeRef>) -> Facts {
        let none = Facts {
            min_size: 0,
            comparable: true,
            fallible: false,
        };
        types.fold(none, |all, ty| {
            let one = self.facts(ty);
            Facts {
                min_size: all.min_size.saturating_add(one.min_size),
                comparable: all.comparable && one.comparable,
                fallible: all.fallible || one.fallible,
            }
        })
    }

    fn facts(&self, ty: &TypeRef) -> Facts {
        let scalar = |min_size, fallible| Facts {
            min_size,
            comparable: true,
            fallible,
        };
        let counted = |items: Facts, comparable| Facts {
            min_size: 1,
            comparable,
            fallible: items.fallible || items.min_size == 0,
        };
        match ty {
            TypeRef::Unit => scalar(0, false),
            TypeRef::F32 => scalar(4, false),
            TypeRef::F64 => scalar(8, false),
            TypeRef::Char => scalar(2, true),
            TypeRef::String => scalar(1, true),
            TypeRef::Bytes => Facts {
                comparable: false,
                ..scalar(1, false)
            },
            TypeRef::Option(item) => {
                let item_facts = self.facts(item);
                Facts {
                    min_size: 1,
                    // A pointer compares by address; an interface by what it holds.
                    comparable: self.is_sum(item) && item_facts.comparable,
                    fallible: item_facts.fallible,
                }
            }
            TypeRef::List(item) | TypeRef::Set(item) => counted(self.facts(item), false),
            TypeRef::Map { key, value } => counted(self.facts_of_all([&**key, &**value].into_iter()), false),
            TypeRef::Array { len: 0, .. } => scalar(0, false),
            TypeRef::Array { item, len } => {
                let item = self.facts(item);
                Facts {
                    min_size: item.min_size.saturating_mul(*len),
                    ..item
                }
            }
            TypeRef::Tuple(items) => self.facts_of_all(items.iter()),
            TypeRef::Named(name) => self.facts[name.as_str()],
            TypeRef::Bool
            | TypeRef::U8
            | TypeRef::U16
            | TypeRef::U32
            | TypeRef::U64
            | TypeRef::U128
            | TypeRef::I8
            | TypeRef::I16
            | TypeRef::I32
            | TypeRef::I64
            | TypeRef::I128 => scalar(1, false),
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
