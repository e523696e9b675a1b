//! Types as Rust writes them, for people.

use crate::facts::{Facts, Form, PointerKind};

/// An identifier without its `r#`.
pub(crate) fn plain(identifier: &str) -> &str {
    identifier.strip_prefix("r#").unwrap_or(identifier)
}

/// The type as Rust writes it. A shape's own display leaves out arguments of arguments (`Either<Item, Option>`).
pub(crate) fn rust_name(facts: &Facts, shape: usize) -> String {
    written(facts, shape, |facts, shape| {
        let of = &facts.shapes[shape];
        match of.form {
            Form::Struct(_) | Form::Enum(_) if of.parameters.is_empty() && of.consts.is_empty() => of.name.clone(),
            Form::Struct(_) | Form::Enum(_) => {
                let types = of.parameters.iter().map(|&inner| rust_name(facts, inner));
                let arguments: Vec<String> = types.chain(of.consts.iter().cloned()).collect();
                format!("{}<{}>", of.name, arguments.join(", "))
            }
            _ => of.display.clone(),
        }
    })
}

/// The type with the crates of all types in it, where they are known: `Result<shop::Row, shop::Failure>`. Types of the standard
/// library are shown without their crate.
pub(crate) fn full_name(facts: &Facts, shape: usize) -> String {
    written(facts, shape, |facts, shape| match &facts.shapes[shape].path {
        Some(path) => without_standard(path),
        None => rust_name(facts, shape),
    })
}

/// A path, in which the modules of the standard library's types and their usual arguments are left out.
fn without_standard(path: &str) -> String {
    let path = path.replace(", alloc::alloc::Global", "");
    let mut shown = String::new();
    let mut rest = path.as_str();
    while let Some(start) = rest.find(|c: char| c == '_' || c.is_alphabetic()) {
        shown += &rest[..start];
        rest = &rest[start..];
        let in_path = |c: char| c == ':' || c == '_' || c.is_alphanumeric();
        let end = rest.find(|c: char| !in_path(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        let standard = ["core::", "alloc::", "std::"]
            .iter()
            .any(|start| name.starts_with(start));
        shown += name.rsplit("::").next().filter(|_| standard).unwrap_or(name);
        rest = &rest[end..];
    }
    shown + rest
}

fn generic(outer: &str, inner: &[usize], name: impl Fn(&usize) -> String) -> String {
    format!("{outer}<{}>", inner.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// The type as Rust writes it; `leaf` writes what is no container.
fn written(facts: &Facts, shape: usize, leaf: fn(&Facts, usize) -> String) -> String {
    let name = |shape: &usize| written(facts, *shape, leaf);
    let generic = |outer: &str, inner: &[usize]| generic(outer, inner, name);
    let of = &facts.shapes[shape];
    match &of.form {
        // Lists that are not generic show so: `Bytes`.
        Form::List(item) if of.name == "Vec" => generic("Vec", &[*item]),
        Form::Option(item) | Form::NonZero(item) | Form::Set(item) => generic(&of.name, &[*item]),
        Form::Map(a, b) | Form::Result(a, b) => generic(&of.name, &[*a, *b]),
        Form::Array(item, len) => format!("[{}; {len}]", name(item)),
        Form::Slice(item) => format!("[{}]", name(item)),
        Form::Tuple(items) => match items.as_slice() {
            [one] => format!("({},)", name(one)),
            items => format!("({})", items.iter().map(name).collect::<Vec<_>>().join(", ")),
        },
        Form::Pointer(PointerKind::SharedReference, Some(pointee)) => format!("&{}", name(pointee)),
        Form::Pointer(PointerKind::Other, _) => leaf(facts, shape),
        Form::Pointer(kind, Some(pointee)) => generic(&format!("{kind:?}"), &[*pointee]),
        _ => leaf(facts, shape),
    }
}

#[cfg(test)]
mod tests {
    use super::without_standard;

    #[test]
    fn types_of_the_standard_library_are_shown_without_their_modules() {
        for (path, shown) in [
            ("core::net::ip_addr::IpAddr", "IpAddr"),
            ("facet_value::value::Value", "facet_value::value::Value"),
            (
                "shop::Page<alloc::string::String, [core::option::Option<shop::a::B>; 4]>",
                "shop::Page<String, [Option<shop::a::B>; 4]>",
            ),
            ("alloc::vec::Vec<u8, alloc::alloc::Global>", "Vec<u8>"),
            ("corelib::a::Größe", "corelib::a::Größe"),
        ] {
            assert_eq!(without_standard(path), shown);
        }
    }
}
