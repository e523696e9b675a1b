//! Decisions about types: which are hashable, which take no bytes, and what represents them in Python.

use std::collections::{BTreeSet, HashMap, HashSet};

use rapace_gen_core::plan::{Facts, is_spelled, is_unit_enum};
use rapace_schema::{Api, DecodedSizes, Fields, Foreign, Known, Method, TypeDef, TypeKind, TypeRef};

use crate::imports::Imports;
use crate::names::Names;
use crate::reserved::ANNOTATION_BUILTINS;

/// What an [`Api`] says about its types, prepared for questions.
pub struct Types<'a> {
    /// Only looked up, as the names below: they have no order.
    defs: HashMap<&'a str, &'a TypeDef>,
    facts: Facts<'a>,
    hashable: HashSet<&'a str>,
    all_frozen: bool,
    names: &'a Names,
    /// The most that one byte of an answer can be charged.
    pub weight: u64,
    /// The most that one byte of a request can be charged.
    pub request_weight: u64,
}

/// What a named type becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// A dataclass.
    Record(&'a Fields),
    /// A `NewType` over the Python type of what is inside.
    NewType(&'a TypeRef),
    /// A `NewType` over Python's own type for what is inside.
    Known(Known, &'a TypeRef),
    /// An `enum.Enum`; where it is open, a value may also be an `int`.
    Enum,
    /// A union of dataclasses.
    Union,
}

/// A type as it is used in one place: the form of collections depends on whether a value has to be hashable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The type. A map that has to be hashable is a set of pairs here, which is the same on the wire.
    pub ty: TypeRef,
    /// True inside keys of maps and items of sets: lists are tuples there, sets are frozen.
    pub hashable: bool,
}

/// Where an annotation is written.
#[derive(Clone)]
pub struct Place<'i> {
    /// Builtins whose names mean something else there.
    hidden: BTreeSet<&'static str>,
    /// How generated types are named there.
    classes: Classes<'i>,
    /// What the module imports.
    pub imports: &'i Imports<'i>,
}

/// How a module names the classes of the package.
#[derive(Clone, Copy)]
pub enum Classes<'i> {
    /// `Book`, which the module itself defines.
    Defined,
    /// `Book`, which the module imports.
    Imported,
    /// `types.Book`.
    Qualified,
    /// `bookshop.Book`, in a program of the user's.
    Packaged(&'i str),
}

impl<'i> Place<'i> {
    /// A place outside classes.
    pub fn new(imports: &'i Imports<'i>, classes: Classes<'i>) -> Self {
        Self {
            hidden: BTreeSet::new(),
            classes,
            imports,
        }
    }

    /// The body of a class with these members.
    pub fn class_with(members: &[String], imports: &'i Imports<'i>, classes: Classes<'i>) -> Self {
        let hidden = ANNOTATION_BUILTINS
            .into_iter()
            .filter(|name| members.iter().any(|member| member == name));
        Self {
            hidden: hidden.collect(),
            classes,
            imports,
        }
    }

    /// The builtin of this name.
    pub fn builtin(&self, name: &'static str) -> String {
        debug_assert!(ANNOTATION_BUILTINS.contains(&name));
        match self.hidden.contains(name) {
            true => self.imports.library("builtins", name),
            false => name.to_owned(),
        }
    }

    /// A name that the runtime has for users.
    pub fn public(&self, name: &str) -> String {
        match self.classes {
            Classes::Packaged(package) => format!("{package}.rapace.{name}"),
            _ => self.imports.public(name),
        }
    }

    /// A function of the package.
    pub fn function(&self, name: &str) -> Option<String> {
        match self.classes {
            Classes::Packaged(package) => Some(format!("{package}.{name}")),
            _ => None,
        }
    }

    /// How a class of the package is named there.
    pub fn class(&self, name: &str) -> String {
        match self.classes {
            Classes::Defined => name.to_owned(),
            Classes::Imported => self.imports.class(name),
            Classes::Qualified => self.imports.own("types", name),
            Classes::Packaged(package) => format!("{package}.{name}"),
        }
    }
}

