//! Whether an [`Api`] is sound: every problem at once, each with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::identifier::check_identifier;
use crate::method_id::method_id;
use crate::model::{Api, Fields, MethodKind, Style, TypeDef, TypeKind, TypeRef};

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `type Book, field author` or `method Catalog.find, argument isbn`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks what a generator relies on: references resolve, names are identifiers and unique, method ids are those of
/// their wire names and unique, no stream is idempotent, variant indexes are positions, no enum is empty, every type has
/// values of finite size.
pub fn validate(api: &Api) -> Vec<Problem> {
    let mut checker = Checker {
        names: api.types.iter().map(|def| def.name.as_str()).collect(),
        problems: Vec::new(),
    };
    checker.types(api);
    checker.services(api);
    if checker.problems.is_empty() {
        checker.endless(api);
    }
    checker.problems
}

struct Checker<'a> {
    names: BTreeSet<&'a str>,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn problem(&mut self, place: &str, what: impl Into<String>) {
        self.problems.push(Problem {
            place: place.to_owned(),
            what: what.into(),
        });
    }

    fn types(&mut self, api: &'a Api) {
        let mut seen = BTreeSet::new();
        for def in &api.types {
            let place = format!("type {}", def.name);
            self.identifier(&place, &def.name);
            if !seen.insert(&def.name) {
                self.problem(&place, "another type has this name");
            }
            for argument in def.generic.iter().flat_map(|generic| &generic.arguments) {
                self.reference(&place, argument);
            }
            match &def.kind {
                TypeKind::Struct(fields) => self.fields(&place, fields),
                TypeKind::Enum { variants } => {
                    if variants.is_empty() {
                        self.problem(&place, "an enum without variants has no values");
                    }
                    let mut seen = BTreeSet::new();
                    for (position, variant) in variants.iter().enumerate() {
                        let place = format!("{place}, variant {}", variant.name);
                        self.identifier(&place, &variant.name);
                        if !seen.insert(&variant.name) {
                            self.problem(&place, "another variant has this name");
                        }
                        if variant.index as usize != position {
                            let what = format!("index {}, but it stands at position {position}", variant.index);
                            self.problem(&place, what);
                        }
                        self.fields(&place, &variant.fields);
                    }
                }
            }
        }
    }

    fn fields(&mut self, place: &str, fields: &'a Fields) {
        if fields.style == Style::Unit && !fields.fields.is_empty() {
            self.problem(place, "style unit, but it has fields");
        }
        let mut seen = BTreeSet::new();
        for (position, field) in fields.fields.iter().enumerate() {
            let place = format!("{place}, field {}", field.name);
            if fields.style == Style::Tuple {
                if field.name != position.to_string() {
                    self.problem(
                        &place,
                        format!("a tuple's field at position {position} is named {position}"),
                    );
                }
            } else {
                self.identifier(&place, &field.name);
            }
            if !seen.insert(&field.name) {
                self.problem(&place, "another field has this name");
            }
            self.reference(&place, &field.ty);
        }
    }

    fn services(&mut self, api: &'a Api) {
        let (mut services, mut ids) = (BTreeSet::new(), BTreeMap::new());
        for service in &api.services {
            let place = format!("service {}", service.name);
            self.identifier(&place, &service.name);
            if !services.insert(&service.name) {
                self.problem(&place, "another service has this name");
            }
            let mut methods = BTreeSet::new();
            for method in &service.methods {
                let place = format!("method {}.{}", service.name, method.name);
                self.identifier(&place, &method.name);
                if !methods.insert(&method.name) {
                    self.problem(&place, "another method has this name");
                }
                let right = method_id(&method.wire_name);
                if method.id != right {
                    let what = format!("id {}, but {} is {right}", method.id, method.wire_name);
                    self.problem(&place, what);
                } else if let Some(other) = ids.insert(method.id, &method.wire_name) {
                    self.problem(&place, format!("its id {} is also that of {other}", method.id));
                }
                if method.idempotent && method.kind == MethodKind::ServerStreaming {
                    self.problem(&place, "idempotent, but it streams: a stream is never sent again");
                }
                let mut arguments = BTreeSet::new();
                for argument in &method.arguments {
                    let place = format!("{place}, argument {}", argument.name);
                    self.identifier(&place, &argument.name);
                    if !arguments.insert(&argument.name) {
                        self.problem(&place, "another argument has this name");
                    }
                    self.reference(&place, &argument.ty);
                }
                self.reference(&format!("{place}, response"), &method.response);
            }
        }
    }

    fn identifier(&mut self, place: &str, name: &str) {
        if let Err(why) = check_identifier(name) {
            self.problem(place, format!("{name:?} is not an identifier: {why}"));
        }
    }

    fn reference(&mut self, place: &str, ty: &'a TypeRef) {
        ty.for_each_name(&mut |name| {
            if !self.names.contains(name) {
                self.problem(place, format!("there is no type {name}"));
            }
        });
        self.short_tuples(place, ty);
    }

    fn short_tuples(&mut self, place: &str, ty: &TypeRef) {
        if let TypeRef::Tuple(items) = ty
            && items.len() < 2
        {
            self.problem(
                place,
                format!("a tuple of {} (two at least; none is unit)", items.len()),
            );
        }
        for child in ty.children() {
            self.short_tuples(place, child);
        }
    }

    /// A type is finite when it has a value that ends. Grows the set of finite types until nothing is added.
    fn endless(&mut self, api: &'a Api) {
        let mut finite: BTreeSet<&str> = BTreeSet::new();
        loop {
            let added: Vec<&str> = (api.types.iter())
                .filter(|def| !finite.contains(def.name.as_str()) && ends(def, &finite))
                .map(|def| def.name.as_str())
                .collect();
            if added.is_empty() {
                break;
            }
            finite.extend(added);
        }
        for def in api.types.iter().filter(|def| !finite.contains(def.name.as_str())) {
            let what = "it always contains itself: no value of it is finite";
            self.problem(&format!("type {}", def.name), what);
        }
    }
}

