//! Values drawn at random, the same ones for the same seed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rapace_schema::{Api, Fields, Style, TypeKind, TypeRef};
use serde_json::{Map, Value, json};

/// splitmix64.
pub struct Random(pub u64);

impl Random {
    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// An unsigned integer of so many bits, mostly near the ends of what varints of some length hold.
    fn unsigned(&mut self, bits: u32) -> u128 {
        let ones = |bits: u32| if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
        let top = ones(self.below(bits as usize + 1) as u32);
        match self.below(4) {
            0 => top,
            1 => top.wrapping_add(1) & ones(bits),
            2 => 0,
            _ => (u128::from(self.bits()) << 64 | u128::from(self.bits())) & top,
        }
    }

    fn signed(&mut self, bits: u32) -> i128 {
        let zigzag = self.unsigned(bits);
        (zigzag >> 1) as i128 ^ -((zigzag & 1) as i128)
    }

    fn character(&mut self) -> char {
        let ranges = [
            0..0x80,
            0x80..0x800,
            0x800..0xd800,
            0xe000..0x1_0000,
            0x1_0000..0x11_0000,
        ];
        let range = &ranges[self.below(ranges.len())];
        let code = range.start + self.below((range.end - range.start) as usize) as u32;
        char::from_u32(code).unwrap_or('\u{fffd}')
    }

    fn float(&mut self, narrow: bool) -> Value {
        let value = if narrow {
            f32::from_bits(self.bits() as u32).into()
        } else {
            f64::from_bits(self.bits())
        };
        if value.is_nan() {
            json!("NaN")
        } else if value.is_infinite() {
            json!("Infinity")
        } else {
            json!(value)
        }
    }

    /// A value of the type, in JSON form. Deeper than `depth` everything is as small as it can be.
    pub fn value(&mut self, api: &Api, ty: &TypeRef, depth: u32) -> Value {
        let deeper = depth.saturating_sub(1);
        let count = |random: &mut Self| if depth == 0 { 0 } else { random.below(4) };
        match ty {
            TypeRef::Unit => Value::Null,
            TypeRef::Bool => json!(self.below(2) == 1),
            TypeRef::U8 => json!(self.bits() as u8),
            TypeRef::I8 => json!(self.bits() as i8),
            TypeRef::U16 => json!(self.unsigned(16) as u16),
            TypeRef::U32 => json!(self.unsigned(32) as u32),
            TypeRef::I16 => json!(self.signed(16) as i16),
            TypeRef::I32 => json!(self.signed(32) as i32),
            TypeRef::U64 => json!(self.unsigned(64).to_string()),
            TypeRef::U128 => json!(self.unsigned(128).to_string()),
            TypeRef::I64 => json!(self.signed(64).to_string()),
            TypeRef::I128 => json!(self.signed(128).to_string()),
            TypeRef::F32 => self.float(true),
            TypeRef::F64 => self.float(false),
            TypeRef::Char => json!(self.character()),
            TypeRef::String => (0..self.below(6)).map(|_| self.character()).collect::<String>().into(),
            TypeRef::Bytes => {
                let bytes: Vec<u8> = (0..self.below(20)).map(|_| self.bits() as u8).collect();
                BASE64_STANDARD.encode(bytes).into()
            }
            TypeRef::Option(item) => match depth > 0 && self.below(2) == 1 {
                true => json!({"some": self.value(api, item, deeper)}),
                false => Value::Null,
            },
            TypeRef::List(item) | TypeRef::Set(item) => {
                let count = count(self);
                (0..count).map(|_| self.value(api, item, deeper)).collect()
            }
            TypeRef::Map { key, value } => {
                let count = count(self);
                let entry =
                    |random: &mut Self| json!([random.value(api, key, deeper), random.value(api, value, deeper)]);
                (0..count).map(|_| entry(self)).collect()
            }
            TypeRef::Array { item, len } => (0..*len).map(|_| self.value(api, item, deeper)).collect(),
            TypeRef::Tuple(items) => items.iter().map(|item| self.value(api, item, deeper)).collect(),
            TypeRef::Named(name) => match api.types.iter().find(|def| def.name == *name).map(|def| &def.kind) {
                Some(TypeKind::Struct(fields)) => self.fields(api, fields, deeper),
                Some(TypeKind::Enum { variants }) => {
                    // The first variant of a recursive enum is one that ends.
                    let variant = &variants[if depth == 0 { 0 } else { self.below(variants.len()) }];
                    let inside = self.fields(api, &variant.fields, deeper);
                    Value::Object(Map::from_iter([(variant.name.clone(), inside)]))
                }
                None => Value::Null,
            },
        }
    }

    fn fields(&mut self, api: &Api, fields: &Fields, depth: u32) -> Value {
        let mut value = |ty: &TypeRef| self.value(api, ty, depth);
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
}
