//! From facet's shapes to the bytes that are allowed: what facet-postcard 0.32's deserializer does with each shape.

use std::any::TypeId;
use std::collections::HashMap;

use rapace::facet_core::{Def, Field as FacetField, KnownPointer, ScalarType, Shape, StructKind, Type, UserType};

/// facet-reflect 0.32 fills arrays of at most 63 items. The exporter warns of longer ones: `LONGEST_ARRAY` in its `verdict.rs`.
const LONGEST_ARRAY: usize = 63;

/// Types that refer to each other by their places here.
#[derive(Debug, Default)]
pub(super) struct Types {
    nodes: Vec<Node>,
    places: HashMap<TypeId, usize>,
}

/// A type.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) form: Form,
    /// Whether it is a struct or an enum that its own values can contain. Such values are what depth is counted in.
    pub(super) recursive: bool,
    /// Whether its values have no bytes.
    pub(super) zero_sized: bool,
    /// What a value takes in memory, in bytes, without what it points to.
    pub(super) size: usize,
}

/// What the bytes of a value are.
#[derive(Debug)]
pub(super) enum Form {
    /// So many bytes, whatever they are.
    Plain(usize),
    /// 0 or 1.
    Bool,
    /// A varint of a number of so many bits, zigzag or not.
    Varint(u32),
    /// A number that is not 0.
    NonZero(usize),
    /// A length and one character.
    Char,
    /// A length and UTF-8.
    Text,
    /// 0, or 1 and a value.
    Option(usize),
    /// A count and so many values.
    List(usize),
    /// A count and so many keys and values in turn.
    Map(usize, usize),
    /// So many values.
    Array(usize, usize),
    /// Those of this type: what a pointer points to.
    Same(usize),
    /// Values one after another.
    Fields(Vec<Field>),
    /// The index of a variant and its fields.
    Variants(Vec<Variant>),
    /// Nothing that facet-postcard can read. A service with such arguments compiles all the same.
    Unreadable(String),
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) node: usize,
}

#[derive(Debug)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Field>,
}

impl Types {
    /// The type at a place.
    pub(super) fn node(&self, place: usize) -> &Node {
        &self.nodes[place]
    }

    /// The place of a type, which is added unless it is there.
    pub(super) fn add(&mut self, shape: &'static Shape) -> usize {
        if let Some(&place) = self.places.get(&shape.id.get()) {
            return place;
        }
        // The place is taken before the children are added, because a child may lead back here.
        let place = self.nodes.len();
        self.places.insert(shape.id.get(), place);
        self.nodes.push(Node {
            form: Form::Plain(0),
            recursive: false,
            zero_sized: false,
            // Only what has no size of its own has no layout, and that is never read by itself.
            size: shape.layout.sized_layout().map_or(0, |layout| layout.size()),
        });
        let form = self.form(shape);
        // For now: `finish` knows better.
        self.nodes[place].recursive = is_named(shape, &form);
        self.nodes[place].form = form;
        place
    }

    /// Finds out which types are recursive and which have no bytes, once all are added.
    pub(super) fn finish(&mut self) {
        for place in 0..self.nodes.len() {
            self.nodes[place].recursive &= self.leads_back(place);
        }
        self.places.clear();
        // What consists of types without bytes has none either: until there is no more of that.
        let mut news = true;
        while std::mem::take(&mut news) {
            for place in 0..self.nodes.len() {
                let zero_sized = self.is_zero_sized(place);
                news |= zero_sized != std::mem::replace(&mut self.nodes[place].zero_sized, zero_sized);
            }
        }
    }

    fn leads_back(&self, place: usize) -> bool {
        let mut seen = vec![false; self.nodes.len()];
        let mut ahead = self.children(place);
        while let Some(child) = ahead.pop() {
            if child == place {
                return true;
            }
            if !std::mem::replace(&mut seen[child], true) {
                ahead.extend(self.children(child));
            }
        }
        false
    }

    fn is_zero_sized(&self, place: usize) -> bool {
        match &self.nodes[place].form {
            Form::Plain(size) => *size == 0,
            Form::Array(item, len) => *len == 0 || self.nodes[*item].zero_sized,
            Form::Fields(fields) => fields.iter().all(|field| self.nodes[field.node].zero_sized),
            Form::Same(value) => self.nodes[*value].zero_sized,
            _ => false,
        }
    }

