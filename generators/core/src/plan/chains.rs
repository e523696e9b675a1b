//! Chains of types that each are but another name for the next.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{Api, TypeDef, TypeRef};

/// For each type that `next` says to be another name for a type: what is at the end of the chain that begins there. Types
/// that are only names for one another in a circle have none.
pub fn chain_ends<'a>(
    api: &'a Api,
    next: impl Fn(&'a TypeDef) -> Option<&'a TypeRef>,
) -> BTreeMap<&'a str, &'a TypeRef> {
    let inner: BTreeMap<&str, &TypeRef> = (api.types.iter())
        .filter_map(|def| Some((def.name.as_str(), next(def)?)))
        .collect();
    let mut ends: BTreeMap<&str, Option<&TypeRef>> = BTreeMap::new();
    for start in inner.keys().copied() {
        let (mut at, mut path, mut seen) = (start, Vec::new(), BTreeSet::new());
        let end = loop {
            if let Some(end) = ends.get(at) {
                break *end;
            }
            if !seen.insert(at) {
                break None;
            }
            path.push(at);
            match inner[at] {
                TypeRef::Named(name) if inner.contains_key(name.as_str()) => at = name,
                end => break Some(end),
            }
        };
        ends.extend(path.into_iter().map(|name| (name, end)));
    }
    ends.into_iter().filter_map(|(name, end)| Some((name, end?))).collect()
}

#[cfg(test)]
mod tests {
    use rapace_schema::{Api, TypeKind, TypeRef};

    use super::chain_ends;

    fn api(chain: &[(&str, TypeRef)]) -> Api {
        let mut api = crate::plan::samples::empty();
        api.types = (chain.iter())
            .map(|(name, inner)| crate::plan::samples::newtype(name, inner.clone()))
            .collect();
        api
    }

    #[test]
    fn a_long_chain_ends_where_it_ends_and_a_circle_nowhere() {
        let named = |name: &str| TypeRef::Named(name.into());
        let api = api(&[
            ("A", named("B")),
            ("B", named("C")),
            ("C", TypeRef::U8),
            ("X", named("Y")),
            ("Y", named("X")),
            ("Z", named("Y")),
        ]);
        let ends = chain_ends(&api, |def| match &def.kind {
            TypeKind::Struct(fields) => fields.newtype(),
            TypeKind::Enum { .. } => None,
        });
        let expected = ["A", "B", "C"].map(|name| (name, &TypeRef::U8));
        assert_eq!(ends.into_iter().collect::<Vec<_>>(), expected);
    }
}