impl<'a> Types<'a> {
    /// Prepares the types of `api`, whose dataclasses are all frozen if that is asked for.
    pub fn new(api: &'a Api, names: &'a Names, all_frozen: bool) -> Self {
        let defs = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
        let hashable = hashable(api, &defs);
        let facts = Facts::of(api);
        Self {
            weight: weight(api, facts.sizes(), |method| vec![&method.response]),
            request_weight: weight(api, facts.sizes(), |method| {
                method.arguments.iter().map(|argument| &argument.ty).collect()
            }),
            facts,
            defs,
            hashable,
            all_frozen,
            names,
        }
    }

    /// What decoded values are charged.
    pub fn sizes(&self) -> &DecodedSizes<'a> {
        self.facts.sizes()
    }

    /// The types, each after those that it mentions where there is such an order.
    pub fn in_order(&self) -> impl Iterator<Item = &'a TypeDef> {
        self.facts.groups().iter().flatten().copied()
    }

    /// True when a value of the type can contain another one of it.
    pub fn is_recursive(&self, name: &str) -> bool {
        self.facts.is_recursive(name)
    }

    /// True when values of the type are keys of maps or items of sets somewhere, themselves or inside others.
    pub fn is_hashable(&self, name: &str) -> bool {
        self.hashable.contains(name)
    }

    /// True for keys of which a peer can choose as many as it likes with one hash value in Python: what holds more than 64
    /// bits of numbers. Hashes of texts are not foreseen.
    pub fn may_collide(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Unit
            | TypeRef::Bool
            | TypeRef::U8
            | TypeRef::U16
            | TypeRef::U32
            | TypeRef::U64
            | TypeRef::Usize => false,
            TypeRef::I8 | TypeRef::I16 | TypeRef::I32 | TypeRef::I64 | TypeRef::Isize => false,
            TypeRef::Char | TypeRef::String | TypeRef::Bytes => false,
            TypeRef::Array { item, .. } if **item == TypeRef::U8 => false,
            TypeRef::Named(name) if self.foreign(name).is_some() => true,
            TypeRef::Named(name) => match self.form(self.def(name)) {
                Form::NewType(inner) => self.may_collide(inner),
                Form::Enum => false,
                Form::Known(..) | Form::Record(_) | Form::Union => true,
            },
            _ => true,
        }
    }

    /// True when objects of the type cannot be changed.
    pub fn is_frozen(&self, name: &str) -> bool {
        self.all_frozen || self.is_hashable(name)
    }

    /// What the named type becomes.
    pub fn form(&self, def: &'a TypeDef) -> Form<'a> {
        match &def.kind {
            TypeKind::Struct(fields) => match fields.newtype() {
                // A `NewType` prints as what is inside, so a sensitive one cannot be one.
                Some(inner) if known(def).is_some() && !fields.fields.iter().any(|field| field.sensitive) => {
                    Form::Known(known(def).unwrap_or(Known::Brand), inner)
                }
                Some(inner)
                    if self.is_class(inner)
                        && !self.is_recursive(&def.name)
                        && !fields.fields.iter().any(|field| field.sensitive) =>
                {
                    Form::NewType(inner)
                }
                _ => Form::Record(fields),
            },
            TypeKind::Enum { variants } => {
                if is_unit_enum(variants) {
                    Form::Enum
                } else {
                    Form::Union
                }
            }
        }
    }

    /// True for an enum of which a value may be the index of a variant that it does not have.
    pub fn is_open(&self, name: &str) -> bool {
        self.def(name).open
    }

    /// What users have in the place of the named type, if that is a type of theirs.
    pub fn foreign(&self, name: &str) -> Option<&'a Foreign> {
        self.def(name).foreign.get("python")
    }

    /// True for a type whose values users have in another form than the wire.
    pub fn is_adapted(&self, name: &str) -> bool {
        self.foreign(name).is_some() || matches!(self.form(self.def(name)), Form::Known(..))
    }

    /// The use of `ty` in a place that needs hashable values or does not.
    pub fn used(&self, ty: &TypeRef, hashable: bool) -> Use {
        let ty = match ty {
            TypeRef::Array { item, .. } if **item == TypeRef::U8 => ty.clone(),
            // Few items are spelled out, so that a type checker can count them. What has no bytes the runtime counts.
            TypeRef::Array { item, len } if is_spelled(item, *len) && !self.is_zero_sized(item) => {
                TypeRef::Tuple((0..*len).map(|_| (**item).clone()).collect())
            }
            TypeRef::Map { key, value } if hashable => {
                TypeRef::Set(Box::new(TypeRef::Tuple(vec![(**key).clone(), (**value).clone()])))
            }
            _ => ty.clone(),
        };
        Use { ty, hashable }
    }

    /// The type as a field of `owner` has it.
    pub fn field(&self, owner: &str, ty: &TypeRef) -> Use {
        self.used(ty, self.is_hashable(owner))
    }

    /// True when values of the type take no bytes.
    pub fn is_zero_sized(&self, ty: &TypeRef) -> bool {
        self.facts.is_zero_sized(ty)
    }

    /// True when a value of the type can contain one of a recursive type.
    pub fn nests(&self, ty: &TypeRef) -> bool {
        self.facts.can_nest(ty)
    }

    /// True when `None` is a value of the type in Python, so that an option of it needs `Some`.
    pub fn includes_none(ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Unit | TypeRef::Option(_))
    }

    /// The annotation for a type, as it is written at `place`.
    pub fn annotation(&self, used: &Use, place: &Place<'_>) -> String {
        let builtin = |name| place.builtin(name);
        let inside = |ty: &TypeRef| self.annotation(&self.used(ty, used.hashable), place);
        match &used.ty {
            TypeRef::Unit => "None".into(),
            TypeRef::Bool => builtin("bool"),
            ty if is_integer(ty) => builtin("int"),
            TypeRef::F32 | TypeRef::F64 => builtin("float"),
            TypeRef::Char | TypeRef::String => builtin("str"),
            TypeRef::Option(inner) if Self::includes_none(inner) => {
                format!("{}[{}] | None", place.imports.public("Some"), inside(inner))
            }
            TypeRef::Option(inner) => format!("{} | None", inside(inner)),
            TypeRef::List(item) if used.hashable => format!("{}[{}, ...]", builtin("tuple"), inside(item)),
            TypeRef::List(item) => format!("{}[{}]", builtin("list"), inside(item)),
            TypeRef::Set(item) => {
                let set = builtin(if used.hashable { "frozenset" } else { "set" });
                format!("{set}[{}]", self.annotation(&self.used(item, true), place))
            }
            TypeRef::Map { key, value } => {
                let key = self.annotation(&self.used(key, true), place);
                format!("{}[{key}, {}]", builtin("dict"), inside(value))
            }
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(inside).collect();
                let items = if items.is_empty() {
                    "()".into()
                } else {
                    items.join(", ")
                };
                format!("{}[{items}]", builtin("tuple"))
            }
            TypeRef::Array { item, .. } if **item != TypeRef::U8 => {
                format!("{}[{}, ...]", builtin("tuple"), inside(item))
            }
            TypeRef::Named(name) => match self.foreign(name) {
                Some(foreign) => place.imports.foreign(&foreign.import, &foreign.ty),
                None if self.is_open(name) => {
                    format!("{} | {}", place.class(&self.names.of(name).class), builtin("int"))
                }
                None => place.class(&self.names.of(name).class),
            },
            // Bytes, of any or of a fixed length; integers are gone by now.
            _ => builtin("bytes"),
        }
    }

    /// The definition of a named type.
    pub fn def(&self, name: &str) -> &'a TypeDef {
        self.defs
            .get(name)
            .unwrap_or_else(|| panic!("no type {name}: the API was not validated"))
    }

    /// True when the type is a class in Python, alone or with arguments. Only a class can be inside a `NewType`.
    fn is_class(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Unit | TypeRef::Option(_) => false,
            TypeRef::Named(name) => match &self.def(name).kind {
                TypeKind::Enum { variants } => is_unit_enum(variants) && !self.is_open(name),
                TypeKind::Struct(_) => true,
            },
            _ => true,
        }
    }
}

