//! What values cost in memory once they are decoded: one nominal size per type, equal in every language.
//!
//! A few bytes on the wire can be a large value: an empty string is one byte, and dozens in memory. A decoder adds up the
//! nominal sizes of what it is about to make, and refuses a payload that exceeds its limit before it allocates. The sizes
//! are rough on purpose, so that all languages refuse the same payloads: an object is within a factor of three of them.

use std::collections::HashMap;

use crate::model::{Api, Fields, Style, TypeKind, TypeRef};
use crate::order::{Groups, groups};

/// A number, a bool, a char, a variant without fields, a reference to a value of a recursive type. A list of scalars, of
/// which each takes a byte or more, is never above 16 times its payload, which is the default limit.
const SCALAR: u64 = 16;
/// A string or bytes. Their text is not counted, because the payload's length bounds it.
const TEXT: u64 = 32;
/// A list, set or map without its items.
const COLLECTION: u64 = 64;
/// A struct, tuple, array or variant without its fields.
const OBJECT: u64 = 32;
/// The greatest size that is given, so that it fits every language's fast integers: 2 GiB.
const GREATEST: u64 = 1 << 31;

/// The default limit on the decoded size of a payload, as a multiple of the frame cap.
pub const DECODED_BYTES_PER_FRAME_BYTE: u64 = 16;

/// The nominal sizes of an API's types, in bytes.
///
/// A decoder charges, against one limit per payload:
/// - for each list, set and map: its count times [`item`](Self::item) or [`entry`](Self::entry), once the count has been
///   read and the bytes that are left have been found to suffice;
/// - for each value of a recursive type: its [`body`](Self::body), once its depth has been found to be allowed.
#[derive(Clone, Debug)]
pub struct DecodedSizes<'a> {
    groups: Groups<'a>,
    named: HashMap<&'a str, u64>,
}

impl<'a> DecodedSizes<'a> {
    /// For an API that [`validate`](crate::validate) finds sound.
    pub fn of(api: &'a Api) -> Self {
        let mut sizes = Self {
            groups: groups(api),
            named: HashMap::new(),
        };
        // Dependencies come first, and members of a circle mention one another as references.
        let order: Vec<_> = sizes.groups.iter().flatten().copied().collect();
        for def in order {
            let size = match &def.kind {
                TypeKind::Struct(fields) => sizes.object(fields),
                TypeKind::Enum { variants } => {
                    let sizes = variants.iter().map(|variant| match variant.fields.fields.len() {
                        0 => SCALAR,
                        _ => sizes.fields(&variant.fields),
                    });
                    sizes.max().unwrap_or(SCALAR)
                }
            };
            sizes.named.insert(&def.name, size.min(GREATEST));
        }
        sizes
    }

    /// What each item of a list or set of this type is charged. Nothing for `u8`: a list of it is bytes in every language, and a
    /// set of it holds at most 256.
    pub fn item(&self, item: &TypeRef) -> u64 {
        match item {
            TypeRef::U8 => 0,
            item => self.value(item).min(GREATEST),
        }
    }

    /// What each entry of a map is charged.
    pub fn entry(&self, key: &TypeRef, value: &TypeRef) -> u64 {
        self.value(key).saturating_add(self.value(value)).min(GREATEST)
    }

    /// What each value of a recursive type is charged; nothing for any other type, which is paid for by what contains it.
    pub fn body(&self, name: &str) -> u64 {
        match self.groups.is_recursive(name) {
            true => self.named.get(name).copied().unwrap_or(0),
            false => 0,
        }
    }

    fn value(&self, ty: &TypeRef) -> u64 {
        match ty {
            TypeRef::String | TypeRef::Bytes => TEXT,
            TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. } => COLLECTION,
            TypeRef::Option(item) => self.value(item),
            TypeRef::Array { item, len } => {
                let each = match **item {
                    TypeRef::U8 => 1,
                    ref item => self.value(item),
                };
                OBJECT.saturating_add(len.saturating_mul(each))
            }
            TypeRef::Tuple(items) => self.sum(items.iter()),
            TypeRef::Named(name) if self.groups.is_recursive(name) => SCALAR,
            TypeRef::Named(name) => self.named.get(name.as_str()).copied().unwrap_or(SCALAR),
            _ => SCALAR,
        }
    }

    /// A struct: one without fields is a scalar, one around a single unnamed field is that field.
    fn object(&self, fields: &Fields) -> u64 {
        match fields.fields.as_slice() {
            [] => SCALAR,
            [field] if fields.style == Style::Tuple => self.value(&field.ty),
            _ => self.fields(fields),
        }
    }

    fn fields(&self, fields: &Fields) -> u64 {
        self.sum(fields.fields.iter().map(|field| &field.ty))
    }

    fn sum<'t>(&self, types: impl Iterator<Item = &'t TypeRef>) -> u64 {
        types.fold(OBJECT, |sum, ty| sum.saturating_add(self.value(ty)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{api, boxed, enumeration, named, structure};
    use TypeRef::{Array, Bool, Bytes, List, Map, Option, String, Tuple, U8, U32};

    #[test]
    fn sizes_follow_the_types() {
        let api = api([
            structure("Point", &[("x", U32), ("y", U32)]),
            structure("Empty", &[]),
            enumeration("Colour", &[("Red", &[]), ("Green", &[])]),
            enumeration("Shape", &[("None", &[]), ("At", &[("point", named("Point"))])]),
            structure("Tree", &[("name", String), ("children", List(boxed(named("Tree"))))]),
        ]);
        let sizes = DecodedSizes::of(&api);
        let array = |item, len| Array { item: boxed(item), len };
        for (ty, size) in [
            (U8, 0),
            (U32, 16),
            (Option(boxed(Bool)), 16),
            (String, 32),
            (Bytes, 32),
            (List(boxed(U32)), 64),
            (array(U8, 40), 72),
            (array(U32, 3), 80),
            (Tuple(vec![U8, String]), 80),
            (named("Point"), 64),
            (named("Empty"), 16),
            (named("Colour"), 16),
            (named("Shape"), 96),
            (named("Tree"), 16),
            (array(array(named("Point"), u64::MAX), 2), GREATEST),
        ] {
            assert_eq!(sizes.item(&ty), size, "{ty:?}");
        }
        let map = Map {
            key: boxed(U8),
            value: boxed(String),
        };
        assert_eq!((sizes.entry(&U8, &String), sizes.item(&map)), (48, 64));
        assert_eq!((sizes.body("Tree"), sizes.body("Point")), (128, 0));
    }

    #[test]
    fn a_chain_of_10_000_types_does_not_overflow_the_stack() {
        let types = (0..10_000).map(|i| match i {
            0 => structure("T0", &[("next", U32)]),
            _ => structure(&format!("T{i}"), &[("next", named(&format!("T{}", i - 1)))]),
        });
        let api = api(types);
        assert_eq!(DecodedSizes::of(&api).item(&named("T9999")), 16 + 10_000 * 32);
    }
}
