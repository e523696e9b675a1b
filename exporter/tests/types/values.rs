//! Values of a described type, drawn at random, and their bytes: a second reading of `api.json` that knows nothing of
//! facet, so that the description itself is put to the test.

use rapace_schema::{Api, TypeKind, TypeRef};

/// A value of any type. Sets and maps are sorted, because their order means nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Unsigned(u128),
    Signed(i128),
    /// Bits of a float, in 4 or 8 bytes.
    Raw(Vec<u8>),
    Text(String),
    Bytes(Vec<u8>),
    Option(Option<Box<Value>>),
    /// A list, set or map (as pairs).
    Many(Vec<Value>),
    /// Values one after another.
    Product(Vec<Value>),
    Variant(u128, Box<Value>),
}

/// Draws numbers, the same ones for the same seed (SplitMix64).
pub struct Random {
    state: u64,
    /// The least integer that is drawn: 1 for types that have no zero.
    pub least: u128,
}

impl Random {
    pub fn new(seed: u64, least: u128) -> Self {
        Self { state: seed, least }
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.bits() % end
    }

    /// An integer of so many bits, mostly near the ends of what varints of some length hold.
    fn integer(&mut self, bits: u32) -> u128 {
        let width = self.below(u64::from(bits) + 1) as u32;
        let top = if width == 128 { u128::MAX } else { (1 << width) - 1 };
        let all = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
        let number = match self.below(4) {
            0 => top,
            1 => top.saturating_add(1) & all,
            2 => 0,
            _ => (u128::from(self.bits()) << 64 | u128::from(self.bits())) & top,
        };
        number.max(self.least)
    }

    fn text(&mut self) -> String {
        (0..self.below(5)).map(|_| self.character()).collect()
    }

    fn character(&mut self) -> char {
        let ranges = [
            0..0x80,
            0x80..0x800,
            0x800..0xd800,
            0xe000..0x1_0000,
            0x1_0000..0x11_0000,
        ];
        let range = &ranges[self.below(5) as usize];
        let code = range.start + (self.below(u64::from(range.end - range.start)) as u32);
        char::from_u32(code).unwrap()
    }
}

/// A value of the type. Deeper than `depth` everything is as small as it can be.
pub fn draw(api: &Api, ty: &TypeRef, random: &mut Random, depth: u32) -> Value {
    let items = |random: &mut Random| if depth == 0 { 0 } else { random.below(4) };
    let deeper = depth.saturating_sub(1);
    match ty {
        TypeRef::Unit => Value::Product(Vec::new()),
        TypeRef::Bool => Value::Unsigned(u128::from(random.below(2))),
        TypeRef::Char => Value::Text(random.character().into()),
        TypeRef::String => Value::Text(random.text()),
        TypeRef::Bytes => Value::Bytes((0..random.below(20)).map(|_| random.bits() as u8).collect()),
        TypeRef::F32 => Value::Raw(finite32(random.bits() as u32).to_le_bytes().into()),
        TypeRef::F64 => Value::Raw(finite64(random.bits()).to_le_bytes().into()),
        TypeRef::Option(item) => {
            let some = depth > 0 && random.below(2) == 1;
            Value::Option(some.then(|| Box::new(draw(api, item, random, deeper))))
        }
        TypeRef::List(item) => {
            let count = items(random);
            Value::Many((0..count).map(|_| draw(api, item, random, deeper)).collect())
        }
        TypeRef::Set(item) => {
            let count = items(random);
            sorted((0..count).map(|_| draw(api, item, random, deeper)).collect())
        }
        TypeRef::Map { key, value } => {
            let keys = draw(api, &TypeRef::Set(key.clone()), random, depth);
            let Value::Many(keys) = keys else { unreachable!() };
            let pairs = keys
                .into_iter()
                .map(|key| Value::Product(vec![key, draw(api, value, random, deeper)]));
            Value::Many(pairs.collect())
        }
        TypeRef::Array { item, len } => Value::Product((0..*len).map(|_| draw(api, item, random, deeper)).collect()),
        TypeRef::Tuple(items) => Value::Product(items.iter().map(|item| draw(api, item, random, deeper)).collect()),
        TypeRef::Named(name) => match &definition(api, name).kind {
            TypeKind::Struct(fields) => Value::Product(
                fields
                    .fields
                    .iter()
                    .map(|field| draw(api, &field.ty, random, deeper))
                    .collect(),
            ),
            TypeKind::Enum { variants } => {
                // The last variant of a fixture's recursive enum is one that ends.
                let index = if depth == 0 {
                    variants.len() as u64 - 1
                } else {
                    random.below(variants.len() as u64)
                };
                let fields = &variants[index as usize].fields.fields;
                let fields = fields
                    .iter()
                    .map(|field| draw(api, &field.ty, random, deeper))
                    .collect();
                Value::Variant(u128::from(index), Box::new(Value::Product(fields)))
            }
        },
        integer => match width(integer) {
            (bits, false) => Value::Unsigned(random.integer(bits)),
            (bits, true) => {
                let number = random.integer(bits) as i128;
                Value::Signed(number << (128 - bits) >> (128 - bits))
            }
        },
    }
}