/// True for the integers, all of which are `int`.
pub fn is_integer(ty: &TypeRef) -> bool {
    use TypeRef::{I8, I16, I32, I64, I128, Isize, U8, U16, U32, U64, U128, Usize};
    matches!(
        ty,
        U8 | U16 | U32 | U64 | Usize | U128 | I8 | I16 | I32 | I64 | Isize | I128
    )
}

/// The named types inside keys of maps and items of sets, at any depth.
fn hashable<'a>(api: &'a Api, defs: &HashMap<&'a str, &'a TypeDef>) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut queue = Vec::new();
    let arguments = api.services.iter().flat_map(|service| &service.methods);
    let arguments = arguments.flat_map(|method| {
        let arguments = method.arguments.iter().map(|argument| &argument.ty);
        arguments.chain(std::iter::once(&method.response))
    });
    for ty in api.types.iter().flat_map(TypeDef::field_types).chain(arguments) {
        keys(ty, &mut queue);
    }
    for def in api.types.iter().filter(|def| def.hashable) {
        if let TypeKind::Struct(fields) = &def.kind
            && fields.newtype().is_some_and(|inner| is_always_hashable(inner, defs))
        {
            found.insert(def.name.as_str());
        }
    }
    while let Some(ty) = queue.pop() {
        ty.for_each_name(&mut |name| {
            if found.insert(name)
                && let Some(def) = defs.get(name)
            {
                queue.extend(def.field_types());
            }
        });
    }
    found
}

