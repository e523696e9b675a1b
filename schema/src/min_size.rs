//! The fewest bytes that values of each type take. Counts in a payload are checked with it: what has no bytes may be claimed any
//! number of times.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::model::{TypeDef, TypeKind, TypeRef};
use crate::order::Groups;

/// The fewest bytes of every type of an API.
#[derive(Clone, Debug)]
pub struct MinSizes<'a>(HashMap<&'a str, u64>);

impl<'a> MinSizes<'a> {
    /// The sizes of the types in these groups.
    pub fn of(groups: &Groups<'a>) -> Self {
        Self(min_sizes(groups))
    }

    /// The fewest bytes that a value of the type takes on the wire: `u64::MAX` when no value of it ends.
    pub fn of_type(&self, ty: &TypeRef) -> u64 {
        min_size(ty, &self.0)
    }

    /// True for a type whose values take no bytes. Decoders bound how many of them a payload may claim.
    pub fn is_zero_sized(&self, ty: &TypeRef) -> bool {
        self.of_type(ty) == 0
    }
}

/// The fewest bytes of each named type. A group begins as if its values had no end; whenever a type gets smaller, those of its
/// group that mention it are looked at again.
fn min_sizes<'a>(groups: &Groups<'a>) -> HashMap<&'a str, u64> {
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    for group in groups.iter() {
        let mut mentioned_by: BTreeMap<&str, Vec<&'a TypeDef>> = BTreeMap::new();
        for def in group.iter().copied() {
            sizes.insert(&def.name, u64::MAX);
            for ty in def.field_types() {
                ty.for_each_name(&mut |name| mentioned_by.entry(name).or_default().push(def));
            }
        }
        let mut left: VecDeque<&TypeDef> = group.iter().copied().collect();
        let mut waiting: BTreeSet<&str> = group.iter().map(|def| def.name.as_str()).collect();
        while let Some(def) = left.pop_front() {
            waiting.remove(def.name.as_str());
            let size = min_size_of_def(def, &sizes);
            if sizes.insert(&def.name, size) == Some(size) {
                continue;
            }
            for by in mentioned_by.get(def.name.as_str()).into_iter().flatten() {
                if waiting.insert(&by.name) {
                    left.push_back(by);
                }
            }
        }
    }
    sizes
}

fn min_size_of_def(def: &TypeDef, sizes: &HashMap<&str, u64>) -> u64 {
    match &def.kind {
        TypeKind::Struct(fields) => sum(fields.fields.iter().map(|field| &field.ty), sizes),
        TypeKind::Enum { variants } => {
            let of_variants = variants
                .iter()
                .map(|variant| sum(variant.fields.fields.iter().map(|field| &field.ty), sizes));
            // The index takes a byte.
            of_variants.min().unwrap_or(u64::MAX).saturating_add(1)
        }
    }
}

fn sum<'t>(types: impl Iterator<Item = &'t TypeRef>, sizes: &HashMap<&str, u64>) -> u64 {
    types.fold(0, |sum: u64, ty| sum.saturating_add(min_size(ty, sizes)))
}

fn min_size(ty: &TypeRef, sizes: &HashMap<&str, u64>) -> u64 {
    match ty {
        TypeRef::Unit => 0,
        TypeRef::F32 => 4,
        TypeRef::F64 => 8,
        // A length and a character.
        TypeRef::Char => 2,
        TypeRef::Array { item, len } => min_size(item, sizes).saturating_mul(*len),
        TypeRef::Tuple(items) => sum(items.iter(), sizes),
        TypeRef::Named(name) => sizes.get(name.as_str()).copied().unwrap_or(u64::MAX),
        _ => 1,
    }
}
