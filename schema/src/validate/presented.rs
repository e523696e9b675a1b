//! Whether what an API says of the form of its types in the languages fits the types: aliases, results, known and foreign types,
//! defaults, and the manifest.

use std::collections::BTreeMap;

use super::{Checker, SHOWN, limits};
use crate::model::{Api, Fields, Foreign, Known, ResultVariants, Style, TypeDef, TypeKind, TypeRef};
use crate::postcard::{Codec, Limits};
use crate::text::shown;

impl<'a> Checker<'a> {
    /// Everything but the defaults.
    pub(super) fn presented(&mut self, api: &'a Api) {
        self.manifest(api);
        self.aliases(api);
        for def in &api.types {
            let place = format!("type {}", shown(&def.name, SHOWN));
            let said = [def.result.is_some(), def.known.is_some(), !def.foreign.is_empty()];
            if said.iter().filter(|said| **said).count() > 1 {
                self.problem(
                    &place,
                    "only one of \"result\", \"known\" and \"foreign\" can be said of a type",
                );
            }
            if def.open && !def.is_unit_enum() {
                self.problem(&place, "\"open\" is said of an enum whose variants have no fields");
            }
            if def.open && def.result.is_some() {
                self.problem(&place, "\"open\" cannot be said of a type with \"result\"");
            }
            if let Some(result) = &def.result {
                self.result(&place, def, result);
            }
            if let Some(known) = def.known {
                self.known(&place, def, known);
            }
            for (language, foreign) in &def.foreign {
                self.foreign(&format!("{place}, foreign type of {}", shown(language, SHOWN)), foreign);
            }
        }
    }

    /// Each default must be a value of its field's type, which only a sound API can say.
    pub(super) fn defaults(&mut self, api: &Api) {
        let codec = Codec::new(api, Limits::default());
        for def in &api.types {
            for (variant, fields) in fields_of(def) {
                for field in &fields.fields {
                    let Some(value) = &field.default_value else { continue };
                    let wrong = match codec.encode(&field.ty, value) {
                        Ok(_) if field.default => continue,
                        Ok(_) => "\"default_value\" without \"default\"".to_owned(),
                        Err(error) => format!("\"default_value\" is not of its type: {error}"),
                    };
                    let variant = variant.map(|name| format!(", variant {name}")).unwrap_or_default();
                    self.problem(&format!("type {}{variant}, field {}", def.name, field.name), wrong);
                }
            }
        }
    }

    fn manifest(&mut self, api: &Api) {
        let (package, place) = (&api.package, "the package");
        let one = [
            ("its version", &package.version),
            ("its description", &package.description),
            ("its license", &package.license),
            ("its repository", &package.repository),
            ("its homepage", &package.homepage),
        ];
        for (what, text) in one {
            self.line(place, what, text.as_deref().unwrap_or_default(), limits::NOTE_BYTES);
        }
        self.count(place, "authors", package.authors.len(), limits::FIELDS);
        self.count(place, "keywords", package.keywords.len(), limits::FIELDS);
        for author in &package.authors {
            self.line(place, "an author", author, limits::NAME_BYTES);
        }
        for keyword in &package.keywords {
            self.line(place, "a keyword", keyword, limits::NAME_BYTES);
        }
    }

    fn aliases(&mut self, api: &'a Api) {
        let mut known: BTreeMap<&str, &TypeRef> = BTreeMap::new();
        self.count("the API", "aliases", api.aliases.len(), limits::TYPES);
        for alias in &api.aliases {
            let place = format!("alias {}", shown(&alias.name, SHOWN));
            self.identifier(&place, &alias.name);
            if self.names.contains(alias.name.as_str()) || known.insert(&alias.name, &alias.ty).is_some() {
                self.problem(&place, "another alias or type has this name");
            }
            self.texts(&place, &alias.doc, None);
            self.reference(&place, &alias.ty);
        }
        let mut uses: Vec<(String, Option<&str>, &TypeRef)> = Vec::new();
        for service in &api.services {
            for method in &service.methods {
                let place = format!("method {}.{}", shown(&service.name, SHOWN), shown(&method.name, SHOWN));
                for argument in &method.arguments {
                    let place = format!("{place}, argument {}", shown(&argument.name, SHOWN));
                    uses.push((place, argument.alias.as_deref(), &argument.ty));
                }
                uses.push((
                    format!("{place}, response"),
                    method.response_alias.as_deref(),
                    &method.response,
                ));
            }
        }
        for def in &api.types {
            for field in fields_of(def).into_iter().flat_map(|(_, fields)| &fields.fields) {
                let place = format!("type {}, field {}", shown(&def.name, SHOWN), shown(&field.name, SHOWN));
                uses.push((place, field.alias.as_deref(), &field.ty));
            }
        }
        for (place, alias, ty) in uses {
            let Some(alias) = alias else { continue };
            if known.get(alias).is_none_or(|named| **named != *ty) {
                self.problem(&place, format!("no alias {} names its type", shown(alias, SHOWN)));
            }
        }
    }

