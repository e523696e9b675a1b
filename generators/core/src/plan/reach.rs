//! Types that can hold a value of a recursive type, which codecs count.

use std::collections::BTreeSet;

use rapace_schema::{Groups, TypeDef, TypeRef};

/// The names of the types of which a value can contain one of a recursive type, or is one.
pub fn reaching_recursion<'a>(groups: &Groups<'a>) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let reaches = |def: &TypeDef, found: &BTreeSet<&str>| {
        groups.is_recursive(&def.name) || def.field_types().any(|ty| mentions(ty, found))
    };
    // Dependencies come first, and a circle is recursive itself.
    for def in groups.iter().flatten().copied() {
        if reaches(def, &found) {
            found.insert(&def.name);
        }
    }
    found
}

/// True when the type mentions one of the names.
fn mentions(ty: &TypeRef, names: &BTreeSet<&str>) -> bool {
    let mut found = false;
    ty.for_each_name(&mut |name| found |= names.contains(name));
    found
}
