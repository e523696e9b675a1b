//! Names of types: shapes are told apart by identity, names come afterwards.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;

use crate::facts::{Facts, Form, Scalar};
use crate::rust_type::plain;

/// Names that types have before they are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// Those that an author wants, by the type's path.
    pub(crate) wanted: &'a BTreeMap<String, String>,
    /// Those of an earlier description, by the type's path.
    pub(crate) kept: &'a BTreeMap<String, String>,
}

/// The names of all structs and enums in `used`.
///
/// A type keeps Rust's name; an instantiation says its arguments (`PageOfBook`). Where several types of one crate want one
/// name, the one nearest to its root keeps it, so that a type added deeper renames no other; the others put modules
/// before it (`DeepItem`), or are numbered where their modules are unknown. Where types of several crates want one name,
/// all put their crate before it (`ShopItem`), so that a crate which is added makes no name that of another type. Given
/// names go before all.
pub(crate) fn names(facts: &Facts, used: &[usize], given: Given<'_>) -> BTreeMap<usize, String> {
    let mut naming = Naming {
        facts,
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
        wanted: BTreeSet::new(),
        kept: BTreeMap::new(),
    };
    naming.give_all(used, given);
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
        naming.wanted = wanting.keys().cloned().collect();
        for (wanted, mut shapes) in wanting {
            shapes.sort_by_key(|&shape| rank(facts, shape));
            let crates: BTreeSet<&str> = shapes.iter().filter_map(|&shape| crate_of(facts, shape)).collect();
            for shape in shapes {
                let name = naming.free(shape, &wanted, crates.len() > 1);
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

/// The crate that holds a type.
fn crate_of(facts: &Facts, shape: usize) -> Option<&str> {
    modules(facts, shape).first().copied()
}

struct Naming<'a> {
    facts: &'a Facts,
    names: BTreeMap<usize, String>,
    taken: BTreeSet<String>,
    /// The names that types of this level want: no other type is given one of them.
    wanted: BTreeSet<String>,
    /// Names of an earlier description whose types are gone, with the crates of these.
    kept: BTreeMap<String, String>,
}

impl Naming<'_> {
    /// Gives the names that are there before: an author's first, then those of an earlier description.
    fn give_all(&mut self, used: &[usize], given: Given<'_>) {
        let path = |shape: usize| self.facts.shapes[shape].path.clone();
        let paths: BTreeMap<String, usize> = used.iter().filter_map(|&shape| Some((path(shape)?, shape))).collect();
        for (path, name) in given.wanted {
            if let Some(&shape) = paths.get(path) {
                self.give(shape, name.clone());
            }
        }
        for (path, name) in given.kept {
            match paths.get(path) {
                Some(shape) if self.names.contains_key(shape) || self.taken.contains(name) => {}
                Some(&shape) => self.give(shape, name.clone()),
                None => {
                    let krate = path.split("::").next().unwrap_or_default();
                    self.kept.insert(name.clone(), krate.to_owned());
                }
            }
        }
    }

    fn give(&mut self, shape: usize, name: String) {
        self.taken.insert(name.clone());
        self.names.insert(shape, name);
    }

    /// `wanted`, or with as many modules before it as make it free, or numbered. With the crate first where types of
    /// several crates want it.
    fn free(&self, shape: usize, wanted: &str, of_several: bool) -> String {
        let word = |module: &str| plain(module).to_upper_camel_case();
        let mut modules = modules(self.facts, shape);
        let krate = match modules.first() {
            Some(krate) if of_several => {
                let krate = word(krate);
                modules.remove(0);
                krate
            }
            _ => String::new(),
        };
        let mut candidates = vec![wanted.to_owned()];
        for module in modules.into_iter().rev() {
            let shorter = candidates.last().cloned().unwrap_or_default();
            candidates.push(word(module) + &shorter);
        }
        let candidates: Vec<String> = candidates.into_iter().map(|name| krate.clone() + &name).collect();
        let last = candidates.last().cloned().unwrap_or_default();
        let numbered = (2..).map(|number| format!("{last}{number}"));
        let mut candidates = candidates.into_iter().chain(numbered);
        candidates
            .find(|name| self.is_free(shape, name, wanted))
            .unwrap_or_else(|| unreachable!("numbers do not end"))
    }

    fn is_free(&self, shape: usize, name: &str, wanted: &str) -> bool {
        let of_another = self
            .kept
            .get(name)
            .is_some_and(|krate| crate_of(self.facts, shape) != Some(krate));
        !self.taken.contains(name) && !of_another && (name == wanted || !self.wanted.contains(name))
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
            Form::Struct(_) | Form::Enum(_) => with(
                &(plain(&of.name).to_owned() + &const_words(&of.consts)),
                &of.parameters,
                "And",
            ),
            Form::NonZero(inner) | Form::Pointer(_, Some(inner)) => self.wanted(*inner),
            Form::Option(item) => with("Option", &[*item], ""),
            Form::List(item) | Form::Slice(item) => with("List", &[*item], ""),
            Form::Array(item, len) => with(&format!("Array{len}"), &[*item], ""),
            Form::Set(item) => with("Set", &[*item], ""),
            Form::Map(key, value) => with("Map", &[*key, *value], "To"),
            Form::Tuple(items) => with("Tuple", items, "And"),
            Form::Scalar(scalar) => match scalar {
                Scalar::Str | Scalar::String | Scalar::CowStr => "String".into(),
                Scalar::U64 | Scalar::USize => "U64".into(),
                Scalar::I64 | Scalar::ISize => "I64".into(),
                Scalar::Other(name) => name.clone(),
                other => format!("{other:?}"),
            },
            Form::Pointer(_, None) | Form::Result(..) | Form::Other(_) => {
                let letters = |c: char| if c.is_alphanumeric() { c } else { '_' };
                of.name.chars().map(letters).collect()
            }
        }
    }
}