    fn result(&mut self, place: &str, def: &TypeDef, result: &ResultVariants) {
        let TypeKind::Enum { variants } = &def.kind else {
            return self.problem(place, "\"result\" is said of an enum, and this is a struct");
        };
        let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
        let (ok, err) = (result.ok.as_str(), result.err.as_str());
        if names != [ok, err] && names != [err, ok] {
            let what = format!(
                "\"result\" names the variants {} and {}, and the enum has {}",
                shown(ok, SHOWN),
                shown(err, SHOWN),
                shown(&names.join(", "), SHOWN)
            );
            return self.problem(place, what);
        }
        for variant in variants {
            let fields = &variant.fields;
            if fields.style != Style::Unit && fields.newtype().is_none() {
                let what = format!(
                    "a variant of a result has no field or one without a name, and {} has others",
                    shown(&variant.name, SHOWN)
                );
                self.problem(place, what);
            }
        }
    }

    fn known(&mut self, place: &str, def: &TypeDef, known: Known) {
        let inner = match &def.kind {
            TypeKind::Struct(fields) => fields.newtype(),
            TypeKind::Enum { .. } => None,
        };
        let Some(inner) = inner else {
            return self.problem(place, "\"known\" is said of a tuple struct with one field");
        };
        let needs = match known {
            Known::Brand => return,
            Known::Uuid => "`[u8; 16]`, a `u128` or a `String`",
            Known::Decimal | Known::Url => "a `String`",
            _ => "an integer",
        };
        if !is_known_form(known, inner) {
            let name = serde_json::to_value(known).unwrap_or_default();
            self.problem(place, format!("its field is not what {name} needs: {needs}"));
        }
    }

    fn foreign(&mut self, place: &str, foreign: &Foreign) {
        for (what, text) in [
            ("\"import\"", &foreign.import),
            ("\"type\"", &foreign.ty),
            ("\"from\"", &foreign.from),
            ("\"to\"", &foreign.to),
        ] {
            if text.is_empty() {
                self.problem(place, format!("{what} is empty"));
            }
            self.line(place, what, text, limits::RUST_BYTES);
        }
    }
}

/// Whether a newtype around `inner` can be the known type.
fn is_known_form(known: Known, inner: &TypeRef) -> bool {
    use TypeRef::{Array, I8, I16, I32, I64, I128, Isize, String, U8, U16, U32, U64, U128, Usize};
    match known {
        Known::Brand => true,
        Known::Uuid => match inner {
            Array { item, len } => **item == U8 && *len == 16,
            U128 | String => true,
            _ => false,
        },
        Known::Decimal | Known::Url => *inner == String,
        _ => matches!(
            inner,
            U8 | U16 | U32 | U64 | Usize | U128 | I8 | I16 | I32 | I64 | Isize | I128
        ),
    }
}

