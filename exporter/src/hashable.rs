//! Which types can be keys in Rust. Reflection does not say it: facet's macro records no trait that it is not told of.

use std::collections::BTreeSet;

use crate::facts::{Facts, Form, Scalar};
use crate::source::types::TypeSources;

/// Whether Rust implements `Eq` and `Hash` for a struct or enum, as its sources say. Of a generic one, its arguments must too.
pub(crate) fn hashable(facts: &Facts, types: &TypeSources, shape: usize) -> bool {
    known(facts, types, shape, &mut BTreeSet::new())
}

fn known(facts: &Facts, types: &TypeSources, shape: usize, seen: &mut BTreeSet<usize>) -> bool {
    // A circle leads through types of which each must say it.
    if !seen.insert(shape) {
        return true;
    }
    let of = &facts.shapes[shape];
    match &of.form {
        Form::Struct(_) | Form::Enum(_) => {
            let said = types.of(facts, shape);
            let said = said.is_some_and(|source| ["Eq", "Hash"].iter().all(|name| source.traits.contains(*name)));
            said && of.parameters.iter().all(|&inner| known(facts, types, inner, seen))
        }
        Form::Scalar(scalar) => !matches!(scalar, Scalar::F32 | Scalar::F64 | Scalar::Other(_)),
        Form::Map(..) | Form::Set(_) if !of.name.starts_with("BTree") => false,
        Form::Pointer(_, None) | Form::Result(..) | Form::Other(_) => false,
        form => form
            .children()
            .into_iter()
            .all(|inner| known(facts, types, inner, seen)),
    }
}