/// True for a type whose values can be hashed in Python wherever they are.
fn is_always_hashable(ty: &TypeRef, defs: &HashMap<&str, &TypeDef>) -> bool {
    match ty {
        TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. } => false,
        TypeRef::Named(name) => defs.get(name.as_str()).is_some_and(|def| match &def.kind {
            TypeKind::Enum { variants } => is_unit_enum(variants),
            TypeKind::Struct(fields) => {
                def.hashable && fields.newtype().is_some_and(|inner| is_always_hashable(inner, defs))
            }
        }),
        ty => ty.children().into_iter().all(|child| is_always_hashable(child, defs)),
    }
}

/// What a newtype is in Python, when that is another type than that of what is inside.
fn known(def: &TypeDef) -> Option<Known> {
    def.known.filter(|known| *known != Known::Brand)
}

fn keys<'a>(ty: &'a TypeRef, found: &mut Vec<&'a TypeRef>) {
    match ty {
        TypeRef::Set(item) => found.push(item),
        TypeRef::Map { key, .. } => found.push(key),
        _ => {}
    }
    for child in ty.children() {
        keys(child, found);
    }
}

/// The most that one byte of a payload can be charged, if it has values of these types of each method. Each item of a collection has a byte that is in no other item, and
/// each circle of recursive types has one that is in no other value.
fn weight(api: &Api, sizes: &DecodedSizes<'_>, carried: fn(&Method) -> Vec<&TypeRef>) -> u64 {
    let methods = api.services.iter().flat_map(|service| &service.methods);
    let mut pending: Vec<&TypeRef> = methods.flat_map(carried).collect();
    pending.extend(api.types.iter().flat_map(TypeDef::field_types));
    let mut item_weight = 0;
    while let Some(ty) = pending.pop() {
        let charged = match ty {
            TypeRef::List(item) | TypeRef::Set(item) => sizes.item(item),
            // An entry that has to be hashable is a tuple.
            TypeRef::Map { key, value } => sizes.item(&TypeRef::Tuple(vec![(**key).clone(), (**value).clone()])),
            _ => 0,
        };
        item_weight = charged.max(item_weight);
        match ty {
            TypeRef::Option(item) | TypeRef::List(item) | TypeRef::Set(item) | TypeRef::Array { item, .. } => {
                pending.push(item);
            }
            TypeRef::Map { key, value } => pending.extend([&**key, &**value]),
            TypeRef::Tuple(items) => pending.extend(items),
            _ => {}
        }
    }
    let bodies = api.types.iter().map(|def| sizes.body(&def.name));
    bodies.fold(item_weight, u64::saturating_add)
}
