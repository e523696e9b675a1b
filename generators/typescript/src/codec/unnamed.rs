//! The names of the functions of unnamed types: `encodeListOfBook`.

use std::collections::{BTreeSet, HashMap};

use rapace_gen_core::plan::stem;
use rapace_schema::{Api, Fields, Style, TypeDef, TypeKind, TypeRef};

use crate::names::Names;
use crate::types::Types;

/// The names of the functions of unnamed types: of that which writes, and of that which reads.
pub(crate) struct Unnamed {
    /// Only looked up: they have no order.
    names: HashMap<TypeRef, [String; 2]>,
}

impl Unnamed {
    /// The names of all functions that an API may need, whether it does or not.
    pub(crate) fn new(api: &Api, types: &Types<'_>, names: &Names) -> Self {
        let mut found = BTreeSet::new();
        for method in api.services.iter().flat_map(|service| &service.methods) {
            for argument in &method.arguments {
                collect(&argument.ty, types, &mut found);
            }
            collect(&method.response, types, &mut found);
        }
        for def in &api.types {
            for ty in def.field_types() {
                collect(ty, types, &mut found);
            }
            for content in contents(def) {
                found.insert(content);
            }
        }
        let mut scope = names.scope();
        let named = found.into_iter().map(|ty| {
            let stem = stem(&ty, &|name| names.of(name).name.clone());
            let both = [format!("encode{stem}"), format!("decode{stem}")];
            (ty, both.map(|name| scope.claim(&name)))
        });
        Self { names: named.collect() }
    }

    /// The names for a type of the API that has no name.
    pub(super) fn of(&self, ty: &TypeRef) -> &[String; 2] {
        &self.names[ty]
    }
}

/// The tuples that are the contents of variants.
fn contents(def: &TypeDef) -> impl Iterator<Item = TypeRef> {
    let variants = match &def.kind {
        TypeKind::Enum { variants } => variants.as_slice(),
        TypeKind::Struct(_) => &[],
    };
    let fields = variants.iter().map(|variant| &variant.fields);
    let tuples = fields.filter(|fields| fields.style == Style::Tuple && fields.fields.len() > 1);
    tuples.map(|Fields { fields, .. }| TypeRef::Tuple(fields.iter().map(|field| field.ty.clone()).collect()))
}

/// Collects the types in this one that may have a function, itself included.
fn collect(ty: &TypeRef, types: &Types<'_>, found: &mut BTreeSet<TypeRef>) {
    let children = ty.children();
    if children.is_empty() || found.contains(ty) {
        return;
    }
    if let TypeRef::Map { key, value } = ty
        && !types.is_key(key)
    {
        // Its entries are written as tuples.
        found.insert(TypeRef::Tuple(vec![(**key).clone(), (**value).clone()]));
    }
    found.insert(ty.clone());
    for child in children {
        collect(child, types, found);
    }
}
