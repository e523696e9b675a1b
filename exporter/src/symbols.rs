//! The full paths of types, read from the symbols of the driver's program.
//!
//! A shape knows no module. But its id is made by a function that exists once per type, and with Rust's v0 mangling
//! that function's symbol names the type: `…::of::<bookshop::catalog::Page<bookshop::catalog::Book>>`.

use std::collections::BTreeMap;

use object::{Object, ObjectSymbol};

/// The symbol from which offsets are counted.
const ANCHOR: &str = "rapace_export_anchor";

/// The path of the type behind each of these offsets from the anchor, where the program's symbols tell it.
pub fn type_paths(program: &[u8], offsets: impl IntoIterator<Item = i64>) -> BTreeMap<i64, String> {
    let Ok(file) = object::File::parse(program) else {
        return BTreeMap::new();
    };
    let plain = |name: &str| name.trim_start_matches('_').to_owned();
    let Some(anchor) = file
        .symbols()
        .find(|symbol| symbol.name().is_ok_and(|name| plain(name) == ANCHOR))
    else {
        return BTreeMap::new();
    };
    let by_address: BTreeMap<u64, &str> = file
        .symbols()
        .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?)))
        .collect();
    let path = |offset: i64| {
        let name = by_address.get(&anchor.address().checked_add_signed(offset)?)?;
        type_in(&format!("{:#}", rustc_demangle::demangle(name)))
    };
    offsets
        .into_iter()
        .filter_map(|offset| Some((offset, path(offset)?)))
        .collect()
}

/// The type in `facet_core::types::const_typeid::of::<TYPE>`.
fn type_in(symbol: &str) -> Option<String> {
    let (function, rest) = symbol.split_once("::of::<")?;
    let in_facet = function.ends_with("typeid");
    in_facet.then(|| rest.strip_suffix('>').map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::{type_in, type_paths};

    #[test]
    fn the_type_stands_between_the_outer_brackets() {
        let symbol = "facet_core::types::const_typeid::of::<shop::Page<core::option::Option<shop::Book>>>";
        assert_eq!(
            type_in(symbol).as_deref(),
            Some("shop::Page<core::option::Option<shop::Book>>")
        );
        assert_eq!(type_in("facet_core::types::const_typeid::of"), None);
        assert_eq!(type_in("shop::of::<u8>"), None);
    }

    #[test]
    fn what_is_no_program_has_no_paths() {
        assert!(type_paths(b"#!/bin/sh", [0]).is_empty());
    }
}
