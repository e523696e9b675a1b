//! JSON values to postcard's bytes and back, driven by the description of a type: one interpreter for tools and tests.
//!
//! The bytes are those of facet-postcard 0.32.3; what is refused is what every generated client refuses.

mod decode;
mod encode;
mod meaning;
mod parts;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::decoded_size::DecodedSizes;
use crate::min_size::MinSizes;
use crate::model::{Api, TypeDef, TypeRef};
use crate::order::{Groups, groups};

/// What a value may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many values of recursive types may be inside each other.
    pub max_depth: u32,
    /// How many items without bytes a payload may have in all its collections.
    pub max_zero_sized_items: u64,
    /// How large a value may be once it is decoded, in bytes by [`DecodedSizes`].
    pub max_decoded_bytes: u64,
    /// Whether bytes may be left after the value.
    pub trailing_bytes: bool,
}

impl Default for Limits {
    /// What every runtime has: 128 levels, 65,536 items, 256 MiB, no bytes left.
    fn default() -> Self {
        Self {
            max_depth: 128,
            max_zero_sized_items: 65_536,
            max_decoded_bytes: 256 << 20,
            trailing_bytes: false,
        }
    }
}

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// What is wrong.
    pub reason: Reason,
    /// The details, for people.
    pub what: String,
    /// Where in the value: field names, indexes and variants, joined by dots; empty for the value itself.
    pub path: String,
    /// Where in the bytes, when bytes are read.
    pub offset: Option<usize>,
}

/// The kinds of [`ValueError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The bytes end before the value does, or a count or a length is more than they can hold.
    UnexpectedEnd,
    /// A varint is longer than its type can need, or does not fit.
    Varint,
    /// The tag of a bool or an option is neither 0 nor 1.
    Tag,
    /// The enum has no such variant.
    Variant,
    /// A string is not UTF-8.
    Utf8,
    /// A char is not one character.
    Char,
    /// Recursive types are nested too deep.
    Depth,
    /// There are too many items without bytes.
    ZeroSizedItems,
    /// The decoded value would be too large.
    DecodedSize,
    /// Bytes are left after the value.
    TrailingBytes,
    /// A JSON value has not the form that its type asks for.
    Form,
    /// A number does not fit its type.
    Range,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        match self.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ValueError {}

/// A field, an item, a map's entry or a variant of a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// How many parts it is inside of.
    pub depth: usize,
    /// The field's name, the item's index or the variant's name.
    pub name: String,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last; nothing for one that cannot be read.
    pub end: Option<usize>,
    /// Its JSON form, of a part that has no parts.
    pub value: Option<Value>,
}

/// Encodes and decodes values of an API's types.
pub struct Codec<'a> {
    types: BTreeMap<&'a str, &'a TypeDef>,
    groups: Groups<'a>,
    sizes: DecodedSizes<'a>,
    min_sizes: MinSizes<'a>,
    limits: Limits,
}

impl<'a> Codec<'a> {
    /// For an API that [`read`](crate::read) has checked.
    pub fn new(api: &'a Api, limits: Limits) -> Self {
        let groups = groups(api);
        Self {
            types: api.types.iter().map(|def| (def.name.as_str(), def)).collect(),
            sizes: DecodedSizes::of(api),
            min_sizes: MinSizes::of(&groups),
            groups,
            limits,
        }
    }

    /// Whether values of the type have no bytes.
    pub fn is_zero_sized(&self, ty: &TypeRef) -> bool {
        self.min_sizes.is_zero_sized(ty)
    }

    fn definition(&self, name: &str) -> Option<&'a TypeDef> {
        self.types.get(name).copied()
    }
}

#[cfg(test)]
mod tests;
