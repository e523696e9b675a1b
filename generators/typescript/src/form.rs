//! What a named type can be in TypeScript, and what newtypes with a meaning are.

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::plan::chain_ends;
use rapace_schema::{Api, Fields, Known, TypeDef, TypeKind, TypeRef, Variant};

use crate::known::KnownText;
use crate::newtypes::inner_of;

/// What a named type is in TypeScript.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a> {
    /// `undefined`: a struct without fields.
    Empty,
    /// Another name for the type inside.
    Alias(&'a TypeRef),
    /// The type inside, which does not mix with others of equal form.
    Brand(&'a TypeRef),
    /// A `Date`: an integer on the wire that counts units of so many milliseconds.
    Date(&'a TypeRef, u64),
    /// A text that is checked.
    Text(KnownText),
    /// `{ value: … }`: a newtype that would otherwise be an alias of itself.
    Boxed(&'a TypeRef),
    /// A readonly tuple.
    Tuple(&'a Fields),
    /// An interface with a property for each field.
    Record(&'a Fields),
    /// A union of strings, and of `number` where the enum is open.
    Plain(&'a [Variant]),
    /// A union of interfaces.
    Union(&'a [Variant]),
}

/// The forms of newtypes with a meaning. A brand of what may be `undefined`, or of what holds the type itself, would be no type: it is
/// an alias.
pub(crate) fn known_forms<'a>(
    api: &'a Api,
    boxed: &BTreeSet<&'a str>,
    is_recursive: impl Fn(&str) -> bool,
) -> BTreeMap<&'a str, Form<'a>> {
    let ends = chain_ends(api, |def| inner_of(def).filter(|_| !boxed.contains(def.name.as_str())));
    let empty: BTreeSet<&str> = api
        .types
        .iter()
        .filter(|def| is_empty(def))
        .map(|def| def.name.as_str())
        .collect();
    let admits_undefined = |name: &str| match ends.get(name) {
        Some(TypeRef::Named(end)) => empty.contains(end.as_str()),
        Some(TypeRef::Unit | TypeRef::Option(_)) | None => true,
        Some(_) => false,
    };
    let forms = api.types.iter().filter_map(|def| {
        let (name, inner) = (def.name.as_str(), inner_of(def)?);
        let form = match (def.known?, inner) {
            (Known::TimestampS, _) => Form::Date(inner, 1000),
            (Known::TimestampMs, _) => Form::Date(inner, 1),
            (Known::Uuid, TypeRef::String) => Form::Text(KnownText::UuidText),
            (Known::Uuid, TypeRef::U128) => Form::Text(KnownText::UuidNumber),
            (Known::Uuid, _) => Form::Text(KnownText::Uuid),
            (Known::Decimal, _) => Form::Text(KnownText::Decimal),
            (Known::Url, _) => Form::Text(KnownText::Url),
            _ if boxed.contains(name) || is_recursive(name) || admits_undefined(name) => return None,
            _ => Form::Brand(inner),
        };
        Some((name, form))
    });
    forms.collect()
}

fn is_empty(def: &TypeDef) -> bool {
    matches!(&def.kind, TypeKind::Struct(fields) if fields.fields.is_empty())
}