/// The value's bytes.
pub fn write(api: &Api, ty: &TypeRef, value: &Value, out: &mut Vec<u8>) {
    match (ty, value) {
        (TypeRef::U8 | TypeRef::Bool, Value::Unsigned(number)) => out.push(*number as u8),
        (TypeRef::I8, Value::Signed(number)) => out.push(*number as u8),
        (_, Value::Unsigned(number)) => varint(*number, out),
        (_, Value::Signed(number)) => varint((number << 1 ^ number >> 127) as u128, out),
        (_, Value::Raw(bits)) => out.extend(bits),
        (_, Value::Text(text)) => {
            varint(text.len() as u128, out);
            out.extend(text.bytes());
        }
        (_, Value::Bytes(bytes)) => {
            varint(bytes.len() as u128, out);
            out.extend(bytes);
        }
        (_, Value::Option(None)) => out.push(0),
        (TypeRef::Option(item), Value::Option(Some(value))) => {
            out.push(1);
            write(api, item, value, out);
        }
        (TypeRef::List(item) | TypeRef::Set(item), Value::Many(values)) => {
            varint(values.len() as u128, out);
            values.iter().for_each(|value| write(api, item, value, out));
        }
        (TypeRef::Map { key, value }, Value::Many(pairs)) => {
            varint(pairs.len() as u128, out);
            let pair = TypeRef::Tuple(vec![(**key).clone(), (**value).clone()]);
            pairs.iter().for_each(|values| write(api, &pair, values, out));
        }
        (_, Value::Product(values)) => {
            let parts = parts(api, ty, None);
            assert_eq!(parts.len(), values.len());
            parts
                .iter()
                .zip(values)
                .for_each(|(part, value)| write(api, part, value, out));
        }
        (_, Value::Variant(index, values)) => {
            varint(*index, out);
            let Value::Product(values) = &**values else {
                unreachable!()
            };
            parts(api, ty, Some(*index))
                .iter()
                .zip(values)
                .for_each(|(part, value)| write(api, part, value, out));
        }
        mismatch => unreachable!("{mismatch:?}"),
    }
}

