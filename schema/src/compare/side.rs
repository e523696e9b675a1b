//! One of the two descriptions: its types by name, and types flattened into what stands on the wire one after another.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::min_size::MinSizes;
use crate::model::{Api, Fields, Style, TypeDef, TypeKind, TypeRef};
use crate::order::{Groups, groups};

/// A step from a value into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A field of a struct or variant, an item of a tuple, or an argument; a name where it has one.
    Field(usize, Option<String>),
    /// The value of an option.
    Some,
    /// An item of a list, a set or an array.
    Item,
    /// A key of a map.
    Key,
    /// A value of a map.
    Value,
    /// A variant of an enum.
    Variant(usize, String),
}

/// The way as reports show it: `items[].format`.
pub(super) fn shown(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(_, Some(name)) | Step::Variant(_, name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Step::Field(_, None) | Step::Some => {}
            Step::Item => text.push_str("[]"),
            Step::Key => text.push_str("[key]"),
            Step::Value => text.push_str("[value]"),
        }
    }
    text
}

/// A type somewhere in a payload.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub(super) ty: &'a TypeRef,
    /// The type that people wrote, where `ty` is a part of it: the array of an item.
    pub(super) whole: &'a TypeRef,
    /// How many values stand one after another: more than one in an array.
    pub(super) repeat: u64,
    /// The way to it.
    pub(super) steps: Vec<Step>,
    /// What has it: a struct, a variant, the arguments of a method.
    pub(super) owner: Rc<str>,
    /// Where people find it: `Order.qty`.
    pub(super) place: Rc<str>,
}

impl<'a> Item<'a> {
    /// A part of the same place.
    pub(super) fn part(&self, ty: &'a TypeRef, step: Step, repeat: u64) -> Self {
        Self {
            ty,
            whole: self.whole,
            repeat,
            steps: self.steps.iter().cloned().chain([step]).collect(),
            owner: self.owner.clone(),
            place: self.place.clone(),
        }
    }

    /// The item at the start of a payload of its own, for what is compared apart.
    pub(super) fn alone(&self, ty: &'a TypeRef, step: Step) -> Self {
        Self {
            steps: vec![step],
            whole: ty,
            ..self.part(ty, Step::Item, 1)
        }
    }

    /// The names on the way, without positions.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.steps.iter().map(|step| match step {
            Step::Field(_, name) => name.as_deref(),
            _ => None,
        });
        names.flatten().collect()
    }
}

/// An API with what a comparison asks of it.
pub(super) struct Side<'a> {
    pub(super) api: &'a Api,
    types: BTreeMap<&'a str, &'a TypeDef>,
    pub(super) sizes: MinSizes<'a>,
    /// The types, each after those that it mentions.
    pub(super) groups: Groups<'a>,
    /// True when structs are so deep inside each other that a value needs more stack than there may be.
    pub(super) is_deep: bool,
    /// True when equal values have equal bytes: there are no sets and maps.
    pub(super) is_ordered: bool,
}

/// How many structs, tuples and arrays may be directly inside each other where values are tried.
const MOST_DIRECT: usize = 200;