fn ends(def: &TypeDef, finite: &BTreeSet<&str>) -> bool {
    let all = |fields: &Fields| fields.fields.iter().all(|field| value_ends(&field.ty, finite));
    match &def.kind {
        TypeKind::Struct(fields) => all(fields),
        TypeKind::Enum { variants } => variants.iter().any(|variant| all(&variant.fields)),
    }
}

fn value_ends(ty: &TypeRef, finite: &BTreeSet<&str>) -> bool {
    match ty {
        TypeRef::Named(name) => finite.contains(name.as_str()),
        TypeRef::Array { item, len } => *len == 0 || value_ends(item, finite),
        TypeRef::Tuple(items) => items.iter().all(|item| value_ends(item, finite)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::validate;
    use crate::fixtures::{api, enumeration, service, structure};
    use crate::model::TypeRef::{self, Array, List, Named, Option, Tuple, U32};
    use crate::model::{Api, MethodKind, TypeKind};

    fn named(name: &str) -> TypeRef {
        Named(name.into())
    }

    fn check(api: &Api, expected: &[&str]) {
        let problems: Vec<String> = validate(api).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_sound_api_has_no_problems() {
        let mut sound = api([
            structure("Tree", &[("children", List(Box::new(named("Tree"))))]),
            enumeration("Chain", &[("End", &[]), ("More", &[("next", named("Chain"))])]),
        ]);
        sound.services = vec![service("S", &[("m", &[named("Tree")], named("Chain"))])];
        check(&sound, &[]);
    }

    #[test]
    fn all_problems_are_found_at_once() {
        let mut bad = api([
            structure(
                "Book",
                &[("author", Option(Box::new(named("Author")))), ("author", U32)],
            ),
            structure("Book", &[("9", Tuple(vec![U32]))]),
            enumeration("Never", &[]),
        ]);
        bad.services = vec![service("S", &[("m", &[named("Gone")], U32)])];
        bad.services[0].methods[0].id = 7;
        check(
            &bad,
            &[
                "type Book, field author: there is no type Author",
                "type Book, field author: another field has this name",
                "type Book: another type has this name",
                "type Book, field 9: \"9\" is not an identifier: '9' (U+0039) cannot begin one",
                "type Book, field 9: a tuple of 1 (two at least; none is unit)",
                "type Never: an enum without variants has no values",
                "method S.m: id 7, but S.m is 1855210674",
                "method S.m, argument a0: there is no type Gone",
            ],
        );
    }

    #[test]
    fn streams_are_not_idempotent() {
        let mut bad = api([]);
        bad.services = vec![service("S", &[("once", &[], U32), ("many", &[], U32)])];
        for method in &mut bad.services[0].methods {
            method.idempotent = true;
        }
        check(&bad, &[]);
        bad.services[0].methods[1].kind = MethodKind::ServerStreaming;
        check(
            &bad,
            &["method S.many: idempotent, but it streams: a stream is never sent again"],
        );
    }

    #[test]
    fn variant_indexes_are_positions() {
        let mut bad = api([enumeration("E", &[("A", &[]), ("B", &[])])]);
        let TypeKind::Enum { variants } = &mut bad.types[0].kind else {
            unreachable!()
        };
        variants[1].index = 5;
        check(&bad, &["type E, variant B: index 5, but it stands at position 1"]);
    }

    #[test]
    fn types_without_finite_values_are_refused() {
        let bad = api([
            structure("A", &[("b", named("B"))]),
            structure(
                "B",
                &[(
                    "a",
                    Array {
                        item: Box::new(named("A")),
                        len: 1,
                    },
                )],
            ),
            structure(
                "Fine",
                &[(
                    "a",
                    Array {
                        item: Box::new(named("Fine")),
                        len: 0,
                    },
                )],
            ),
        ]);
        check(
            &bad,
            &[
                "type A: it always contains itself: no value of it is finite",
                "type B: it always contains itself: no value of it is finite",
            ],
        );
    }
}
