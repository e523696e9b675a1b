//! JSON values to bytes.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::{Codec, Reason, ValueError};
use crate::json_value::as_float;
use crate::model::{Fields, Style, TypeKind, TypeRef, Variant};

impl Codec<'_> {
    /// The bytes of a value in JSON form.
    ///
    /// # Errors
    /// When the value has not the form of its type, or exceeds a limit; with its path.
    pub fn encode(&self, ty: &TypeRef, value: &Value) -> Result<Vec<u8>, ValueError> {
        let mut writer = Writer {
            codec: self,
            bytes: Vec::new(),
            path: Vec::new(),
            depth: 0,
            zero_sized_items: 0,
        };
        let written = writer.value(ty, value);
        written.map_err(|(reason, what)| ValueError {
            reason,
            what,
            path: writer.path.join("."),
            offset: None,
        })?;
        Ok(writer.bytes)
    }
}

/// What is wrong. The place in the value is that of the writer.
type Refused = (Reason, String);

struct Writer<'c> {
    codec: &'c Codec<'c>,
    bytes: Vec<u8>,
    path: Vec<String>,
    depth: u32,
    zero_sized_items: u64,
}

impl Writer<'_> {
    fn value(&mut self, ty: &TypeRef, value: &Value) -> Result<(), Refused> {
        match ty {
            TypeRef::Unit => value.as_null().ok_or_else(|| form("null", value)),
            TypeRef::Bool => {
                let bit = value.as_bool().ok_or_else(|| form("true or false", value))?;
                self.bytes.push(bit.into());
                Ok(())
            }
            TypeRef::U8 => self.small(value, 0, u8::MAX.into(), |bytes, n| bytes.push(n as u8)),
            TypeRef::I8 => self.small(value, i8::MIN.into(), i8::MAX.into(), |bytes, n| bytes.push(n as u8)),
            TypeRef::U16 => self.small(value, 0, u16::MAX.into(), |bytes, n| varint(bytes, n as u128)),
            TypeRef::U32 => self.small(value, 0, u32::MAX.into(), |bytes, n| varint(bytes, n as u128)),
            TypeRef::I16 => self.small(value, i16::MIN.into(), i16::MAX.into(), |bytes, n| {
                zigzag(bytes, n.into())
            }),
            TypeRef::I32 => self.small(value, i32::MIN.into(), i32::MAX.into(), |bytes, n| {
                zigzag(bytes, n.into())
            }),
            TypeRef::U64 | TypeRef::Usize => self.large(value, |bytes, n: u64| varint(bytes, n.into())),
            TypeRef::U128 => self.large(value, varint),
            TypeRef::I64 | TypeRef::Isize => self.large(value, |bytes, n: i64| zigzag(bytes, n.into())),
            TypeRef::I128 => self.large(value, zigzag),
            TypeRef::F32 => {
                let wide = as_float(value).ok_or_else(|| form("a float", value))?;
                let narrow = wide as f32;
                if narrow.is_infinite() && wide.is_finite() {
                    return Err((Reason::Range, format!("{wide} is out of range of f32")));
                }
                self.bytes.extend(narrow.to_le_bytes());
                Ok(())
            }
            TypeRef::F64 => {
                let float = as_float(value).ok_or_else(|| form("a float", value))?;
                self.bytes.extend(float.to_le_bytes());
                Ok(())
            }
            TypeRef::Char => {
                let text = value.as_str().ok_or_else(|| form("a string", value))?;
                if text.chars().count() != 1 {
                    return Err((Reason::Char, format!("{value} is not one character")));
                }
                self.prefixed(text.as_bytes());
                Ok(())
            }
            TypeRef::String => {
                let text = value.as_str().ok_or_else(|| form("a string", value))?;
                self.prefixed(text.as_bytes());
                Ok(())
            }
            TypeRef::Bytes => {
                let decoded = value.as_str().and_then(|text| BASE64_STANDARD.decode(text).ok());
                self.prefixed(&decoded.ok_or_else(|| form("a string of base64", value))?);
                Ok(())
            }
            TypeRef::Option(item) => match value {
                Value::Null => {
                    self.bytes.push(0);
                    Ok(())
                }
                value => {
                    let inside = only_entry(value).filter(|(name, _)| *name == "some");
                    let (_, inside) = inside.ok_or_else(|| form("null or {\"some\": …}", value))?;
                    self.bytes.push(1);
                    self.value(item, inside)
                }
            },
            TypeRef::List(item) | TypeRef::Set(item) => {
                let items = value.as_array().ok_or_else(|| form("an array", value))?;
                self.count(items.len(), self.codec.is_zero_sized(item))?;
                self.all(items.iter().map(|value| (item.as_ref(), value)))
            }
            TypeRef::Map { key, value: ty } => {
                let entries = value.as_array().ok_or_else(|| form("an array of entries", value))?;
                let zero_sized = self.codec.is_zero_sized(key) && self.codec.is_zero_sized(ty);
                self.count(entries.len(), zero_sized)?;
                for (index, entry) in entries.iter().enumerate() {
                    self.within(index, |w| match entry.as_array().map(Vec::as_slice) {
                        Some([key_of_it, value_of_it]) => {
                            w.value(key, key_of_it)?;
                            w.value(ty, value_of_it)
                        }
                        _ => Err(form("[key, value]", entry)),
                    })?;
                }
                Ok(())
            }
            TypeRef::Array { item, len } => {
                let items = self.exactly(*len, value)?;
                if self.codec.is_zero_sized(item) {
                    self.zero_sized(*len)?;
                }
                self.all(items.iter().map(|value| (item.as_ref(), value)))
            }
            TypeRef::Tuple(types) => {
                let items = self.exactly(types.len() as u64, value)?;
                self.all(types.iter().zip(items))
            }
            TypeRef::Named(name) => self.named(name, value),
        }
    }

    fn named(&mut self, name: &str, value: &Value) -> Result<(), Refused> {
        let Some(def) = self.codec.definition(name) else {
            return Err((Reason::Form, format!("there is no type {name}")));
        };
        let recursive = self.codec.groups.is_recursive(name);
        if recursive {
            self.depth += 1;
            if self.depth > self.codec.limits.max_depth {
                let what = format!("nested deeper than the limit of {}", self.codec.limits.max_depth);
                return Err((Reason::Depth, what));
            }
        }
        match &def.kind {
            TypeKind::Struct(fields) => self.fields(fields, value)?,
            TypeKind::Enum { variants } if def.open && value.is_number() => self.unknown(name, variants, value)?,
            TypeKind::Enum { variants } => {
                let (chosen, inside) = only_entry(value).ok_or_else(|| form("an object with one entry", value))?;
                let variant = variants.iter().find(|variant| variant.name == chosen);
                let variant = variant.ok_or_else(|| (Reason::Variant, format!("{name} has no variant {chosen:?}")))?;
                varint(&mut self.bytes, variant.index.into());
                self.within(chosen, |w| w.fields(&variant.fields, inside))?;
            }
        }
        self.depth -= u32::from(recursive);
        Ok(())
    }

    /// The index of a variant that an open enum does not know.
    fn unknown(&mut self, name: &str, variants: &[Variant], value: &Value) -> Result<(), Refused> {
        let index = value.as_u64().and_then(|index| u32::try_from(index).ok());
        let index = index.ok_or_else(|| {
            let what = format!(
                "{value} is not the index of a variant, an integer from 0 to {}",
                u32::MAX
            );
            (Reason::Range, what)
        })?;
        if let Some(known) = variants.iter().find(|variant| variant.index == index) {
            let what = format!("{index} is the variant {} of {name}: write its name", known.name);
            return Err((Reason::Variant, what));
        }
        varint(&mut self.bytes, index.into());
        Ok(())
    }

    fn fields(&mut self, fields: &Fields, value: &Value) -> Result<(), Refused> {
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => value.as_null().ok_or_else(|| form("null", value)),
            (Style::Tuple, [field]) => self.value(&field.ty, value),
            (Style::Tuple, many) => {
                let items = self.exactly(many.len() as u64, value)?;
                self.all(many.iter().map(|field| &field.ty).zip(items))
            }
            (Style::Struct, many) => {
                let object = value.as_object().ok_or_else(|| form("an object", value))?;
                for field in many {
                    let inside = object.get(&field.name);
                    let inside = inside.ok_or_else(|| (Reason::Form, format!("no field {:?}", field.name)))?;
                    self.within(&field.name, |w| w.value(&field.ty, inside))?;
                }
                let known = |name: &&String| many.iter().any(|field| field.name == **name);
                match object.keys().find(|name| !known(name)) {
                    Some(unknown) => Err((Reason::Form, format!("there is no field {unknown:?}"))),
                    None => Ok(()),
                }
            }
        }
    }

    fn all<'v>(&mut self, items: impl Iterator<Item = (&'v TypeRef, &'v Value)>) -> Result<(), Refused> {
        for (index, (ty, value)) in items.enumerate() {
            self.within(index, |w| w.value(ty, value))?;
        }
        Ok(())
    }

    /// Does something one step further into the value. After an error the path stays where it was made.
    fn within(
        &mut self,
        step: impl ToString,
        action: impl FnOnce(&mut Self) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.path.push(step.to_string());
        action(self)?;
        self.path.pop();
        Ok(())
    }

    fn exactly<'v>(&self, length: u64, value: &'v Value) -> Result<&'v [Value], Refused> {
        let items = value.as_array().ok_or_else(|| form("an array", value))?;
        if items.len() as u64 != length {
            return Err((Reason::Form, format!("expected {length} items, got {}", items.len())));
        }
        Ok(items)
    }

    fn count(&mut self, count: usize, zero_sized: bool) -> Result<(), Refused> {
        if zero_sized {
            self.zero_sized(count as u64)?;
        }
        varint(&mut self.bytes, count as u128);
        Ok(())
    }

    fn zero_sized(&mut self, count: u64) -> Result<(), Refused> {
        let limit = self.codec.limits.max_zero_sized_items;
        self.zero_sized_items = self.zero_sized_items.saturating_add(count);
        if self.zero_sized_items > limit {
            let what = format!(
                "{} items without bytes exceed the limit of {limit}",
                self.zero_sized_items
            );
            return Err((Reason::ZeroSizedItems, what));
        }
        Ok(())
    }

    fn small(
        &mut self,
        value: &Value,
        lowest: i64,
        highest: i64,
        write: impl FnOnce(&mut Vec<u8>, i64),
    ) -> Result<(), Refused> {
        let number = value.as_number().ok_or_else(|| form("an integer", value))?;
        match number.as_i64() {
            Some(number) if (lowest..=highest).contains(&number) => {
                write(&mut self.bytes, number);
                Ok(())
            }
            _ => Err((
                Reason::Range,
                format!("{number} is not an integer from {lowest} to {highest}"),
            )),
        }
    }

    fn large<N: std::str::FromStr>(
        &mut self,
        value: &Value,
        write: impl FnOnce(&mut Vec<u8>, N),
    ) -> Result<(), Refused> {
        let text = value.as_str().ok_or_else(|| form("a string with an integer", value))?;
        let number = text.parse();
        let number = number.map_err(|_| (Reason::Range, format!("{text:?} is no integer of its type")))?;
        write(&mut self.bytes, number);
        Ok(())
    }

    fn prefixed(&mut self, bytes: &[u8]) {
        varint(&mut self.bytes, bytes.len() as u128);
        self.bytes.extend(bytes);
    }
}

fn form(expected: &str, value: &Value) -> Refused {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    (Reason::Form, format!("expected {expected}, got {found}"))
}

/// The entry of an object that has one.
fn only_entry(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object()?;
    let mut entries = object.iter();
    match (entries.next(), entries.next()) {
        (Some((name, value)), None) => Some((name, value)),
        _ => None,
    }
}

/// Least significant seven bits first.
fn varint(bytes: &mut Vec<u8>, mut number: u128) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn zigzag(bytes: &mut Vec<u8>, number: i128) {
    varint(bytes, ((number << 1) ^ (number >> 127)) as u128);
}