impl<'a> Side<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        let groups = groups(api);
        Self {
            api,
            types: api.types.iter().map(|def| (def.name.as_str(), def)).collect(),
            sizes: MinSizes::of(&groups),
            is_deep: greatest_depth(&groups) > MOST_DIRECT,
            is_ordered: is_ordered(api),
            groups,
        }
    }

    pub(super) fn definition(&self, name: &str) -> Option<&'a TypeDef> {
        self.types.get(name).copied()
    }

    /// The definition of an enum.
    pub(super) fn enumeration(&self, ty: &TypeRef) -> Option<&'a TypeDef> {
        let TypeRef::Named(name) = ty else { return None };
        self.definition(name)
            .filter(|def| matches!(def.kind, TypeKind::Enum { .. }))
    }

    /// The definition of a struct.
    pub(super) fn structure(&self, ty: &TypeRef) -> Option<(&'a TypeDef, &'a Fields)> {
        let TypeRef::Named(name) = ty else { return None };
        match self.definition(name).map(|def| (def, &def.kind)) {
            Some((def, TypeKind::Struct(fields))) => Some((def, fields)),
            _ => None,
        }
    }

    /// What the values of an item consist of, where that is values one after another; `None` for everything else.
    pub(super) fn parts(&self, item: &Item<'a>) -> Option<Vec<Item<'a>>> {
        match item.ty {
            ty if self.sizes.is_zero_sized(ty) => Some(Vec::new()),
            TypeRef::Tuple(types) => {
                let parts = types.iter().enumerate();
                Some(parts.map(|(i, ty)| item.part(ty, Step::Field(i, None), 1)).collect())
            }
            TypeRef::Array { item: inner, len } => Some(vec![item.part(inner, Step::Item, *len)]),
            ty => {
                let (def, fields) = self.structure(ty)?;
                if let Some(inner) = fields.newtype() {
                    return Some(vec![item.part(inner, Step::Field(0, None), 1)]);
                }
                Some(self.fields(fields, &def.name, &item.steps))
            }
        }
    }

    /// The fields of a struct or variant of this name.
    pub(super) fn fields(&self, fields: &'a Fields, owner: &str, steps: &[Step]) -> Vec<Item<'a>> {
        let named = fields.style == Style::Struct;
        let owned: Rc<str> = owner.into();
        let all = fields.fields.iter().enumerate().map(|(index, field)| Item {
            ty: &field.ty,
            whole: &field.ty,
            repeat: 1,
            steps: (steps.iter().cloned())
                .chain([Step::Field(index, named.then(|| field.name.clone()))])
                .collect(),
            owner: Rc::clone(&owned),
            place: format!("{owner}.{}", field.name).into(),
        });
        all.collect()
    }

    /// The variants of a type that is a number and then what the number stands for: `bool`, options, enums.
    pub(super) fn cases(&self, item: &Item<'a>) -> Option<Vec<Case<'a>>> {
        let empty = |name| Case {
            name,
            items: Vec::new(),
            step: Step::Some,
        };
        match item.ty {
            TypeRef::Bool => Some(vec![empty(None), empty(None)]),
            TypeRef::Option(inner) => Some(vec![
                empty(None),
                Case {
                    items: vec![item.alone(inner, Step::Some)],
                    ..empty(None)
                },
            ]),
            ty => self.enumeration(ty).map(|def| self.variants(def)),
        }
    }

    /// The variants of an enum.
    pub(super) fn variants(&self, def: &'a TypeDef) -> Vec<Case<'a>> {
        let TypeKind::Enum { variants } = &def.kind else {
            return Vec::new();
        };
        let cases = variants.iter().enumerate().map(|(index, variant)| {
            let step = Step::Variant(index, variant.name.clone());
            let owner = format!("{}::{}", def.name, variant.name);
            Case {
                name: Some(&variant.name),
                items: self.fields(&variant.fields, &owner, std::slice::from_ref(&step)),
                step,
            }
        });
        cases.collect()
    }

    /// Whether a list of this item has the bytes of `Vec<u8>`.
    pub(super) fn is_byte(&self, ty: &TypeRef) -> bool {
        let mut ty = ty;
        // Newtypes end: a struct that is nothing but itself has no values.
        loop {
            match (ty, self.structure(ty)) {
                (TypeRef::U8, _) => return true,
                (_, Some((_, fields))) if fields.fields.len() == 1 => ty = &fields.fields[0].ty,
                _ => return false,
            }
        }
    }
}

fn is_ordered(api: &Api) -> bool {
    fn ordered(ty: &TypeRef) -> bool {
        !matches!(ty, TypeRef::Set(_) | TypeRef::Map { .. }) && ty.children().into_iter().all(ordered)
    }
    let methods = api.services.iter().flat_map(|service| &service.methods);
    let mut carried = methods.flat_map(|method| {
        let arguments = method.arguments.iter().map(|argument| &argument.ty);
        arguments.chain([&method.response])
    });
    carried.all(ordered) && api.types.iter().flat_map(TypeDef::field_types).all(ordered)
}

/// How many structs, tuples and arrays are inside each other at most, without a list or an option between them.
fn greatest_depth(groups: &Groups<'_>) -> usize {
    fn depth(ty: &TypeRef, named: &BTreeMap<&str, usize>) -> usize {
        match ty {
            TypeRef::Tuple(types) => types.iter().map(|ty| depth(ty, named) + 1).max().unwrap_or(0),
            TypeRef::Array { item, .. } => depth(item, named) + 1,
            TypeRef::Named(name) => named.get(name.as_str()).copied().unwrap_or(0),
            _ => 0,
        }
    }
    let mut depths = BTreeMap::new();
    for def in groups.iter().flatten() {
        let inside = def.field_types().map(|ty| depth(ty, &depths)).max().unwrap_or(0);
        depths.insert(def.name.as_str(), inside + 1);
    }
    depths.into_values().max().unwrap_or(0)
}

/// One of the values that a number stands for.
pub(super) struct Case<'a> {
    /// The variant's name, in an enum.
    pub(super) name: Option<&'a str>,
    /// What follows the number.
    pub(super) items: Vec<Item<'a>>,
    /// The step into it.
    pub(super) step: Step,
}
