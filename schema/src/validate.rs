//! Whether an [`Api`] is sound: every problem at once, each with its place.

mod finite;
pub mod limits;
mod presented;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::identifier::check_identifier;
use crate::method_id::method_id;
use crate::model::{Api, Digest, Fields, Method, MethodKind, Style, TypeDef, TypeKind, TypeRef};
use crate::text::{is_hidden, shown};

/// How much of a name a message shows, in characters.
const SHOWN: usize = 64;

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
/// values of finite size; what is said of a type's form in the languages fits the type, and a default its field; nothing is longer or deeper than [`limits`] say; a text for one line of generated code is one line.
pub fn validate(api: &Api) -> Vec<Problem> {
    let mut checker = Checker {
        names: api.types.iter().map(|def| def.name.as_str()).collect(),
        problems: Vec::new(),
    };
    checker.head(api);
    checker.types(api);
    checker.services(api);
    checker.presented(api);
    if checker.problems.is_empty() {
        for name in finite::endless(api) {
            let what = "it always contains itself: no value of it is finite";
            checker.problem(&format!("type {name}"), what);
        }
    }
    if checker.problems.is_empty() {
        checker.defaults(api);
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

    fn head(&mut self, api: &Api) {
        let place = "the API";
        // A crate's name, which may have hyphens and begin with a digit.
        let parts = || api.name.split('-').map(|part| format!("_{part}"));
        if api.name.is_empty() || api.name.starts_with('-') || !parts().all(|part| is_identifier(&part)) {
            let what = format!(
                "its name \"{}\" is not made of letters, digits, `_` and `-`",
                shown(&api.name, SHOWN)
            );
            self.problem(place, what);
        }
        self.length(place, "its name", &api.name, limits::NAME_BYTES);
        for (what, text) in [
            ("\"$schema\"", &api.schema),
            ("\"ir_version\"", &api.ir_version),
            ("the producer's name", &api.producer.name),
            ("the producer's version", &api.producer.version),
        ] {
            self.line(place, what, text, limits::NAME_BYTES);
        }
        self.digest(place, &api.digest);
        self.count(place, "services", api.services.len(), limits::SERVICES);
        self.count(place, "types", api.types.len(), limits::TYPES);
    }

    fn types(&mut self, api: &'a Api) {
        let mut seen = BTreeSet::new();
        for def in &api.types {
            let place = format!("type {}", shown(&def.name, SHOWN));
            self.identifier(&place, &def.name);
            if !seen.insert(&def.name) {
                self.problem(&place, "another type has this name");
            }
            self.line(&place, "\"rust\"", &def.rust, limits::RUST_BYTES);
            self.line(&place, "\"path\"", &def.path, limits::RUST_BYTES);
            self.texts(&place, &def.doc, def.deprecated.as_deref());
            self.digest(&place, &def.digest);
            if let Some(generic) = &def.generic {
                self.line(&place, "the generic type's name", &generic.name, limits::RUST_BYTES);
                let count = generic.arguments.len();
                self.count(&place, "generic arguments", count, limits::GENERIC_ARGUMENTS);
                for argument in &generic.arguments {
                    self.reference(&place, argument);
                }
            }
            self.definition(&place, def);
        }
    }

    fn definition(&mut self, place: &str, def: &'a TypeDef) {
        let variants = match &def.kind {
            TypeKind::Struct(fields) => return self.fields(place, fields),
            TypeKind::Enum { variants } => variants,
        };
        if variants.is_empty() {
            self.problem(place, "an enum without variants has no values");
        }
        self.count(place, "variants", variants.len(), limits::VARIANTS);
        let mut seen = BTreeSet::new();
        for (position, variant) in variants.iter().enumerate() {
            let place = format!("{place}, variant {}", shown(&variant.name, SHOWN));
            self.identifier(&place, &variant.name);
            if !seen.insert(&variant.name) {
                self.problem(&place, "another variant has this name");
            }
            if variant.index as usize != position {
                let what = format!("index {}, but it stands at position {position}", variant.index);
                self.problem(&place, what);
            }
            self.rust_name(&place, variant.rust_name.as_deref());
            self.json_name(&place, variant.json_name.as_deref());
            self.texts(&place, &variant.doc, variant.deprecated.as_deref());
            self.fields(&place, &variant.fields);
        }
    }

    fn fields(&mut self, place: &str, fields: &'a Fields) {
        if fields.style == Style::Unit && !fields.fields.is_empty() {
            self.problem(place, "style unit, but it has fields");
        }
        self.count(place, "fields", fields.fields.len(), limits::FIELDS);
        let mut seen = BTreeSet::new();
        for (position, field) in fields.fields.iter().enumerate() {
            let place = format!("{place}, field {}", shown(&field.name, SHOWN));
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
            self.rust_name(&place, field.rust_name.as_deref());
            self.json_name(&place, field.json_name.as_deref());
            self.texts(&place, &field.doc, field.deprecated.as_deref());
            self.reference(&place, &field.ty);
        }
    }

    fn services(&mut self, api: &'a Api) {
        let (mut services, mut ids) = (BTreeSet::new(), BTreeMap::new());
        for service in &api.services {
            let name = shown(&service.name, SHOWN);
            let place = format!("service {name}");
            self.identifier(&place, &service.name);
            if !services.insert(&service.name) {
                self.problem(&place, "another service has this name");
            }
            self.line(&place, "\"module\"", &service.module, limits::RUST_BYTES);
            self.texts(&place, &service.doc, service.deprecated.as_deref());
            self.count(&place, "methods", service.methods.len(), limits::METHODS);
            let mut methods = BTreeSet::new();
            for method in &service.methods {
                let place = format!("method {name}.{}", shown(&method.name, SHOWN));
                self.identifier(&place, &method.name);
                if !methods.insert(&method.name) {
                    self.problem(&place, "another method has this name");
                }
                self.wire_name(&place, method);
                if method.id == method_id(&method.wire_name)
                    && let Some(other) = ids.insert(method.id, &method.wire_name)
                {
                    let other = shown(other, SHOWN);
                    self.problem(&place, format!("its id {} is also that of {other}", method.id));
                }
                self.method(&place, method);
            }
        }
    }

    fn method(&mut self, place: &str, method: &'a Method) {
        self.texts(place, &method.doc, method.deprecated.as_deref());
        self.digest(place, &method.digest);
        if method.idempotent && method.kind == MethodKind::ServerStreaming {
            self.problem(place, "idempotent, but it streams: a stream is never sent again");
        }
        self.count(place, "arguments", method.arguments.len(), limits::ARGUMENTS);
        let mut arguments = BTreeSet::new();
        for argument in &method.arguments {
            let place = format!("{place}, argument {}", shown(&argument.name, SHOWN));
            self.identifier(&place, &argument.name);
            if !arguments.insert(&argument.name) {
                self.problem(&place, "another argument has this name");
            }
            self.reference(&place, &argument.ty);
        }
        self.reference(&format!("{place}, response"), &method.response);
    }

    /// `Trait.method`, each an identifier that may be raw, and the id that it has.
    fn wire_name(&mut self, place: &str, method: &Method) {
        let raw_or_plain = |part: &str| is_identifier(part.strip_prefix("r#").unwrap_or(part));
        let sound = method.wire_name.split_once('.');
        let wire_name = shown(&method.wire_name, SHOWN);
        if !sound.is_some_and(|(service, name)| raw_or_plain(service) && raw_or_plain(name)) {
            let what = format!("its wire name \"{wire_name}\" is not `Trait.method`, each an identifier");
            self.problem(place, what);
        }
        self.length(place, "its wire name", &method.wire_name, 2 * limits::NAME_BYTES);
        let right = method_id(&method.wire_name);
        if method.id != right {
            self.problem(place, format!("id {}, but {wire_name} is {right}", method.id));
        }
    }

    fn identifier(&mut self, place: &str, name: &str) {
        if let Err(why) = check_identifier(name) {
            self.problem(place, format!("\"{}\" is not an identifier: {why}", shown(name, SHOWN)));
        } else if let Some(hidden) = name.chars().find(|c| is_hidden(*c)) {
            let what = format!(
                "its name has the character {}, which is not seen",
                hidden.escape_unicode()
            );
            self.problem(place, what);
        }
        self.length(place, "its name", name, limits::NAME_BYTES);
    }

    fn rust_name(&mut self, place: &str, name: Option<&str>) {
        self.line(place, "\"rust_name\"", name.unwrap_or_default(), limits::RUST_BYTES);
    }

    /// Whatever an attribute says: no generator writes it.
    fn json_name(&mut self, place: &str, name: Option<&str>) {
        self.length(place, "\"json_name\"", name.unwrap_or_default(), limits::RUST_BYTES);
    }

    fn texts(&mut self, place: &str, doc: &str, deprecated: Option<&str>) {
        self.length(place, "its documentation", doc, limits::DOC_BYTES);
        let note = deprecated.unwrap_or_default();
        self.length(place, "its note of deprecation", note, limits::NOTE_BYTES);
    }

    /// A text for one line of generated code.
    fn line(&mut self, place: &str, what: &str, text: &str, longest: usize) {
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c) || *c == '\t') {
            let what = format!(
                "{what} has the character {}, which is not seen",
                hidden.escape_unicode()
            );
            self.problem(place, what);
        }
        self.length(place, what, text, longest);
    }

    fn digest(&mut self, place: &str, digest: &Digest) {
        let sound = |digest: &str| {
            let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            digest.is_empty() || digest.len() == 32 && digest.bytes().all(is_digit)
        };
        if ![&digest.wire, &digest.shape, &digest.api]
            .into_iter()
            .all(|digest| sound(digest))
        {
            self.problem(place, "its digests are not 32 hexadecimal digits each");
        }
    }

    fn length(&mut self, place: &str, what: &str, text: &str, longest: usize) {
        if text.len() > longest {
            let what = format!("{what} has {} bytes, and the limit is {longest}", text.len());
            self.problem(place, what);
        }
    }

    fn count(&mut self, place: &str, what: &str, count: usize, most: usize) {
        if count > most {
            self.problem(place, format!("{count} {what}, and the limit is {most}"));
        }
    }

    fn reference(&mut self, place: &str, ty: &'a TypeRef) {
        // Not a recursive walk: the depth is what is not known yet.
        let mut left = vec![(ty, 1)];
        while let Some((ty, depth)) = left.pop() {
            if depth > limits::TYPE_DEPTH {
                let what = format!(
                    "its type is more than {} deep, which is the limit: name a part of it as a struct",
                    limits::TYPE_DEPTH
                );
                return self.problem(place, what);
            }
            match ty {
                TypeRef::Named(name) if !self.names.contains(name.as_str()) => {
                    self.problem(place, format!("there is no type {}", shown(name, SHOWN)));
                }
                TypeRef::Tuple(items) if items.len() < 2 => self.problem(
                    place,
                    format!("a tuple of {} (two at least; none is unit)", items.len()),
                ),
                TypeRef::Tuple(items) => {
                    self.count(place, "items of a tuple", items.len(), limits::TUPLE_ITEMS);
                }
                _ => {}
            }
            left.extend(ty.children().into_iter().rev().map(|child| (child, depth + 1)));
        }
    }
}

fn is_identifier(name: &str) -> bool {
    check_identifier(name).is_ok() && !name.contains(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::validate;
    use crate::fixtures::{api, boxed, enumeration, named, service, structure};
    use crate::model::TypeRef::{Array, List, Option, Tuple, U32};
    use crate::model::{Api, MethodKind, TypeKind};

    fn check(api: &Api, expected: &[&str]) {
        let problems: Vec<String> = validate(api).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_sound_api_has_no_problems() {
        let mut sound = api([
            structure("Tree", &[("children", List(boxed(named("Tree"))))]),
            enumeration("Chain", &[("End", &[]), ("More", &[("next", named("Chain"))])]),
        ]);
        sound.services = vec![service("S", &[("m", &[named("Tree")], named("Chain"))])];
        check(&sound, &[]);
    }

    #[test]
    fn all_problems_are_found_at_once() {
        let mut bad = api([
            structure("Book", &[("author", Option(boxed(named("Author")))), ("author", U32)]),
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
                        item: boxed(named("A")),
                        len: 1,
                    },
                )],
            ),
            structure(
                "Fine",
                &[(
                    "a",
                    Array {
                        item: boxed(named("Fine")),
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
