//! Bytes to JSON values.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::parts::Parts;
use super::{Codec, Reason, ValueError};
use crate::json_value::float;
use crate::model::{Fields, Style, TypeKind, TypeRef};

/// Lengths, counts and the indexes of variants are written as u64.
const LENGTH_BITS: u32 = 64;

impl Codec<'_> {
    /// The JSON form of the value that these bytes are.
    ///
    /// # Errors
    /// When they are not exactly one value of the type, or exceed a limit; with path and offset.
    pub fn decode(&self, ty: &TypeRef, bytes: &[u8]) -> Result<Value, ValueError> {
        self.decode_into(ty, bytes, None)
    }

    pub(super) fn decode_into(
        &self,
        ty: &TypeRef,
        bytes: &[u8],
        parts: Option<&mut Parts>,
    ) -> Result<Value, ValueError> {
        let mut reader = Reader {
            codec: self,
            bytes,
            position: 0,
            path: Vec::new(),
            depth: 0,
            zero_sized_items: 0,
            decoded_bytes: 0,
            parts,
        };
        let read = reader.value(ty).and_then(|value| {
            let left = bytes.len() - reader.position;
            if left > 0 && !self.limits.trailing_bytes {
                return Err(reader.refuse(
                    Reason::TrailingBytes,
                    reader.position,
                    format!("{left} bytes are left after the value"),
                ));
            }
            Ok(value)
        });
        read.map_err(|Refused { reason, offset, what }| ValueError {
            reason,
            what,
            path: reader.path.join("."),
            offset: Some(offset),
        })
    }
}

/// What is wrong, and where in the bytes. The place in the value is that of the reader.
struct Refused {
    reason: Reason,
    offset: usize,
    what: String,
}

struct Reader<'c> {
    codec: &'c Codec<'c>,
    bytes: &'c [u8],
    position: usize,
    path: Vec<String>,
    depth: u32,
    zero_sized_items: u64,
    decoded_bytes: u64,
    /// Where the parts are told, when somebody asks for them.
    parts: Option<&'c mut Parts>,
}

