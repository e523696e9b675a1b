//! Names of types: shapes are told apart by identity, names come afterwards.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Facts, Form};

/// The name of each struct and enum in `used`, which lists shapes in the order in which the services reach them.
///
/// A type keeps Rust's name; an instantiation says its arguments (`PageOfBook`). Where two types want one name, the
/// first keeps it and the others are numbered from 2.
pub fn names(facts: &Facts, used: &[usize]) -> BTreeMap<usize, String> {
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for &shape in used {
        let wanted = wanted(facts, shape);
        let mut name = wanted.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        names.insert(shape, name);
    }
    names
}

/// An identifier without its `r#`.
pub fn plain(identifier: &str) -> &str {
    identifier.strip_prefix("r#").unwrap_or(identifier)
}

/// The type as Rust writes it. A shape's own display leaves out arguments of arguments (`Either<Item, Option>`).
pub fn rust_name(facts: &Facts, shape: usize) -> String {
    let name = |shape: &usize| rust_name(facts, *shape);
    let generic =
        |outer: &str, inner: &[usize]| format!("{outer}<{}>", inner.iter().map(name).collect::<Vec<_>>().join(", "));
    let of = &facts.shapes[shape];
    match &of.form {
        Form::Struct(_) | Form::Enum(_) if of.parameters.is_empty() => of.name.clone(),
        Form::Struct(_) | Form::Enum(_) => generic(&of.name, &of.parameters),
        // Lists that are not generic show so: `Bytes`.
        Form::List(item) if of.name == "Vec" => generic("Vec", &[*item]),
        Form::Option(item) | Form::NonZero(item) | Form::Set(item) => generic(&of.name, &[*item]),
        Form::Map(key, value) => generic(&of.name, &[*key, *value]),
        Form::Array(item, len) => format!("[{}; {len}]", name(item)),
        Form::Slice(item) => format!("[{}]", name(item)),
        Form::Tuple(items) => match items.as_slice() {
            [one] => format!("({},)", name(one)),
            items => format!("({})", items.iter().map(name).collect::<Vec<_>>().join(", ")),
        },
        Form::Pointer(kind, Some(pointee)) if ["Box", "Rc", "Arc", "Cow"].contains(&kind.as_str()) => {
            generic(kind, &[*pointee])
        }
        Form::Pointer(kind, Some(pointee)) if kind == "SharedReference" => format!("&{}", name(pointee)),
        _ => of.display.clone(),
    }
}

fn wanted(facts: &Facts, shape: usize) -> String {
    let shape_facts = &facts.shapes[shape];
    let of = |name: &str, inner: &[usize], glue: &str| {
        let inner: Vec<String> = inner.iter().map(|&inner| wanted(facts, inner)).collect();
        if inner.is_empty() {
            name.to_owned()
        } else {
            format!("{name}Of{}", inner.join(glue))
        }
    };
    match &shape_facts.form {
        Form::Struct(_) | Form::Enum(_) => of(plain(&shape_facts.name), &shape_facts.parameters, "And"),
        Form::NonZero(inner) | Form::Pointer(_, Some(inner)) => wanted(facts, *inner),
        Form::Option(item) => of("Option", &[*item], ""),
        Form::List(item) | Form::Slice(item) => of("List", &[*item], ""),
        Form::Array(item, len) => of(&format!("Array{len}"), &[*item], ""),
        Form::Set(item) => of("Set", &[*item], ""),
        Form::Map(key, value) => of("Map", &[*key, *value], "To"),
        Form::Tuple(items) => of("Tuple", items, "And"),
        Form::Scalar(scalar) => match scalar.as_str() {
            "Str" | "CowStr" => "String".into(),
            "USize" => "U64".into(),
            "ISize" => "I64".into(),
            other => other.into(),
        },
        Form::Pointer(_, None) | Form::Other(_) => {
            let letters = |c: char| if c.is_alphanumeric() { c } else { '_' };
            shape_facts.name.chars().map(letters).collect()
        }
    }
}
