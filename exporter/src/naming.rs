//! Names of types: shapes are told apart by identity, names come afterwards.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use crate::facts::{Facts, Form};

/// The names of all structs and enums in `used`.
///
/// A type keeps Rust's name; an instantiation says its arguments (`PageOfBook`). Where several types want one name, the
/// one nearest to its crate's root keeps it, so that a type added deeper renames no other; the others put modules
/// before it (`DeepItem`), or are numbered where their modules are unknown. A name in `overrides`, by the type's path,
/// goes before all.
pub(crate) fn names(facts: &Facts, used: &[usize], overrides: &BTreeMap<String, String>) -> BTreeMap<usize, String> {
    let mut naming = Naming {
        facts,
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
    };
    for &shape in used {
        if let Some(name) = facts.shapes[shape].path.as_ref().and_then(|path| overrides.get(path)) {
            naming.give(shape, name.clone());
        }
    }
    // Arguments are named before the instantiations that say their names.
    let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &shape in used.iter().filter(|shape| !naming.names.contains_key(shape)) {
        levels.entry(level(facts, shape)).or_default().push(shape);
    }
    for shapes in levels.into_values() {
        let mut wanting: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for shape in shapes {
            wanting.entry(naming.wanted(shape)).or_default().push(shape);
        }
        for (wanted, mut shapes) in wanting {
            shapes.sort_by_key(|&shape| rank(facts, shape));
            for shape in shapes {
                let name = naming.free(shape, &wanted);
                naming.give(shape, name);
            }
        }
    }
    naming.names
}

/// How deep the generic arguments of a shape go; 0 for none.
fn level(facts: &Facts, shape: usize) -> usize {
    facts.shapes[shape]
        .parameters
        .iter()
        .map(|&parameter| 1 + level_inside(facts, parameter))
        .max()
        .unwrap_or(0)
}

/// The level of a type, or of the types in a container.
fn level_inside(facts: &Facts, shape: usize) -> usize {
    match &facts.shapes[shape].form {
        Form::Struct(_) | Form::Enum(_) => level(facts, shape),
        form => form
            .children()
            .into_iter()
            .map(|child| level_inside(facts, child))
            .max()
            .unwrap_or(0),
    }
}

/// Types of few modules first; those whose modules are unknown last, in the order of the walk.
fn rank(facts: &Facts, shape: usize) -> (usize, String, usize) {
    let modules = modules(facts, shape);
    let depth = if modules.is_empty() { usize::MAX } else { modules.len() };
    (depth, facts.shapes[shape].path.clone().unwrap_or_default(), shape)
}

/// The modules that hold a type, its crate first.
fn modules(facts: &Facts, shape: usize) -> Vec<&str> {
    let path = facts.shapes[shape].path.as_deref().unwrap_or_default();
    let generic = path.find('<').unwrap_or(path.len());
    let mut segments: Vec<&str> = path[..generic].split("::").collect();
    segments.pop();
    // Functions and blocks show as `{closure#0}`.
    segments.retain(|segment| !segment.starts_with('{'));
    segments
}

struct Naming<'a> {
    facts: &'a Facts,
    names: BTreeMap<usize, String>,
    taken: BTreeSet<String>,
}

impl Naming<'_> {
    fn give(&mut self, shape: usize, name: String) {
        self.taken.insert(name.clone());
        self.names.insert(shape, name);
    }

    /// `wanted`, or with as many modules before it as make it free, or numbered.
    fn free(&self, shape: usize, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        for module in modules(self.facts, shape).into_iter().rev() {
            if !self.taken.contains(&name) {
                return name;
            }
            name = plain(module).to_upper_camel_case() + &name;
        }
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let mut candidates = std::iter::once(name.clone()).chain(numbered);
        candidates
            .find(|candidate| !self.taken.contains(candidate))
            .unwrap_or(name)
    }

    fn wanted(&self, shape: usize) -> String {
        if let Some(name) = self.names.get(&shape) {
            return name.clone();
        }
        let of = &self.facts.shapes[shape];
        let with = |name: &str, inner: &[usize], glue: &str| {
            let inner: Vec<String> = inner.iter().map(|&inner| self.wanted(inner)).collect();
            if inner.is_empty() {
                name.to_owned()
            } else {
                format!("{name}Of{}", inner.join(glue))
            }
        };
        match &of.form {
            Form::Struct(_) | Form::Enum(_) => with(plain(&of.name), &of.parameters, "And"),
            Form::NonZero(inner) | Form::Pointer(_, Some(inner)) => self.wanted(*inner),
            Form::Option(item) => with("Option", &[*item], ""),
            Form::List(item) | Form::Slice(item) => with("List", &[*item], ""),
            Form::Array(item, len) => with(&format!("Array{len}"), &[*item], ""),
            Form::Set(item) => with("Set", &[*item], ""),
            Form::Map(key, value) => with("Map", &[*key, *value], "To"),
            Form::Tuple(items) => with("Tuple", items, "And"),
            Form::Scalar(scalar) => match scalar.as_str() {
                "Str" | "CowStr" => "String".into(),
                "USize" => "U64".into(),
                "ISize" => "I64".into(),
                other => other.into(),
            },
            Form::Pointer(_, None) | Form::Other(_) => {
                let letters = |c: char| if c.is_alphanumeric() { c } else { '_' };
                of.name.chars().map(letters).collect()
            }
        }
    }
}