    fn children(&self, place: usize) -> Vec<usize> {
        match &self.nodes[place].form {
            Form::NonZero(item) | Form::Option(item) | Form::List(item) | Form::Array(item, _) | Form::Same(item) => {
                vec![*item]
            }
            Form::Map(key, value) => vec![*key, *value],
            Form::Fields(fields) => fields.iter().map(|field| field.node).collect(),
            Form::Variants(variants) => {
                let fields = variants.iter().flat_map(|variant| &variant.fields);
                fields.map(|field| field.node).collect()
            }
            Form::Plain(_) | Form::Bool | Form::Varint(_) | Form::Char | Form::Text | Form::Unreadable(_) => Vec::new(),
        }
    }

    /// In the order in which the deserializer looks: structs and enums first, then the definition.
    fn form(&mut self, shape: &'static Shape) -> Form {
        match (shape.ty, shape.def) {
            (Type::User(UserType::Struct(def)), _) => {
                // Written as the number inside, and read without a look at it.
                if let ("NonZero", Some(inner)) = (shape.type_identifier, shape.inner) {
                    return Form::NonZero(self.add(inner));
                }
                let is_read = |field: &&FacetField| def.kind == StructKind::Tuple || !field.should_skip_deserializing();
                Form::Fields(self.fields(def.fields.iter().filter(is_read)))
            }
            // An option is an enum, too.
            (_, Def::Option(def)) => Form::Option(self.add(def.t)),
            (Type::User(UserType::Enum(def)), _) => {
                let variants = def.variants.iter().map(|variant| Variant {
                    name: variant.name,
                    fields: self.fields(variant.data.fields.iter()),
                });
                Form::Variants(variants.collect())
            }
            (_, Def::Scalar) => scalar(shape),
            (_, Def::Map(def)) => Form::Map(self.add(def.k), self.add(def.v)),
            (_, Def::List(def)) if shape.type_identifier == "Vec" => Form::List(self.add(def.t)),
            (_, Def::Set(def)) => Form::List(self.add(def.t)),
            (_, Def::Array(def)) if def.n <= LONGEST_ARRAY => Form::Array(self.add(def.t), def.n),
            (_, Def::Pointer(def)) => match (def.known, def.pointee) {
                (Some(KnownPointer::Cow), Some(text)) if text.scalar_type() == Some(ScalarType::Str) => Form::Text,
                (Some(KnownPointer::Box | KnownPointer::Rc | KnownPointer::Arc), Some(pointee)) => {
                    self.pointee(shape, pointee)
                }
                _ => unreadable(shape),
            },
            _ => unreadable(shape),
        }
    }

    /// A value that a pointer owns. Slices are not read: for some pointers they end the process.
    fn pointee(&mut self, pointer: &'static Shape, pointee: &'static Shape) -> Form {
        match (pointee.scalar_type(), pointee.def) {
            (Some(ScalarType::Str), _) => Form::Text,
            (_, Def::Slice(_)) => unreadable(pointer),
            _ => Form::Same(self.add(pointee)),
        }
    }

    /// The places of a tuple's items.
    pub(super) fn items_of(&mut self, tuple: &'static Shape) -> Vec<usize> {
        let place = self.add(tuple);
        match &self.nodes[place].form {
            Form::Fields(fields) => fields.iter().map(|field| field.node).collect(),
            _ => Vec::new(),
        }
    }

    fn fields(&mut self, fields: impl Iterator<Item = &'static FacetField>) -> Vec<Field> {
        let added = fields.map(|field| Field {
            name: field.effective_name(),
            node: self.add(field.shape()),
        });
        added.collect()
    }
}

/// Whether it is a struct or an enum of its own: no tuple, and no pointer.
fn is_named(shape: &Shape, form: &Form) -> bool {
    let tuple = matches!(shape.ty, Type::User(UserType::Struct(def)) if def.kind == StructKind::Tuple);
    matches!(form, Form::Fields(_) | Form::Variants(_)) && !tuple
}

fn scalar(shape: &'static Shape) -> Form {
    match shape.scalar_type() {
        Some(ScalarType::Unit) => Form::Plain(0),
        Some(ScalarType::Bool) => Form::Bool,
        Some(ScalarType::U8 | ScalarType::I8) => Form::Plain(1),
        Some(ScalarType::F32) => Form::Plain(4),
        Some(ScalarType::F64) => Form::Plain(8),
        Some(ScalarType::U16 | ScalarType::I16) => Form::Varint(16),
        Some(ScalarType::U32 | ScalarType::I32) => Form::Varint(32),
        Some(ScalarType::U64 | ScalarType::I64 | ScalarType::USize | ScalarType::ISize) => Form::Varint(64),
        Some(ScalarType::U128 | ScalarType::I128) => Form::Varint(128),
        Some(ScalarType::Char) => Form::Char,
        Some(ScalarType::String | ScalarType::CowStr) => Form::Text,
        _ => unreadable(shape),
    }
}

fn unreadable(shape: &Shape) -> Form {
    Form::Unreadable(shape.to_string())
}
