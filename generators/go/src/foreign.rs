//! What users have in the place of a struct of the API: a type of theirs, and two functions.
//!
//! A package of Go cannot import one that imports it, so functions of users cannot name what is generated. They take and return what
//! is inside a newtype, or the fields of a struct one by one. A struct of several fields becomes a newtype around a private struct.

pub(crate) mod prepared;
pub(crate) mod shown;

use std::collections::BTreeMap;

use rapace_gen_core::names::Scope;
use rapace_schema::{Api, Foreign, TypeDef};

use crate::casing::private;
use crate::package::{identifier, last_element};
use crate::reserved::conversion_scope;

/// The language as `rapace.toml` names it.
const LANGUAGE: &str = "go";
/// What the name of a private struct begins with in the API, before the name of its type. No type of Rust has such a name.
const WIRE: &str = "wire of ";

/// The user's type that is in the place of one of the API.
pub(crate) fn foreign(def: &TypeDef) -> Option<&Foreign> {
    def.foreign.get(LANGUAGE)
}

/// The type whose fields a private struct has.
pub(crate) fn wire_of(name: &str) -> Option<&str> {
    name.strip_prefix(WIRE)
}

/// The name of a private struct in Go.
pub(crate) fn wire_name(of: &str) -> String {
    format!("{}Wire", private(of))
}

/// The names by which a package knows those of users, by their paths.
///
/// They are in lower case, and all that a package declares has another letter: they are never the same.
pub(crate) fn imports(api: &Api) -> BTreeMap<&str, String> {
    let paths = api.types.iter().filter_map(|def| Some(foreign(def)?.import.as_str()));
    let mut names: BTreeMap<&str, String> = paths.map(|path| (path, String::new())).collect();
    let mut scope: Scope = conversion_scope();
    for (path, name) in &mut names {
        let element = identifier(last_element(path));
        let wanted = match element.starts_with(|c: char| c.is_ascii_alphabetic()) {
            true => element,
            false => format!("x{element}"),
        };
        *name = scope.claim(&wanted);
    }
    names
}
