//! Types whose values take no bytes. A payload may claim any number of them, so that they are counted.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{Api, Fields, TypeKind, TypeRef};

/// Which types have values of no bytes.
#[derive(Clone, Debug)]
pub struct ZeroSized<'a>(BTreeSet<&'a str>);

impl<'a> ZeroSized<'a> {
    /// For the types of `api`: structs of which all fields take no bytes. Each waits for the named types in it.
    pub fn of(api: &'a Api) -> Self {
        let mut waits: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ready = Vec::new();
        for def in &api.types {
            let TypeKind::Struct(fields) = &def.kind else { continue };
            let Some(needed) = needed(fields) else { continue };
            if needed.is_empty() {
                ready.push(def.name.as_str());
            }
            left.insert(&def.name, needed.len());
            for name in needed {
                waits.entry(name).or_default().push(&def.name);
            }
        }
        let mut found = BTreeSet::new();
        while let Some(name) = ready.pop() {
            found.insert(name);
            for waiting in waits.remove(name).into_iter().flatten() {
                if let Some(count) = left.get_mut(waiting) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(waiting);
                    }
                }
            }
        }
        Self(found)
    }

    /// True when values of the type take no bytes.
    pub fn contains(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Unit => true,
            TypeRef::Array { item, len } => *len == 0 || self.contains(item),
            TypeRef::Tuple(items) => items.iter().all(|item| self.contains(item)),
            TypeRef::Named(name) => self.0.contains(name.as_str()),
            _ => false,
        }
    }
}

/// The named types that all must take no bytes for the fields to take none; nothing when they take some anyway.
fn needed(fields: &Fields) -> Option<BTreeSet<&str>> {
    fn add<'a>(ty: &'a TypeRef, names: &mut BTreeSet<&'a str>) -> bool {
        match ty {
            TypeRef::Unit => true,
            TypeRef::Array { item, len } => *len == 0 || add(item, names),
            TypeRef::Tuple(items) => items.iter().all(|item| add(item, names)),
            TypeRef::Named(name) => {
                names.insert(name);
                true
            }
            _ => false,
        }
    }
    let mut names = BTreeSet::new();
    let all = fields.fields.iter().all(|field| add(&field.ty, &mut names));
    all.then_some(names)
}

#[cfg(test)]
mod tests {
    use rapace_schema::TypeRef;

    use super::ZeroSized;
    use crate::plan::samples::{empty, newtype};

    #[test]
    fn structs_of_units_take_no_bytes_however_often_they_are_repeated() {
        let mut api = empty();
        api.types.push(newtype("T0", TypeRef::Unit));
        for i in 1..200 {
            let before = TypeRef::Named(format!("T{}", i - 1));
            api.types
                .push(newtype(&format!("T{i}"), TypeRef::Tuple(vec![before.clone(), before])));
        }
        let own = TypeRef::Named("Own".into());
        let none = TypeRef::Array {
            item: Box::new(own.clone()),
            len: 0,
        };
        api.types.push(newtype("Own", none));
        api.types.push(newtype("Flag", TypeRef::Bool));
        let zero_sized = ZeroSized::of(&api);
        assert!(zero_sized.contains(&TypeRef::Named("T199".into())) && zero_sized.contains(&own));
        assert!(!zero_sized.contains(&TypeRef::Named("Flag".into())));
    }
}
