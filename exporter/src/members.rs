//! Names of fields and variants, where attributes for JSON give them names that no language can have.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use rapace_schema::{check_identifier, is_identifier_continue, is_identifier_start};

use crate::rust_type::plain;

/// What a field or variant is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MemberName {
    /// The name in the description: an identifier, and the only one among its siblings.
    pub(crate) name: String,
    /// Rust's name, where it is another.
    pub(crate) rust: Option<String>,
    /// The name that an attribute gives for JSON, where `name` cannot be that.
    pub(crate) json: Option<String>,
}

/// Which of a type's members are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Members {
    /// `first_name`
    Fields,
    /// `FirstName`
    Variants,
}

/// The names of all fields of a struct or variant, or of all variants of an enum: `(name, Rust's name)` of each, the first as
/// reflection says it, the other as the sources do if they are known.
///
/// A name by attribute stays if it is an identifier and no sibling has it. Otherwise Rust's own takes its place, or where
/// that is not known an identifier made of the attribute's.
pub(crate) fn member_names(members: Members, of: &[(&str, Option<&str>)]) -> Vec<MemberName> {
    let rust: Vec<String> = of
        .iter()
        .map(|&(name, rust)| rust.map_or_else(|| identifier(members, plain(name)), |rust| plain(rust).to_owned()))
        .collect();
    let json: Vec<&str> = of.iter().map(|&(name, _)| plain(name)).collect();
    let mut falls_back: Vec<bool> = json.iter().map(|name| check_identifier(name).is_err()).collect();
    // Rust's name of one may be the attribute's of another, which has to give way then too.
    loop {
        let names = chosen(&falls_back, &rust, &json);
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, name) in names.iter().enumerate() {
            places.entry(name).or_default().push(place);
        }
        let alike = places.into_values().filter(|places| places.len() > 1).flatten();
        let more: Vec<usize> = alike.filter(|&place| !falls_back[place]).collect();
        if more.is_empty() {
            break;
        }
        more.into_iter().for_each(|place| falls_back[place] = true);
    }
    let names = numbered(&chosen(&falls_back, &rust, &json));
    let pairs = names.into_iter().zip(of);
    pairs
        .map(|(name, &(json, rust))| MemberName {
            rust: rust.map(plain).filter(|rust| *rust != name).map(str::to_owned),
            json: Some(plain(json)).filter(|json| *json != name).map(str::to_owned),
            name,
        })
        .collect()
}

fn chosen<'a>(falls_back: &[bool], rust: &'a [String], json: &[&'a str]) -> Vec<&'a str> {
    let pairs = rust.iter().zip(json).zip(falls_back);
    pairs
        .map(|((rust, json), falls_back)| if *falls_back { rust.as_str() } else { json })
        .collect()
}

/// Rust's names are not alike; those that were made may be, and get numbers then.
fn numbered(names: &[&str]) -> Vec<String> {
    let mut given: Vec<String> = Vec::new();
    for name in names {
        let is_free =
            |wanted: &String| !given.contains(wanted) && (wanted == name || !names.contains(&wanted.as_str()));
        let mut candidates = std::iter::once((*name).to_owned()).chain((2..).map(|number| format!("{name}_{number}")));
        let free = candidates.find(is_free);
        given.push(free.unwrap_or_else(|| unreachable!("numbers do not end")));
    }
    given
}

/// What an author may have written for a name by attribute: `first_name` for `first-name`.
fn identifier(members: Members, name: &str) -> String {
    if check_identifier(name).is_ok() {
        return name.to_owned();
    }
    let words: String = (name.chars())
        .map(|c| if is_identifier_continue(c) { c } else { '_' })
        .collect();
    let (made, alone) = match members {
        Members::Fields => (words.to_snake_case(), "field"),
        Members::Variants => (words.to_upper_camel_case(), "Variant"),
    };
    match made.chars().next() {
        None => alone.to_owned(),
        Some(first) if is_identifier_start(first) => made,
        Some(_) => format!("_{made}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Members, member_names};

    /// `name` where nothing else is said, otherwise `name (Rust's, JSON's)`.
    fn check(members: Members, of: &[(&str, Option<&str>)], expected: &[&str]) {
        let shown = member_names(members, of)
            .into_iter()
            .map(|member| match (member.rust, member.json) {
                (None, None) => member.name,
                (rust, json) => format!(
                    "{} ({}, {})",
                    member.name,
                    rust.unwrap_or_default(),
                    json.unwrap_or_default()
                ),
            });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_by_attribute_stay_where_they_can() {
        check(
            Members::Fields,
            &[
                ("nameOfIt", Some("name")),
                ("plain", Some("plain")),
                ("r#type", Some("r#type")),
                ("unknown", None),
            ],
            &["nameOfIt (name, )", "plain", "type", "unknown"],
        );
    }

    #[test]
    fn rust_s_own_name_takes_the_place_of_what_is_no_identifier() {
        check(
            Members::Fields,
            &[
                ("first-name", Some("first_name")),
                ("@type", Some("r#type")),
                ("", Some("empty")),
                ("a²", Some("square")),
            ],
            &[
                "first_name (, first-name)",
                "type (, @type)",
                "empty (, )",
                "square (, a²)",
            ],
        );
    }

    #[test]
    fn names_that_are_alike_give_way_to_rust_s() {
        check(
            Members::Fields,
            &[("value", Some("a")), ("value", Some("b")), ("c", Some("c"))],
            &["a (, value)", "b (, value)", "c"],
        );
        // Falling back leads to another pair.
        check(
            Members::Fields,
            &[("b", Some("a")), ("@b", Some("b")), ("a", Some("z"))],
            &["a (, b)", "b (, @b)", "z (, a)"],
        );
    }

    #[test]
    fn without_sources_names_are_made_of_the_attributes() {
        check(
            Members::Fields,
            &[
                ("first-name", None),
                ("@type", None),
                ("first name", None),
                ("9", None),
                ("?", None),
                ("first_name_2", None),
            ],
            &[
                "first_name (, first-name)",
                "type (, @type)",
                "first_name_3 (, first name)",
                "_9 (, 9)",
                "field (, ?)",
                "first_name_2",
            ],
        );
        check(
            Members::Variants,
            &[("fast-lane", None), ("+", None)],
            &["FastLane (, fast-lane)", "Variant (, +)"],
        );
    }
}