/// An identifier without its `r#`.
pub(crate) fn plain(identifier: &str) -> &str {
    identifier.strip_prefix("r#").unwrap_or(identifier)
}

/// The type as Rust writes it. A shape's own display leaves out arguments of arguments (`Either<Item, Option>`).
pub(crate) fn rust_name(facts: &Facts, shape: usize) -> String {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::names;
    use crate::facts::{Facts, FieldsFacts, FieldsStyle, Form, ShapeFacts};

    /// A unit struct for each of these paths, `(path, arguments)`.
    fn facts(types: &[(&str, &[usize])]) -> Facts {
        let shape = |&(path, parameters): &(&str, &[usize])| {
            let name = path
                .split('<')
                .next()
                .and_then(|base| base.rsplit("::").next())
                .unwrap_or(path);
            ShapeFacts {
                name: name.into(),
                display: name.into(),
                parameters: parameters.to_vec(),
                doc: Vec::new(),
                symbol: 0,
                path: path.contains("::").then(|| path.into()),
                form: Form::Struct(FieldsFacts {
                    style: FieldsStyle::Unit,
                    fields: Vec::new(),
                }),
            }
        };
        Facts {
            services: Vec::new(),
            shapes: types.iter().map(shape).collect(),
        }
    }

    fn check(types: &[(&str, &[usize])], overrides: &[(&str, &str)], expected: &[&str]) {
        let used: Vec<usize> = (0..types.len()).collect();
        let overrides = overrides
            .iter()
            .map(|(path, name)| ((*path).into(), (*name).into()))
            .collect();
        let named: Vec<String> = names(&facts(types), &used, &overrides).into_values().collect();
        assert_eq!(named, expected);
        // Not a matter of the order in which the services reach them.
        let backwards: Vec<usize> = used.into_iter().rev().collect();
        let again: BTreeMap<usize, String> = names(&facts(types), &backwards, &overrides);
        assert_eq!(again.into_values().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_type_nearest_to_the_root_keeps_its_name() {
        check(
            &[
                ("shop::deep::Item", &[]),
                ("shop::Item", &[]),
                ("shop::deep::er::Item", &[]),
                ("other::deep::Item", &[]),
            ],
            &[],
            &["ShopDeepItem", "Item", "ErItem", "DeepItem"],
        );
    }

    #[test]
    fn instantiations_say_the_names_of_their_arguments() {
        check(
            &[
                ("shop::Page<shop::a::Item>", &[2]),
                ("shop::Page<shop::b::Item>", &[3]),
                ("shop::a::Item", &[]),
                ("shop::b::Item", &[]),
                ("shop::Page<shop::Page<shop::b::Item>>", &[1]),
                ("shop::PageOfItem", &[]),
            ],
            &[],
            &[
                "ShopPageOfItem",
                "PageOfBItem",
                "Item",
                "BItem",
                "PageOfPageOfBItem",
                "PageOfItem",
            ],
        );
    }

    #[test]
    fn overrides_go_before_all() {
        check(
            &[
                ("shop::a::Item", &[]),
                ("shop::b::Item", &[]),
                ("shop::Page<shop::b::Item>", &[1]),
            ],
            &[("shop::b::Item", "Item"), ("shop::Page<shop::b::Item>", "ItemPage")],
            &["AItem", "Item", "ItemPage"],
        );
    }

    #[test]
    fn types_of_unknown_modules_are_numbered() {
        let used = [0, 1, 2];
        let named = names(
            &facts(&[("Item", &[]), ("shop::Item", &[]), ("Item", &[])]),
            &used,
            &BTreeMap::new(),
        );
        assert_eq!(named.into_values().collect::<Vec<_>>(), ["Item2", "Item", "Item3"]);
    }
}
