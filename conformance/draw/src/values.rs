use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rapace_schema::{Api, Fields, Style, TypeDef, TypeKind, TypeRef};
use serde_json::{Map, Value, json};

use crate::Random;

/// Draws values of the types of an API, in the JSON form that `rapace-schema` tells.
pub struct Values<'a> {
    types: BTreeMap<&'a str, &'a TypeDef>,
    /// How many types are inside each other in the flattest value of each type.
    heights: BTreeMap<&'a str, u32>,
    /// The least integer that is drawn: 1 for types that have no zero.
    pub least: u128,
}

impl<'a> Values<'a> {
    /// For an API that `rapace_schema::read` has checked.
    pub fn new(api: &'a Api) -> Self {
        let mut values = Self {
            types: api.types.iter().map(|def| (def.name.as_str(), def)).collect(),
            heights: BTreeMap::new(),
            least: 0,
        };
        // A type has a height when what it cannot do without has one.
        while values.heights.len() < values.types.len() {
            let before = values.heights.len();
            for (name, def) in &values.types {
                if let (false, Some(height)) = (values.heights.contains_key(name), values.height_of(def)) {
                    values.heights.insert(name, height + 1);
                }
            }
            assert_ne!(before, values.heights.len(), "a type has no value that ends");
        }
        values
    }

    fn height_of(&self, def: &TypeDef) -> Option<u32> {
        match &def.kind {
            TypeKind::Struct(fields) => self.height_of_all(fields),
            TypeKind::Enum { variants } => variants
                .iter()
                .filter_map(|variant| self.height_of_all(&variant.fields))
                .min(),
        }
    }

    fn height_of_all(&self, fields: &Fields) -> Option<u32> {
        fields
            .fields
            .iter()
            .try_fold(0, |height, field| Some(height.max(self.height(&field.ty)?)))
    }

    fn height(&self, ty: &TypeRef) -> Option<u32> {
        match ty {
            TypeRef::Named(name) => self.heights.get(name.as_str()).copied(),
            TypeRef::Array { item, len } if *len > 0 => self.height(item),
            TypeRef::Tuple(items) => items
                .iter()
                .try_fold(0, |height, item| Some(height.max(self.height(item)?))),
            // Everything else can be empty.
            _ => Some(0),
        }
    }

