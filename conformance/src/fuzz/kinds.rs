//! Kinds of types about which Rust and clients, or clients among themselves, may differ, and why.

use std::collections::BTreeSet;

use rapace_schema::postcard::Codec;
use rapace_schema::{Api, TypeDef, TypeRef};

/// The kinds that the types of an API belong to.
pub struct Kinds<'a> {
    api: &'a Api,
    codec: &'a Codec<'a>,
    /// The types inside keys of maps and items of sets.
    keys: BTreeSet<&'a str>,
}

impl<'a> Kinds<'a> {
    /// For the types of this API.
    pub fn new(api: &'a Api, codec: &'a Codec<'a>) -> Self {
        let fields = api.types.iter().flat_map(TypeDef::field_types);
        let answers = api.services.iter().flat_map(|service| &service.methods);
        let types = fields.chain(answers.map(|method| &method.response));
        let keys = types.flat_map(|ty| inside(api, ty)).filter_map(|ty| match ty {
            TypeRef::Set(key) | TypeRef::Map { key, .. } => Some(&**key),
            _ => None,
        });
        let inside_keys = keys.flat_map(|key| inside(api, key)).filter_map(|ty| match ty {
            TypeRef::Named(name) => Some(name.as_str()),
            _ => None,
        });
        Self {
            keys: inside_keys.collect(),
            api,
            codec,
        }
    }

    /// A collection of items without bytes. Rust reads them in whatever number, which may take it hours, before it refuses
    /// what follows.
    pub fn counts_nothing(&self, ty: &TypeRef) -> bool {
        let nothing = |ty: &TypeRef| self.codec.is_zero_sized(ty);
        inside(self.api, ty).into_iter().any(|ty| match ty {
            TypeRef::List(item) | TypeRef::Set(item) => nothing(item),
            TypeRef::Map { key, value } => nothing(key) && nothing(value),
            _ => false,
        })
    }

    /// Sets or maps in what is a key somewhere. Equal keys may have different bytes then, and which of them wins differs: some
    /// languages compare the bytes, and to Python a map that must be hashed is a set of pairs. Rust writes every key once,
    /// so that only bytes that no peer writes show it.
    pub fn has_collections_in_keys(&self, ty: &TypeRef) -> bool {
        let is_map = |ty: &&TypeRef| matches!(ty, TypeRef::Map { .. });
        inside(self.api, ty).into_iter().any(|ty| match ty {
            TypeRef::Set(key) | TypeRef::Map { key, .. } => !self.codec.has_one_encoding(key),
            TypeRef::Named(name) if self.keys.contains(name.as_str()) => inside(self.api, ty).iter().any(is_map),
            _ => false,
        })
    }
}

/// The type and all inside it, fields of named types included.
fn inside<'t>(api: &'t Api, ty: &'t TypeRef) -> Vec<&'t TypeRef> {
    let (mut all, mut seen, mut left) = (Vec::new(), BTreeSet::new(), vec![ty]);
    while let Some(ty) = left.pop() {
        all.push(ty);
        match ty {
            TypeRef::Named(name) => {
                let def = api.types.iter().find(|def| def.name == *name);
                if let (Some(def), true) = (def, seen.insert(name)) {
                    left.extend(def.field_types());
                }
            }
            ty => left.extend(ty.children()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use rapace_schema::postcard::Limits;

    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        let api = crate::fixtures::api().expect("the fixtures");
        let codec = Codec::new(&api, Limits::default());
        let kinds = Kinds::new(&api, &codec);
        let list = |ty| TypeRef::List(Box::new(ty));
        let set = |ty| TypeRef::Set(Box::new(ty));
        let named = |name: &str| TypeRef::Named(name.into());
        assert!(kinds.counts_nothing(&list(TypeRef::Unit)));
        assert!(kinds.counts_nothing(&TypeRef::Option(Box::new(list(named("Nothing"))))));
        assert!(!kinds.counts_nothing(&list(list(TypeRef::U8))));
        assert!(kinds.has_collections_in_keys(&set(set(TypeRef::U8))));
        assert!(!kinds.has_collections_in_keys(&set(list(TypeRef::U8))));
        assert!(!kinds.has_collections_in_keys(&named("Containers")));
    }
}
