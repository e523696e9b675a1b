//! Looks at an API by the rules.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{Api, Fields, Method, MethodKind, Service, Style, TypeDef, TypeKind, TypeRef};

use super::rules::{self, MOST_ARGUMENTS, Rule};

/// A rule that is broken in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The rule.
    pub(super) rule: Rule,
    /// `Catalog`, `Catalog.find`, `Catalog.find.isbn`, `Book`, `Book.title`.
    pub(super) place: String,
    /// What is there, as the subject of why.
    pub(super) what: String,
}

/// Everything that is found, in the order of the API: services first, then types.
pub(super) fn findings(api: &Api) -> Vec<Finding> {
    let types: BTreeMap<&str, &TypeDef> = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
    let answered = answered(api, &types);
    let mut finder = Finder {
        types,
        found: Vec::new(),
    };
    for service in &api.services {
        finder.service(service);
    }
    for def in &api.types {
        finder.type_def(def, &answered);
    }
    finder.found
}

/// The names of types that answers and items contain.
fn answered<'a>(api: &'a Api, types: &BTreeMap<&str, &'a TypeDef>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<&str> = Vec::new();
    for method in api.services.iter().flat_map(|service| &service.methods) {
        method.response.for_each_name(&mut |name| left.push(name));
    }
    while let Some(name) = left.pop() {
        if reached.insert(name) {
            for ty in types.get(name).into_iter().flat_map(|def| def.field_types()) {
                ty.for_each_name(&mut |name| left.push(name));
            }
        }
    }
    reached
}

struct Finder<'a> {
    types: BTreeMap<&'a str, &'a TypeDef>,
    found: Vec<Finding>,
}

