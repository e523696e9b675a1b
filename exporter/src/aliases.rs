//! Which aliases an API keeps: a name means one type, and no type has it.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{Alias, Api, TypeKind, TypeRef};

/// Lists the aliases that the API's places name, with their docs by name and path. Takes out those that name several types, a type
/// with a definition, or have the name of one.
pub(crate) fn settle(api: &mut Api, docs: BTreeMap<(String, String), String>) {
    let mut named: BTreeMap<String, BTreeSet<TypeRef>> = BTreeMap::new();
    each_use(api, &mut |alias, ty| {
        if let Some(name) = alias {
            named.entry(name.clone()).or_default().insert(ty.clone());
        }
    });
    let types: BTreeSet<&str> = api.types.iter().map(|def| def.name.as_str()).collect();
    let is_kept = |name: &str, of: &BTreeSet<TypeRef>| {
        let has_definition = of.iter().any(|ty| matches!(ty, TypeRef::Named(_)));
        of.len() == 1 && !has_definition && !types.contains(name)
    };
    let kept: BTreeMap<String, TypeRef> = (named.iter())
        .filter(|(name, of)| is_kept(name, of))
        .filter_map(|(name, of)| Some((name.clone(), of.first()?.clone())))
        .collect();
    each_use(api, &mut |alias, _| {
        alias.take_if(|name| !kept.contains_key(name));
    });
    let aliases = kept.into_iter().map(|(name, ty)| {
        let mut docs = docs.iter().filter(|((of, _), doc)| *of == name && !doc.is_empty());
        let doc = docs.next().map(|(_, doc)| doc.clone()).unwrap_or_default();
        Alias { name, doc, ty }
    });
    api.aliases = aliases.collect();
}

/// Visits every place that may name an alias, with the type there.
fn each_use(api: &mut Api, visit: &mut impl FnMut(&mut Option<String>, &TypeRef)) {
    for method in api.services.iter_mut().flat_map(|service| &mut service.methods) {
        for argument in &mut method.arguments {
            visit(&mut argument.alias, &argument.ty);
        }
        visit(&mut method.response_alias, &method.response);
    }
    for def in &mut api.types {
        let fields = match &mut def.kind {
            TypeKind::Struct(fields) => vec![fields],
            TypeKind::Enum { variants } => variants.iter_mut().map(|variant| &mut variant.fields).collect(),
        };
        for field in fields.into_iter().flat_map(|fields| &mut fields.fields) {
            visit(&mut field.alias, &field.ty);
        }
    }
}