/// Const arguments in a name: `4` of `Matrix<4>`, `Minus5AndTrue`.
fn const_words(consts: &[String]) -> String {
    let word = |argument: &String| match argument.as_str() {
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        text if text.starts_with('\'') => {
            let letters: Vec<String> = text[1..text.len() - 1]
                .chars()
                .map(|letter| match letter {
                    _ if letter.is_ascii_alphanumeric() => letter.to_string(),
                    _ => format!("U{:X}", u32::from(letter)),
                })
                .collect();
            format!("Char{}", letters.concat())
        }
        number => number.replace('-', "Minus"),
    };
    consts.iter().map(word).collect::<Vec<_>>().join("And")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Given, names};
    use crate::facts::{Facts, FieldsFacts, FieldsStyle, Form, ShapeFacts, Symbol};

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
                symbol: Symbol::default(),
                consts: Vec::new(),
                path: path.contains("::").then(|| path.into()),
                form: Form::Struct(FieldsFacts {
                    style: FieldsStyle::Unit,
                    fields: Vec::new(),
                }),
            }
        };
        Facts {
            shapes: types.iter().map(shape).collect(),
            ..Facts::default()
        }
    }

    fn check_kept(types: &[(&str, &[usize])], overrides: &[(&str, &str)], kept: &[(&str, &str)], expected: &[&str]) {
        let used: Vec<usize> = (0..types.len()).collect();
        let (wanted, kept) = (map(overrides), map(kept));
        let given = Given {
            wanted: &wanted,
            kept: &kept,
        };
        let named: Vec<String> = names(&facts(types), &used, given).into_values().collect();
        assert_eq!(named, expected);
        // Not a matter of the order in which the services reach them.
        let backwards: Vec<usize> = used.into_iter().rev().collect();
        let again: BTreeMap<usize, String> = names(&facts(types), &backwards, given);
        assert_eq!(again.into_values().collect::<Vec<_>>(), expected);
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs.map(|(path, name)| ((*path).into(), (*name).into())).collect()
    }

    fn check(types: &[(&str, &[usize])], overrides: &[(&str, &str)], expected: &[&str]) {
        check_kept(types, overrides, &[], expected);
    }

    #[test]
    fn the_type_nearest_to_the_root_keeps_its_name() {
        check(
            &[
                ("shop::deep::Item", &[]),
                ("shop::Item", &[]),
                ("shop::deep::er::Item", &[]),
            ],
            &[],
            &["DeepItem", "Item", "ErItem"],
        );
    }

    #[test]
    fn types_of_several_crates_all_put_their_crate_first() {
        check(
            &[
                ("shop::deep::Item", &[]),
                ("shop::Item", &[]),
                ("shop::deep::er::Item", &[]),
                ("other::deep::Item", &[]),
                ("shared::Page<shop::Item>", &[1]),
                ("shop::Alone", &[]),
            ],
            &[],
            &[
                "ShopDeepItem",
                "ShopItem",
                "ShopErItem",
                "OtherItem",
                "PageOfShopItem",
                "Alone",
            ],
        );
        // A name that a type has in Rust is not taken from it.
        check(
            &[
                ("shop::Item", &[]),
                ("other::Item", &[]),
                ("other::ShopItem", &[]),
                ("shop::z::Thing", &[]),
                ("shop::Thing", &[]),
                ("shop::ZThing", &[]),
            ],
            &[],
            &["ShopItem2", "OtherItem", "ShopItem", "ShopZThing", "Thing", "ZThing"],
        );
    }

    #[test]
    fn names_of_an_earlier_description_stay() {
        let shop_alone: &[(&str, &str)] = &[
            ("shop::Item", "Item"),
            ("shop::Gone", "Gone"),
            ("shop::a::Moved", "Moved"),
        ];
        check_kept(
            &[
                ("shop::Item", &[]),
                ("archive::Item", &[]),
                ("archive::Gone", &[]),
                ("shop::b::Moved", &[]),
            ],
            &[],
            shop_alone,
            &["Item", "ArchiveItem", "ArchiveGone", "Moved"],
        );
        // What an author wants goes before.
        check_kept(
            &[("shop::Item", &[]), ("archive::Item", &[])],
            &[("archive::Item", "Item")],
            shop_alone,
            &["ShopItem", "Item"],
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
        let none = BTreeMap::new();
        let given = Given {
            wanted: &none,
            kept: &none,
        };
        let named = names(
            &facts(&[("Item", &[]), ("shop::Item", &[]), ("Item", &[])]),
            &used,
            given,
        );
        assert_eq!(named.into_values().collect::<Vec<_>>(), ["Item2", "Item", "Item3"]);
    }
}