impl Finder<'_> {
    fn find(&mut self, rule: Rule, place: &str, what: impl Into<String>) {
        self.found.push(Finding {
            rule,
            place: place.to_owned(),
            what: what.into(),
        });
    }

    /// What is said of everything that has a name.
    fn about(&mut self, rule: Rule, place: &str, kind: &str, doc: &str, deprecated: Option<&String>) {
        if doc.trim().is_empty() {
            self.find(rule, place, format!("the {kind} has no documentation"));
        }
        if deprecated.is_some_and(|note| note.trim().is_empty()) {
            self.find(
                rules::DEPRECATED_WITHOUT_NOTE,
                place,
                format!("the {kind} is deprecated without a note"),
            );
        }
    }

    fn service(&mut self, service: &Service) {
        let (name, deprecated) = (&service.name, service.deprecated.as_ref());
        self.about(rules::UNDOCUMENTED_SERVICE, name, "service", &service.doc, deprecated);
        for method in &service.methods {
            self.method(&format!("{name}.{}", method.name), method);
        }
    }

    fn method(&mut self, place: &str, method: &Method) {
        let deprecated = method.deprecated.as_ref();
        self.about(rules::UNDOCUMENTED_METHOD, place, "method", &method.doc, deprecated);
        let what = match method.kind {
            MethodKind::Unary => "answer",
            MethodKind::ServerStreaming => "item",
        };
        let response = &method.response;
        match response {
            TypeRef::Unit | TypeRef::Named(_) | TypeRef::Tuple(_) => {}
            TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. } | TypeRef::Array { .. } => {
                self.find(
                    rules::BARE_COLLECTION,
                    place,
                    format!("the {what} is a bare collection"),
                );
            }
            TypeRef::Option(item) if matches!(**item, TypeRef::Named(_)) => {}
            _ => self.find(rules::BARE_ANSWER, place, format!("the {what} is a bare value")),
        }
        self.ty(place, what, response);
        if method.arguments.len() > MOST_ARGUMENTS {
            let count = method.arguments.len();
            self.find(
                rules::MANY_ARGUMENTS,
                place,
                format!("the method has {count} arguments"),
            );
        }
        for argument in &method.arguments {
            self.ty(&format!("{place}.{}", argument.name), "argument", &argument.ty);
        }
    }

    fn type_def(&mut self, def: &TypeDef, answered: &BTreeSet<&str>) {
        let (name, deprecated) = (&def.name, def.deprecated.as_ref());
        self.about(rules::UNDOCUMENTED_TYPE, name, "type", &def.doc, deprecated);
        match &def.kind {
            TypeKind::Struct(fields) => self.fields(name, fields),
            TypeKind::Enum { variants } => {
                let is_plain = variants.iter().all(|variant| variant.fields.fields.is_empty());
                if is_plain && !def.open && answered.contains(name.as_str()) {
                    self.find(rules::CLOSED_ENUM, name, "the enum is closed and part of answers");
                }
                for variant in variants {
                    let (place, deprecated) = (format!("{name}.{}", variant.name), variant.deprecated.as_ref());
                    self.about(rules::UNDOCUMENTED_VARIANT, &place, "variant", &variant.doc, deprecated);
                    self.fields(&place, &variant.fields);
                }
            }
        }
    }

    /// Unnamed fields are documented by what is around them.
    fn fields(&mut self, place: &str, fields: &Fields) {
        for field in &fields.fields {
            let inside = format!("{place}.{}", field.name);
            if fields.style == Style::Struct {
                let deprecated = field.deprecated.as_ref();
                self.about(rules::UNDOCUMENTED_FIELD, &inside, "field", &field.doc, deprecated);
            }
            self.ty(&inside, "field", &field.ty);
        }
    }

    fn ty(&mut self, place: &str, what: &str, ty: &TypeRef) {
        match ty {
            TypeRef::Tuple(_) => self.find(rules::BARE_TUPLE, place, format!("the {what} has a tuple")),
            TypeRef::Map { key, .. } => self.key(place, what, "a map", key),
            TypeRef::Set(item) => self.key(place, what, "a set", item),
            _ => {}
        }
        for child in ty.children() {
            self.ty(place, what, child);
        }
    }

    fn key(&mut self, place: &str, what: &str, collection: &str, key: &TypeRef) {
        let TypeRef::Named(name) = key else {
            return;
        };
        let def = self.types.get(name.as_str());
        if def.is_some_and(|def| matches!(def.kind, TypeKind::Enum { .. }) && !def.open) {
            let what = format!("the {what} has {collection} whose keys are the enum {name}");
            self.find(rules::ENUM_KEY, place, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use rapace_schema::{Argument, Field, Variant};

    use super::super::rules::RULES;
    use super::*;

    fn check(ty: TypeRef, kind: MethodKind, expected: &[&str]) {
        let method = Method {
            name: "m".into(),
            doc: "Does.".into(),
            kind,
            response: ty.clone(),
            ..Method::default()
        };
        check_api(&method, expected, &format!("{ty:?}"));
    }

    /// Finds in a service with this method, beside a struct `Book`, an enum `Kind` and an open one `Open` that have docs.
    fn check_api(method: &Method, expected: &[&str], about: &str) {
        let documented = |name: &str, kind| TypeDef {
            name: name.into(),
            doc: "A type.".into(),
            kind,
            ..TypeDef::default()
        };
        let variants = vec![Variant {
            name: "A".into(),
            doc: "It is A.".into(),
            ..Variant::default()
        }];
        let kind = || TypeKind::Enum {
            variants: variants.clone(),
        };
        let api = Api {
            services: vec![Service {
                name: "S".into(),
                doc: "Serves.".into(),
                methods: vec![method.clone()],
                ..Service::default()
            }],
            types: vec![
                documented("Book", TypeKind::Struct(Fields::default())),
                documented("Kind", kind()),
                TypeDef {
                    open: true,
                    ..documented("Open", kind())
                },
            ],
            ..Api::default()
        };
        let found: Vec<String> = findings(&api)
            .into_iter()
            .map(|finding| format!("{} {}", finding.rule.name, finding.place))
            .collect();
        assert_eq!(found, expected, "{about}");
    }

    fn boxed(name: &str) -> Box<TypeRef> {
        Box::new(TypeRef::Named(name.into()))
    }

    #[test]
    fn answers_that_cannot_grow_are_found() {
        use MethodKind::{ServerStreaming, Unary};
        for (ty, kind, expected) in [
            (TypeRef::Unit, Unary, &[][..]),
            (*boxed("Book"), Unary, &[]),
            (TypeRef::Option(boxed("Book")), Unary, &[]),
            (*boxed("Book"), ServerStreaming, &[]),
            (TypeRef::String, Unary, &["bare-answer S.m"]),
            (TypeRef::U64, ServerStreaming, &["bare-answer S.m"]),
            (TypeRef::Option(Box::new(TypeRef::U32)), Unary, &["bare-answer S.m"]),
            (TypeRef::Bytes, Unary, &["bare-answer S.m"]),
            (TypeRef::List(boxed("Book")), Unary, &["bare-collection S.m"]),
            (
                TypeRef::Tuple(vec![TypeRef::U8, TypeRef::U8]),
                Unary,
                &["bare-tuple S.m"],
            ),
            (*boxed("Kind"), Unary, &["closed-enum Kind"]),
            (*boxed("Open"), Unary, &[]),
            (TypeRef::Set(boxed("Open")), Unary, &["bare-collection S.m"]),
            (
                TypeRef::Map {
                    key: boxed("Kind"),
                    value: boxed("Book"),
                },
                Unary,
                &["bare-collection S.m", "enum-key S.m", "closed-enum Kind"],
            ),
            (
                TypeRef::Set(boxed("Kind")),
                Unary,
                &["bare-collection S.m", "enum-key S.m", "closed-enum Kind"],
            ),
        ] {
            check(ty, kind, expected);
        }
    }

    #[test]
    fn arguments_and_missing_words_are_found() {
        let argument = |index: usize| Argument {
            name: format!("a{index}"),
            ty: TypeRef::U32,
            alias: None,
        };
        let pair = Argument {
            ty: TypeRef::Tuple(vec![TypeRef::U8, TypeRef::U8]),
            ..argument(0)
        };
        let method = |doc: &str, deprecated: Option<&str>, arguments: Vec<Argument>| Method {
            name: "m".into(),
            doc: doc.into(),
            deprecated: deprecated.map(str::to_owned),
            arguments,
            ..Method::default()
        };
        for (method, expected) in [
            (method("Does.", None, (0..3).map(argument).collect()), &[][..]),
            (
                method("Does.", None, (0..4).map(argument).collect()),
                &["many-arguments S.m"],
            ),
            (method("Does.", None, vec![pair]), &["bare-tuple S.m.a0"]),
            (method(" \n", None, Vec::new()), &["undocumented-method S.m"]),
            (method("Does.", Some(""), Vec::new()), &["deprecated-without-note S.m"]),
            (method("Does.", Some("use n"), Vec::new()), &[]),
        ] {
            check_api(&method, expected, &method.doc);
        }
    }

    #[test]
    fn types_without_words_are_found() {
        let field = Field {
            name: "title".into(),
            ..Field::default()
        };
        let fields = Fields {
            style: Style::Struct,
            fields: vec![field],
        };
        let def = |name: &str, kind| TypeDef {
            name: name.into(),
            kind,
            ..TypeDef::default()
        };
        let variant = Variant {
            name: "A".into(),
            fields: fields.clone(),
            ..Variant::default()
        };
        let api = Api {
            services: vec![Service {
                name: "S".into(),
                ..Service::default()
            }],
            types: vec![
                def("Book", TypeKind::Struct(fields)),
                def(
                    "Kind",
                    TypeKind::Enum {
                        variants: vec![variant],
                    },
                ),
            ],
            ..Api::default()
        };
        let found: Vec<String> = findings(&api).into_iter().map(|finding| finding.place).collect();
        assert_eq!(found, ["S", "Book", "Book.title", "Kind", "Kind.A", "Kind.A.title"]);
    }

    #[test]
    fn rules_are_sorted_and_say_what_to_write() {
        assert!(RULES.iter().map(|rule| rule.name).is_sorted());
        for rule in RULES {
            assert!(rule.why.len() > 20 && rule.instead.len() > 20, "{}", rule.name);
        }
    }
}
