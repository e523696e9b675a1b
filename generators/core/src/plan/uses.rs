//! Which types travel as requests and which as responses.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{Api, TypeDef, TypeRef};

/// The types of an API by the direction in which their values travel. A client encodes requests and decodes responses; a
/// handler does the opposite.
#[derive(Clone, Debug)]
pub struct Uses {
    requests: BTreeSet<TypeRef>,
    responses: BTreeSet<TypeRef>,
}

impl Uses {
    /// The uses of all types of `api`, named and unnamed, with all that are inside them. A response is a stream's item too.
    pub fn of(api: &Api) -> Self {
        let defs: BTreeMap<&str, &TypeDef> = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
        let methods = || api.services.iter().flat_map(|service| &service.methods);
        let arguments = methods().flat_map(|method| method.arguments.iter().map(|argument| &argument.ty));
        Self {
            requests: reached(arguments, &defs),
            responses: reached(methods().map(|method| &method.response), &defs),
        }
    }

    /// The types whose values travel in requests, sorted.
    pub fn requests(&self) -> impl Iterator<Item = &TypeRef> {
        self.requests.iter()
    }

    /// The types whose values travel in responses, sorted.
    pub fn responses(&self) -> impl Iterator<Item = &TypeRef> {
        self.responses.iter()
    }

    /// True for a type whose values travel in requests.
    pub fn in_requests(&self, ty: &TypeRef) -> bool {
        self.requests.contains(ty)
    }

    /// True for a type whose values travel in responses.
    pub fn in_responses(&self, ty: &TypeRef) -> bool {
        self.responses.contains(ty)
    }
}

/// These types and all inside them, each once, however long a chain of types is.
fn reached<'a>(types: impl Iterator<Item = &'a TypeRef>, defs: &BTreeMap<&str, &'a TypeDef>) -> BTreeSet<TypeRef> {
    let mut left: Vec<&TypeRef> = types.collect();
    let mut found: BTreeSet<&TypeRef> = BTreeSet::new();
    while let Some(ty) = left.pop() {
        if !found.insert(ty) {
            continue;
        }
        left.extend(ty.children());
        if let TypeRef::Named(name) = ty
            && let Some(def) = defs.get(name.as_str())
        {
            left.extend(def.field_types());
        }
    }
    found.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use rapace_schema::TypeRef;

    use super::Uses;

    #[test]
    fn types_travel_where_methods_have_them() {
        let api = rapace_schema::read(include_str!("../../../cases/structs.json")).expect("the case is sound");
        let uses = Uses::of(&api);
        let methods: Vec<_> = api.services.iter().flat_map(|service| &service.methods).collect();
        for method in &methods {
            assert!(method.arguments.iter().all(|argument| uses.in_requests(&argument.ty)));
            assert!(uses.in_responses(&method.response));
        }
        // What is inside a type travels with it.
        for def in &api.types {
            let named = TypeRef::Named(def.name.clone());
            for ty in def.field_types() {
                assert!(!uses.in_requests(&named) || uses.in_requests(ty), "{}", def.name);
                assert!(!uses.in_responses(&named) || uses.in_responses(ty), "{}", def.name);
            }
        }
        assert!(uses.requests().count() > 1 && uses.responses().count() > 1);
    }
}
