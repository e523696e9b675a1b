//! What fails: which variant of an outcome is its failure, and which types have values that are errors of Go.

use std::collections::BTreeSet;

use rapace_schema::{Api, Fields, Known, TypeDef, TypeKind, TypeRef};

use crate::foreign::foreign;

/// The types whose values, or whose variants' values, are errors: failures of outcomes, or the variants that hold them.
pub(crate) fn errors(api: &Api) -> BTreeSet<&str> {
    let outcomes = api.types.iter().filter(|def| def.result.is_some());
    outcomes.map(|def| failure_of(api, def).unwrap_or(&def.name)).collect()
}

/// The named type that an outcome's failure is, if its values can be errors of Go.
pub(crate) fn failure_of<'a>(api: &'a Api, def: &'a TypeDef) -> Option<&'a str> {
    let [_, failure] = variants(def)?;
    let Some(TypeRef::Named(name)) = failure.1.newtype() else {
        return None;
    };
    let failure = api.types.iter().find(|def| def.name == *name)?;
    let is_own = failure.result.is_none() && failure.known.is_none_or(is_brand) && foreign(failure).is_none();
    is_own.then_some(name)
}

fn is_brand(known: Known) -> bool {
    known == Known::Brand
}

/// The variants of success and of failure: their indices and fields.
pub(crate) fn variants(def: &TypeDef) -> Option<[(usize, &Fields); 2]> {
    let (Some(result), TypeKind::Enum { variants }) = (&def.result, &def.kind) else {
        return None;
    };
    let of = |name: &str| {
        let index = variants.iter().position(|variant| variant.name == name)?;
        Some((index, &variants[index].fields))
    };
    Some([of(&result.ok)?, of(&result.err)?])
}

/// The index of the variant whose values are errors, of an outcome whose failure is no error itself.
pub(crate) fn failing_variant(api: &Api, def: &TypeDef) -> Option<usize> {
    match failure_of(api, def) {
        None => variants(def).map(|[_, (index, _)]| index),
        Some(_) => None,
    }
}