impl Reader<'_> {
    fn value(&mut self, ty: &TypeRef) -> Result<Value, Refused> {
        Ok(match ty {
            TypeRef::Unit => Value::Null,
            TypeRef::Bool => self.flag("bool")?.into(),
            TypeRef::U8 => self.take(1)?[0].into(),
            TypeRef::I8 => (self.take(1)?[0] as i8).into(),
            TypeRef::U16 => (self.varint(16)? as u64).into(),
            TypeRef::U32 => (self.varint(32)? as u64).into(),
            TypeRef::I16 => (unzigzag(self.varint(16)?) as i64).into(),
            TypeRef::I32 => (unzigzag(self.varint(32)?) as i64).into(),
            TypeRef::U64 | TypeRef::Usize => self.varint(64)?.to_string().into(),
            TypeRef::U128 => self.varint(128)?.to_string().into(),
            TypeRef::I64 | TypeRef::Isize => unzigzag(self.varint(64)?).to_string().into(),
            TypeRef::I128 => unzigzag(self.varint(128)?).to_string().into(),
            TypeRef::F32 => {
                let mut bytes = [0; 4];
                bytes.copy_from_slice(self.take(4)?);
                float(f32::from_le_bytes(bytes).into())
            }
            TypeRef::F64 => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(self.take(8)?);
                float(f64::from_le_bytes(bytes))
            }
            TypeRef::Char => {
                let start = self.position;
                let text = self.text()?;
                if text.chars().count() != 1 {
                    let what = format!("a char of {} characters", text.chars().count());
                    return Err(self.refuse(Reason::Char, start, what));
                }
                text.into()
            }
            TypeRef::String => self.text()?.into(),
            TypeRef::Bytes => {
                let length = self.length()?;
                BASE64_STANDARD.encode(self.take(length)?).into()
            }
            TypeRef::Option(item) => match self.flag("option")? {
                false => Value::Null,
                true => entry("some", self.value(item)?),
            },
            TypeRef::List(item) | TypeRef::Set(item) => {
                let count = self.count(self.codec.is_zero_sized(item), self.codec.sizes.item(item))?;
                self.all(std::iter::repeat_n(item.as_ref(), count))?
            }
            TypeRef::Map { key, value } => {
                let zero_sized = self.codec.is_zero_sized(key) && self.codec.is_zero_sized(value);
                let count = self.count(zero_sized, self.codec.sizes.entry(key, value))?;
                let mut entries = Vec::new();
                for index in 0..count {
                    let pair = [key.as_ref(), value.as_ref()];
                    entries.push(self.within(index, |r| {
                        let [key, value] = pair;
                        Ok(Value::Array(vec![r.value(key)?, r.value(value)?]))
                    })?);
                }
                Value::Array(entries)
            }
            TypeRef::Array { item, len } => {
                if self.codec.is_zero_sized(item) {
                    self.zero_sized(*len, self.position)?;
                }
                self.all((0..*len).map(|_| item.as_ref()))?
            }
            TypeRef::Tuple(types) => self.all(types.iter())?,
            TypeRef::Named(name) => self.named(name)?,
        })
    }

    fn named(&mut self, name: &str) -> Result<Value, Refused> {
        let Some(def) = self.codec.definition(name) else {
            return Err(self.refuse(Reason::Form, self.position, format!("there is no type {name}")));
        };
        let recursive = self.codec.groups.is_recursive(name);
        if recursive {
            self.depth += 1;
            if self.depth > self.codec.limits.max_depth {
                let what = format!("nested deeper than the limit of {}", self.codec.limits.max_depth);
                return Err(self.refuse(Reason::Depth, self.position, what));
            }
            self.charge(1, self.codec.sizes.body(name), self.position)?;
        }
        let value = match &def.kind {
            TypeKind::Struct(fields) => self.fields(fields)?,
            TypeKind::Enum { variants } => {
                let start = self.position;
                let index = self.varint(LENGTH_BITS)?;
                let variant = variants.iter().find(|variant| u128::from(variant.index) == index);
                let Some(variant) = variant else {
                    if let (true, Ok(unknown)) = (def.open, u32::try_from(index)) {
                        return Ok(unknown.into());
                    }
                    let what = format!("variant {index}, but {name} has {}", variants.len());
                    return Err(self.refuse(Reason::Variant, start, what));
                };
                let inside = self.within(&variant.name, |r| r.fields(&variant.fields))?;
                entry(&variant.name, inside)
            }
        };
        self.depth -= u32::from(recursive);
        Ok(value)
    }

    fn fields(&mut self, fields: &Fields) -> Result<Value, Refused> {
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => Ok(Value::Null),
            (Style::Tuple, [field]) => self.value(&field.ty),
            (Style::Tuple, many) => self.all(many.iter().map(|field| &field.ty)),
            (Style::Struct, many) => {
                let mut object = Map::new();
                for field in many {
                    let value = self.within(&field.name, |r| r.value(&field.ty))?;
                    object.insert(field.name.clone(), value);
                }
                Ok(Value::Object(object))
            }
        }
    }

    fn all<'t>(&mut self, types: impl Iterator<Item = &'t TypeRef>) -> Result<Value, Refused> {
        let items = types.enumerate().map(|(index, ty)| self.within(index, |r| r.value(ty)));
        Ok(Value::Array(items.collect::<Result<_, _>>()?))
    }

    /// Does something one step further into the value. After an error the path stays where it was made.
    fn within(
        &mut self,
        step: impl ToString,
        action: impl FnOnce(&mut Self) -> Result<Value, Refused>,
    ) -> Result<Value, Refused> {
        let step = step.to_string();
        let start = self.position;
        let part = self.parts.as_mut().map(|parts| parts.begin(&step, start));
        self.path.push(step);
        let value = action(self)?;
        self.path.pop();
        if let (Some(parts), Some(part)) = (&mut self.parts, part) {
            parts.end(part, self.position, &value);
        }
        Ok(value)
    }

    fn flag(&mut self, kind: &str) -> Result<bool, Refused> {
        let start = self.position;
        match self.take(1)?[0] {
            tag @ (0 | 1) => Ok(tag == 1),
            tag => Err(self.refuse(Reason::Tag, start, format!("{kind} tag is {tag}, neither 0 nor 1"))),
        }
    }

    fn text(&mut self) -> Result<String, Refused> {
        let length = self.length()?;
        let start = self.position;
        let bytes = self.take(length)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let offset = start + error.valid_up_to();
                Err(self.refuse(Reason::Utf8, offset, "string is not UTF-8".into()))
            }
        }
    }

    /// The length of a string or of bytes, which are all there.
    fn length(&mut self) -> Result<usize, Refused> {
        self.bounded("length", "")
    }

    /// How many items follow. Nothing is allocated for more than the bytes or a limit allow.
    fn count(&mut self, zero_sized: bool, size: u64) -> Result<usize, Refused> {
        let start = self.position;
        let count = if zero_sized {
            let count = self.varint(LENGTH_BITS)? as u64;
            self.zero_sized(count, start)?;
            count as usize
        } else {
            self.bounded("", " items")?
        };
        self.charge(count as u64, size, start)?;
        Ok(count)
    }

    /// Adds so many values of a size to what the whole value takes once it is decoded.
    fn charge(&mut self, count: u64, size: u64, start: usize) -> Result<(), Refused> {
        let limit = self.codec.limits.max_decoded_bytes;
        self.decoded_bytes = self.decoded_bytes.saturating_add(count.saturating_mul(size));
        if self.decoded_bytes > limit {
            let what = format!("decoded size exceeds the limit of {limit} bytes");
            return Err(self.refuse(Reason::DecodedSize, start, what));
        }
        Ok(())
    }

    fn bounded(&mut self, before: &str, after: &str) -> Result<usize, Refused> {
        let start = self.position;
        let number = self.varint(LENGTH_BITS)?;
        let left = self.bytes.len() - self.position;
        if number > left as u128 {
            let space = if before.is_empty() { "" } else { " " };
            let what = format!("unexpected end: {before}{space}{number}{after}, but {left} bytes are left");
            return Err(self.refuse(Reason::UnexpectedEnd, start, what));
        }
        Ok(number as usize)
    }

    fn zero_sized(&mut self, count: u64, start: usize) -> Result<(), Refused> {
        let limit = self.codec.limits.max_zero_sized_items;
        self.zero_sized_items = self.zero_sized_items.saturating_add(count);
        if self.zero_sized_items > limit {
            let what = format!(
                "{} items without bytes exceed the limit of {limit}",
                self.zero_sized_items
            );
            return Err(self.refuse(Reason::ZeroSizedItems, start, what));
        }
        Ok(())
    }

    /// An unsigned varint of a type of so many bits. Forms that are not the shortest are accepted up to the longest that
    /// the type can need (the postcard specification).
    fn varint(&mut self, bits: u32) -> Result<u128, Refused> {
        let start = self.position;
        let mut number: u128 = 0;
        for shift in (0..bits).step_by(7) {
            let byte = self.take(1)?[0];
            let part = u128::from(byte & 0x7f);
            if bits - shift < 7 && part >> (bits - shift) != 0 {
                return Err(self.refuse(Reason::Varint, start, format!("varint does not fit {bits} bits")));
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.refuse(
            Reason::Varint,
            start,
            format!("varint is longer than {bits} bits can need"),
        ))
    }

    fn take(&mut self, count: usize) -> Result<&[u8], Refused> {
        let end = self.position.checked_add(count).filter(|&end| end <= self.bytes.len());
        let Some(end) = end else {
            return Err(self.refuse(Reason::UnexpectedEnd, self.bytes.len(), "unexpected end".into()));
        };
        let taken = &self.bytes[self.position..end];
        self.position = end;
        Ok(taken)
    }

    fn refuse(&self, reason: Reason, offset: usize, what: String) -> Refused {
        Refused { reason, offset, what }
    }
}

fn entry(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn unzigzag(number: u128) -> i128 {
    (number >> 1) as i128 ^ -((number & 1) as i128)
}
