//! What callers may leave out: the last arguments of a method, and the fields of a class from the first with a default.

use rapace_schema::{Field, Fields, Method, Style, TypeRef};

/// The first argument that may be left out: those at the end that are options.
pub fn first_omitted(method: &Method) -> usize {
    let given = (method.arguments.iter()).rposition(|argument| !matches!(argument.ty, TypeRef::Option(_)));
    given.map_or(0, |last| last + 1)
}

/// The first field that its class may have a default for, and with it keywords from there on; otherwise how many fields there are.
pub fn first_optional(fields: &Fields) -> usize {
    let has_default = |field: &Field| matches!(field.ty, TypeRef::Option(_)) || field.default_value.is_some();
    let first = fields.fields.iter().position(has_default);
    first
        .filter(|_| fields.style == Style::Struct)
        .unwrap_or(fields.fields.len())
}
