//! Structs of one field without a name.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{TypeDef, TypeKind, TypeRef};

/// The type inside a newtype.
pub(crate) fn inner_of(def: &TypeDef) -> Option<&TypeRef> {
    match &def.kind {
        TypeKind::Struct(fields) => fields.newtype(),
        TypeKind::Enum { .. } => None,
    }
}

/// The newtypes from which newtypes and options lead back to themselves: the circles of a graph in which each type leads to
/// at most one other.
pub(crate) fn hold_themselves<'a>(defs: &BTreeMap<&'a str, &'a TypeDef>) -> BTreeSet<&'a str> {
    let next = |name: &str| {
        let mut inner = inner_of(defs[name])?;
        while let TypeRef::Option(item) = inner {
            inner = item;
        }
        match inner {
            TypeRef::Named(name) => Some(name.as_str()),
            _ => None,
        }
    };
    let (mut found, mut done) = (BTreeSet::new(), BTreeSet::new());
    for start in defs.keys().copied() {
        let (mut path, mut places, mut at) = (Vec::new(), BTreeMap::new(), Some(start));
        while let Some(name) = at.filter(|name| !done.contains(name)) {
            if let Some(from) = places.insert(name, path.len()) {
                found.extend(path[from..].iter().copied());
                break;
            }
            path.push(name);
            at = next(name);
        }
        done.extend(path);
    }
    found
}
