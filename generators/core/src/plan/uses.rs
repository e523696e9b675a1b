//! Which types travel in requests and which in responses.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{Api, TypeDef, TypeRef};

use super::Facts;

/// The types of an API by the direction in which their values travel. A client encodes requests and decodes responses; a
/// handler does the opposite.
///
/// Types without bytes are in neither set, nor is what is in them: no codec reads or writes an item of `[T; 0]`.
#[derive(Clone, Debug)]
pub struct Uses<'a> {
    requests: BTreeSet<&'a TypeRef>,
    responses: BTreeSet<&'a TypeRef>,
}

impl<'a> Uses<'a> {
    /// The uses of all types of `api`, named and unnamed, with all that is in them. The item of a stream is a response.
    pub fn of(api: &'a Api, facts: &Facts<'a>) -> Self {
        let defs: BTreeMap<&str, &TypeDef> = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
        let methods = || api.services.iter().flat_map(|service| &service.methods);
        let arguments = methods().flat_map(|method| method.arguments.iter().map(|argument| &argument.ty));
        Self {
            requests: reached(arguments, &defs, facts),
            responses: reached(methods().map(|method| &method.response), &defs, facts),
        }
    }

    /// The types whose values travel in requests, sorted.
    pub fn requests(&self) -> impl Iterator<Item = &'a TypeRef> {
        self.requests.iter().copied()
    }

    /// The types whose values travel in responses, sorted.
    pub fn responses(&self) -> impl Iterator<Item = &'a TypeRef> {
        self.responses.iter().copied()
    }
}

/// These types and all in them that have bytes, each once, however long a chain of types is.
fn reached<'a>(
    types: impl Iterator<Item = &'a TypeRef>,
    defs: &BTreeMap<&str, &'a TypeDef>,
    facts: &Facts<'a>,
) -> BTreeSet<&'a TypeRef> {
    let mut left: Vec<&TypeRef> = types.collect();
    let mut found: BTreeSet<&TypeRef> = BTreeSet::new();
    while let Some(ty) = left.pop() {
        if facts.is_zero_sized(ty) || !found.insert(ty) {
            continue;
        }
        left.extend(ty.children());
        if let TypeRef::Named(name) = ty
            && let Some(def) = defs.get(name.as_str())
        {
            left.extend(def.field_types());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rapace_schema::TypeRef;

    use crate::plan::{Facts, Uses};

    #[test]
    fn types_travel_where_methods_have_them_and_with_all_that_is_in_them() {
        let api = rapace_schema::read(include_str!("../../../cases/structs.json")).expect("the case is sound");
        let facts = Facts::of(&api);
        let uses = Uses::of(&api, &facts);
        let requests: BTreeSet<&TypeRef> = uses.requests().collect();
        let responses: BTreeSet<&TypeRef> = uses.responses().collect();
        assert!(requests.len() > 1 && responses.len() > 1);
        for method in api.services.iter().flat_map(|service| &service.methods) {
            let travels = |ty, direction: &BTreeSet<&TypeRef>| direction.contains(ty) != facts.is_zero_sized(ty);
            assert!(method.arguments.iter().all(|argument| travels(&argument.ty, &requests)));
            assert!(travels(&method.response, &responses));
        }
        for def in &api.types {
            let named = TypeRef::Named(def.name.clone());
            for direction in [&requests, &responses] {
                let travels = |ty: &TypeRef| direction.contains(ty) || facts.is_zero_sized(ty);
                assert!(
                    !direction.contains(&named) || def.field_types().all(travels),
                    "{}",
                    def.name
                );
            }
        }
    }
}
