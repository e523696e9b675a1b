//! Types that have no value which ends: each always contains another one of itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Api, Fields, TypeKind, TypeRef};

/// The names of the types without a finite value, in their order.
///
/// A struct is finite when all its fields are, an enum when one of its variants is. Each set of fields counts the named
/// types that it waits for, so the work is that of reading the file, whatever the order.
pub(super) fn endless(api: &Api) -> Vec<&str> {
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    let mut waits_for: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut ready: Vec<usize> = Vec::new();
    for (def, of) in api.types.iter().enumerate() {
        let sets: Vec<&Fields> = match &of.kind {
            TypeKind::Struct(fields) => vec![fields],
            TypeKind::Enum { variants } => variants.iter().map(|variant| &variant.fields).collect(),
        };
        for fields in sets {
            let mut needed = BTreeSet::new();
            for field in &fields.fields {
                always(&field.ty, &mut needed);
            }
            if needed.is_empty() {
                ready.push(def);
            }
            for name in &needed {
                waits_for.entry(name).or_default().push(waiting.len());
            }
            waiting.push((def, needed.len()));
        }
    }
    let mut finite = vec![false; api.types.len()];
    while let Some(def) = ready.pop() {
        if std::mem::replace(&mut finite[def], true) {
            continue;
        }
        for &set in waits_for.get(api.types[def].name.as_str()).into_iter().flatten() {
            let (of, count) = &mut waiting[set];
            *count -= 1;
            if *count == 0 {
                ready.push(*of);
            }
        }
    }
    let names = api.types.iter().zip(finite);
    names
        .filter(|(_, finite)| !finite)
        .map(|(def, _)| def.name.as_str())
        .collect()
}

/// Adds the named types of which each value of `ty` holds one.
fn always<'a>(ty: &'a TypeRef, found: &mut BTreeSet<&'a str>) {
    match ty {
        TypeRef::Named(name) => {
            found.insert(name);
        }
        TypeRef::Array { item, len } if *len > 0 => always(item, found),
        TypeRef::Tuple(items) => items.iter().for_each(|item| always(item, found)),
        _ => {}
    }
}
