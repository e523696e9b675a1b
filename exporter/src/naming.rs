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
