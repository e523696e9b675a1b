//! Values that mean the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Codec, ValueError};
use crate::model::{Fields, Style, TypeKind, TypeRef};

impl Codec<'_> {
    /// Whether equal values always have equal bytes: there is no set or map in the type.
    pub fn has_one_encoding(&self, ty: &TypeRef) -> bool {
        self.is_ordered(ty, &mut BTreeSet::new())
    }

    fn is_ordered(&self, ty: &TypeRef, seen: &mut BTreeSet<String>) -> bool {
        match ty {
            TypeRef::Set(_) | TypeRef::Map { .. } => false,
            TypeRef::Named(name) if seen.insert(name.clone()) => self
                .definition(name)
                .is_none_or(|def| def.field_types().all(|ty| self.is_ordered(ty, seen))),
            ty => ty.children().into_iter().all(|ty| self.is_ordered(ty, seen)),
        }
    }

    /// The value as every value of its meaning looks: sets and maps sorted by the bytes of their items and keys, the last
    /// of several equal keys alone.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn canonical(&self, ty: &TypeRef, value: &Value) -> Result<Value, ValueError> {
        // Through the bytes, so that 3 and 3.0 look the same.
        let value = self.decode(ty, &self.encode(ty, value)?)?;
        self.sorted(ty, &value)
    }

    /// Of a value that can be encoded.
    fn sorted(&self, ty: &TypeRef, value: &Value) -> Result<Value, ValueError> {
        match (ty, value) {
            (TypeRef::Option(item), Value::Object(some)) => self.entry(some, |_, inside| self.sorted(item, inside)),
            (TypeRef::List(item) | TypeRef::Array { item, .. }, Value::Array(items)) => {
                self.all(items.iter().map(|value| (item.as_ref(), value)))
            }
            (TypeRef::Set(item), Value::Array(items)) => {
                let mut sorted = BTreeMap::new();
                for value in items {
                    let value = self.sorted(item, value)?;
                    sorted.insert(self.encode(item, &value)?, value);
                }
                Ok(sorted.into_values().collect())
            }
            (TypeRef::Map { key, value: ty }, Value::Array(entries)) => {
                let mut sorted = BTreeMap::new();
                for entry in entries {
                    let pair = [self.sorted(key, &entry[0])?, self.sorted(ty, &entry[1])?];
                    sorted.insert(self.encode(key, &pair[0])?, Value::from_iter(pair));
                }
                Ok(sorted.into_values().collect())
            }
            (TypeRef::Tuple(types), Value::Array(items)) => self.all(types.iter().zip(items)),
            (TypeRef::Named(name), value) => match (self.definition(name).map(|def| &def.kind), value) {
                (Some(TypeKind::Struct(fields)), value) => self.sorted_fields(fields, value),
                (Some(TypeKind::Enum { variants }), Value::Object(entry)) => self.entry(entry, |name, inside| {
                    let variant = variants.iter().find(|variant| variant.name == name);
                    variant.map_or_else(
                        || Ok(inside.clone()),
                        |variant| self.sorted_fields(&variant.fields, inside),
                    )
                }),
                _ => Ok(value.clone()),
            },
            _ => Ok(value.clone()),
        }
    }

    fn sorted_fields(&self, fields: &Fields, value: &Value) -> Result<Value, ValueError> {
        match (fields.style, fields.fields.as_slice(), value) {
            (Style::Tuple, [field], value) => self.sorted(&field.ty, value),
            (Style::Tuple, many, Value::Array(items)) => self.all(many.iter().map(|field| &field.ty).zip(items)),
            (Style::Struct, many, Value::Object(object)) => {
                let entries = many.iter().map(|field| {
                    let value = self.sorted(&field.ty, &object[&field.name])?;
                    Ok((field.name.clone(), value))
                });
                Ok(Value::Object(entries.collect::<Result<_, _>>()?))
            }
            _ => Ok(value.clone()),
        }
    }

    fn all<'v>(&self, items: impl Iterator<Item = (&'v TypeRef, &'v Value)>) -> Result<Value, ValueError> {
        items.map(|(ty, value)| self.sorted(ty, value)).collect()
    }

    /// Every entry of an object, of which there is one.
    fn entry(
        &self,
        object: &Map<String, Value>,
        inside: impl Fn(&str, &Value) -> Result<Value, ValueError>,
    ) -> Result<Value, ValueError> {
        let entries = object
            .iter()
            .map(|(name, value)| Ok((name.clone(), inside(name, value)?)));
        Ok(Value::Object(entries.collect::<Result<_, _>>()?))
    }
}