    /// A value of the type. Deeper than `depth` everything is as small as it can be.
    ///
    /// # Panics
    /// When the type names one that the API does not have.
    pub fn draw(&self, random: &mut Random, ty: &TypeRef, depth: u32) -> Value {
        let deeper = depth.saturating_sub(1);
        let count = |random: &mut Random| if depth == 0 { 0 } else { random.below(4) };
        match ty {
            TypeRef::Unit => Value::Null,
            TypeRef::Bool => json!(random.below(2) == 1),
            TypeRef::U8 => json!((random.bits() as u8).max(self.least as u8)),
            TypeRef::I8 => match random.bits() as i8 {
                0 => json!(self.least as i8),
                number => json!(number),
            },
            TypeRef::U16 => json!(self.unsigned(random, 16) as u16),
            TypeRef::U32 => json!(self.unsigned(random, 32) as u32),
            TypeRef::I16 => json!(self.signed(random, 16) as i16),
            TypeRef::I32 => json!(self.signed(random, 32) as i32),
            TypeRef::U64 | TypeRef::Usize => json!(self.unsigned(random, 64).to_string()),
            TypeRef::U128 => json!(self.unsigned(random, 128).to_string()),
            TypeRef::I64 | TypeRef::Isize => json!(self.signed(random, 64).to_string()),
            TypeRef::I128 => json!(self.signed(random, 128).to_string()),
            TypeRef::F32 => float(f32::from_bits(random.bits() as u32).into()),
            TypeRef::F64 => float(f64::from_bits(random.bits())),
            TypeRef::Char => json!(random.character()),
            TypeRef::String => (0..random.below(6))
                .map(|_| random.character())
                .collect::<String>()
                .into(),
            TypeRef::Bytes => {
                let length = random.below(20);
                BASE64_STANDARD.encode(random.bytes(length)).into()
            }
            TypeRef::Option(item) => match depth > 0 && random.below(2) == 1 {
                true => json!({"some": self.draw(random, item, deeper)}),
                false => Value::Null,
            },
            TypeRef::List(item) | TypeRef::Set(item) => {
                let count = count(random);
                (0..count).map(|_| self.draw(random, item, deeper)).collect()
            }
            TypeRef::Map { key, value } => {
                let count = count(random);
                let mut entry = || json!([self.draw(random, key, deeper), self.draw(random, value, deeper)]);
                (0..count).map(|_| entry()).collect()
            }
            TypeRef::Array { item, len } => (0..*len).map(|_| self.draw(random, item, deeper)).collect(),
            TypeRef::Tuple(items) => items.iter().map(|item| self.draw(random, item, deeper)).collect(),
            TypeRef::Named(name) => match &self.types[name.as_str()].kind {
                TypeKind::Struct(fields) => self.fields(random, fields, deeper),
                TypeKind::Enum { variants } => {
                    let flattest = || {
                        let heights = variants.iter().map(|variant| self.height_of_all(&variant.fields));
                        heights
                            .enumerate()
                            .min_by_key(|(_, height)| *height)
                            .map_or(0, |(index, _)| index)
                    };
                    let index = if depth == 0 {
                        flattest()
                    } else {
                        random.below(variants.len())
                    };
                    let inside = self.fields(random, &variants[index].fields, deeper);
                    Value::Object(Map::from_iter([(variants[index].name.clone(), inside)]))
                }
            },
        }
    }

    fn fields(&self, random: &mut Random, fields: &Fields, depth: u32) -> Value {
        let mut value = |ty: &TypeRef| self.draw(random, ty, depth);
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => Value::Null,
            (Style::Tuple, [field]) => value(&field.ty),
            (Style::Tuple, many) => many.iter().map(|field| value(&field.ty)).collect(),
            (Style::Struct, many) => {
                let entries = many.iter().map(|field| (field.name.clone(), value(&field.ty)));
                Value::Object(entries.collect())
            }
        }
    }

    fn unsigned(&self, random: &mut Random, bits: u32) -> u128 {
        random.unsigned(bits).max(self.least)
    }

    fn signed(&self, random: &mut Random, bits: u32) -> i128 {
        let zigzag = self.unsigned(random, bits);
        (zigzag >> 1) as i128 ^ -((zigzag & 1) as i128)
    }
}

fn float(value: f64) -> Value {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!("Infinity")
    } else {
        json!(value)
    }
}

#[cfg(test)]
mod tests {
    use rapace_schema::postcard::{Codec, Limits};

    use super::*;

    const RECURSIVE: &str = include_str!("../../../generators/cases/recursion.json");

    fn api() -> Api {
        rapace_schema::read(RECURSIVE).expect("a case of the generators")
    }

    #[test]
    fn values_of_recursive_types_end_and_are_of_their_types() {
        let api = api();
        let (values, codec) = (Values::new(&api), Codec::new(&api, Limits::default()));
        for def in &api.types {
            let ty = TypeRef::Named(def.name.clone());
            for depth in 0..8 {
                let value = values.draw(&mut Random(depth.into()), &ty, depth);
                codec
                    .encode(&ty, &value)
                    .unwrap_or_else(|error| panic!("{value}: {error}"));
            }
        }
    }

    #[test]
    fn equal_seeds_draw_equal_values() {
        let api = api();
        let values = Values::new(&api);
        let draw = || {
            let mut random = Random(1);
            let all = api
                .types
                .iter()
                .map(|def| values.draw(&mut random, &TypeRef::Named(def.name.clone()), 5));
            all.collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
    }
}