/// Reads a value from the start of `bytes`; none when they are not one.
pub fn read(api: &Api, ty: &TypeRef, bytes: &mut &[u8]) -> Option<Value> {
    Some(match ty {
        TypeRef::U8 => Value::Unsigned(take(bytes, 1)?[0].into()),
        TypeRef::I8 => Value::Signed((take(bytes, 1)?[0] as i8).into()),
        TypeRef::Bool => Value::Unsigned(Some(take(bytes, 1)?[0]).filter(|byte| *byte < 2)?.into()),
        TypeRef::F32 => Value::Raw(take(bytes, 4)?.into()),
        TypeRef::F64 => Value::Raw(take(bytes, 8)?.into()),
        TypeRef::Char | TypeRef::String => {
            let length = unvarint(bytes)? as usize;
            Value::Text(String::from_utf8(take(bytes, length)?.into()).ok()?)
        }
        TypeRef::Bytes => {
            let length = unvarint(bytes)? as usize;
            Value::Bytes(take(bytes, length)?.into())
        }
        TypeRef::Option(item) => match take(bytes, 1)?[0] {
            0 => Value::Option(None),
            1 => Value::Option(Some(Box::new(read(api, item, bytes)?))),
            _ => return None,
        },
        TypeRef::List(item) => {
            let count = unvarint(bytes)?;
            Value::Many((0..count).map(|_| read(api, item, bytes)).collect::<Option<_>>()?)
        }
        TypeRef::Set(item) => {
            let count = unvarint(bytes)?;
            sorted((0..count).map(|_| read(api, item, bytes)).collect::<Option<_>>()?)
        }
        TypeRef::Map { key, value } => {
            let pair = TypeRef::Tuple(vec![(**key).clone(), (**value).clone()]);
            read(api, &TypeRef::Set(Box::new(pair)), bytes)?
        }
        TypeRef::Unit | TypeRef::Array { .. } | TypeRef::Tuple(_) => product(api, ty, None, bytes)?,
        TypeRef::Named(name) => match &definition(api, name).kind {
            TypeKind::Struct(_) => product(api, ty, None, bytes)?,
            TypeKind::Enum { variants } => {
                let index = Some(unvarint(bytes)?).filter(|index| *index < variants.len() as u128)?;
                Value::Variant(index, Box::new(product(api, ty, Some(index), bytes)?))
            }
        },
        integer => match (width(integer), unvarint(bytes)?) {
            ((_, false), number) => Value::Unsigned(number),
            ((_, true), zigzag) => Value::Signed((zigzag >> 1) as i128 ^ -((zigzag & 1) as i128)),
        },
    })
}

fn product(api: &Api, ty: &TypeRef, variant: Option<u128>, bytes: &mut &[u8]) -> Option<Value> {
    let values = parts(api, ty, variant)
        .iter()
        .map(|part| read(api, part, bytes))
        .collect::<Option<_>>()?;
    Some(Value::Product(values))
}

/// The types of what stands one after another in a value.
fn parts(api: &Api, ty: &TypeRef, variant: Option<u128>) -> Vec<TypeRef> {
    match ty {
        TypeRef::Unit => Vec::new(),
        TypeRef::Tuple(items) => items.clone(),
        TypeRef::Array { item, len } => vec![(**item).clone(); *len as usize],
        TypeRef::Named(name) => match (&definition(api, name).kind, variant) {
            (TypeKind::Struct(fields), _) => fields.fields.iter().map(|field| field.ty.clone()).collect(),
            (TypeKind::Enum { variants }, Some(index)) => variants[index as usize]
                .fields
                .fields
                .iter()
                .map(|field| field.ty.clone())
                .collect(),
            mismatch => unreachable!("{mismatch:?}"),
        },
        other => unreachable!("{other:?}"),
    }
}

fn definition<'a>(api: &'a Api, name: &str) -> &'a rapace_schema::TypeDef {
    api.types.iter().find(|def| def.name == name).unwrap()
}

/// Bits, and whether it is signed.
fn width(ty: &TypeRef) -> (u32, bool) {
    match ty {
        TypeRef::U8 => (8, false),
        TypeRef::U16 => (16, false),
        TypeRef::U32 => (32, false),
        TypeRef::U64 => (64, false),
        TypeRef::U128 => (128, false),
        TypeRef::I8 => (8, true),
        TypeRef::I16 => (16, true),
        TypeRef::I32 => (32, true),
        TypeRef::I64 => (64, true),
        TypeRef::I128 => (128, true),
        other => unreachable!("{other:?}"),
    }
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort();
    values.dedup();
    Value::Many(values)
}

/// Not a NaN, whose bits need not survive.
fn finite32(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() {
        0x8000_0000
    } else {
        bits
    }
}

fn finite64(bits: u64) -> u64 {
    if f64::from_bits(bits).is_nan() { 1 << 63 } else { bits }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn varint(mut number: u128, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn unvarint(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0;
    for shift in (0..128).step_by(7) {
        let byte = take(bytes, 1)?[0];
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