/// The fields of a struct, or of each variant with its name.
fn fields_of(def: &TypeDef) -> Vec<(Option<&str>, &Fields)> {
    match &def.kind {
        TypeKind::Struct(fields) => vec![(None, fields)],
        TypeKind::Enum { variants } => (variants.iter())
            .map(|variant| (Some(variant.name.as_str()), &variant.fields))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::fixtures::{api, enumeration, structure};
    use crate::model::TypeRef::{self, Array, I64, List, Named, String, U8};
    use crate::model::{Alias, Api, Foreign, Known, ResultVariants, TypeDef, TypeKind};
    use crate::validate;

    fn check(api: &Api, expected: &[&str]) {
        let problems: Vec<std::string::String> = validate(api).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    fn newtype(inner: TypeRef, known: Known) -> TypeDef {
        TypeDef {
            known: Some(known),
            ..structure("Id", &[("0", inner)])
        }
    }

    fn outcome(variants: &[(&str, &[(&str, TypeRef)])]) -> TypeDef {
        TypeDef {
            result: Some(ResultVariants {
                ok: "Ok".into(),
                err: "Err".into(),
            }),
            ..enumeration("Outcome", variants)
        }
    }

    #[test]
    fn a_known_type_has_the_form_that_it_needs() {
        let sixteen = Array {
            item: Box::new(U8),
            len: 16,
        };
        check(&api([newtype(sixteen, Known::Uuid)]), &[]);
        check(&api([newtype(I64, Known::TimestampMs)]), &[]);
        check(&api([newtype(List(Box::new(U8)), Known::Brand)]), &[]);
        check(
            &api([newtype(I64, Known::Uuid)]),
            &["type Id: its field is not what \"uuid\" needs: `[u8; 16]`, a `u128` or a `String`"],
        );
        check(
            &api([newtype(String, Known::DurationNs)]),
            &["type Id: its field is not what \"duration-ns\" needs: an integer"],
        );
        let not_a_newtype = TypeDef {
            known: Some(Known::Url),
            ..structure("Id", &[("a", String), ("b", String)])
        };
        check(
            &api([not_a_newtype]),
            &["type Id: \"known\" is said of a tuple struct with one field"],
        );
    }

    #[test]
    fn a_result_has_two_variants_of_one_value_each() {
        check(&api([outcome(&[("Err", &[("0", String)]), ("Ok", &[])])]), &[]);
        check(
            &api([outcome(&[("Ok", &[]), ("Failed", &[])])]),
            &["type Outcome: \"result\" names the variants Ok and Err, and the enum has Ok, Failed"],
        );
        check(
            &api([outcome(&[("Ok", &[("a", U8)]), ("Err", &[])])]),
            &["type Outcome: a variant of a result has no field or one without a name, and Ok has others"],
        );
    }

    #[test]
    fn an_open_enum_has_variants_without_fields() {
        let open = |def: TypeDef| TypeDef { open: true, ..def };
        let why = "type Outcome: \"open\" cannot be said of a type with \"result\"";
        check(
            &api([open(enumeration("Format", &[("Paper", &[]), ("Ebook", &[])]))]),
            &[],
        );
        check(&api([open(outcome(&[("Ok", &[]), ("Err", &[])]))]), &[why]);
        let unfit = [
            structure("A", &[]),
            enumeration("B", &[("C", &[]), ("D", &[("0", U8)])]),
        ];
        check(
            &api(unfit.map(open)),
            &[
                "type A: \"open\" is said of an enum whose variants have no fields",
                "type B: \"open\" is said of an enum whose variants have no fields",
            ],
        );
    }

    #[test]
    fn aliases_are_unique_and_name_the_type_where_they_are_used() {
        let mut with = api([structure("Book", &[("tags", List(Box::new(String)))])]);
        with.aliases = vec![Alias {
            name: "Tags".into(),
            doc: Default::default(),
            ty: List(Box::new(String)),
        }];
        let TypeKind::Struct(fields) = &mut with.types[0].kind else {
            unreachable!()
        };
        fields.fields[0].alias = Some("Tags".into());
        check(&with, &[]);
        with.aliases[0].ty = String;
        check(&with, &["type Book, field tags: no alias Tags names its type"]);
        with.aliases[0].name = "Book".into();
        check(
            &with,
            &[
                "alias Book: another alias or type has this name",
                "type Book, field tags: no alias Tags names its type",
            ],
        );
    }

    #[test]
    fn a_default_is_a_value_of_its_field() {
        let mut with = api([
            structure("Spec", &[("retries", U8), ("next", Named("Spec2".into()))]),
            structure("Spec2", &[]),
        ]);
        let TypeKind::Struct(fields) = &mut with.types[0].kind else {
            unreachable!()
        };
        (fields.fields[0].default, fields.fields[0].default_value) = (true, Some(json!(3)));
        check(&with, &[]);
        let TypeKind::Struct(fields) = &mut with.types[0].kind else {
            unreachable!()
        };
        fields.fields[0].default_value = Some(json!(300));
        check(
            &with,
            &["type Spec, field retries: \"default_value\" is not of its type: 300 is not an integer from 0 to 255"],
        );
    }

    #[test]
    fn foreign_types_are_named_whole() {
        let foreign = Foreign {
            import: "acme.money".into(),
            ty: "Money".into(),
            from: "from_wire".into(),
            to: "".into(),
        };
        let def = TypeDef {
            foreign: [("python".to_owned(), foreign)].into(),
            ..structure("Money", &[("0", I64)])
        };
        check(&api([def]), &["type Money, foreign type of python: \"to\" is empty"]);
    }
}
