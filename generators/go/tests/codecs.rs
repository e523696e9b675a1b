//! Which codecs a package has.

use rapace_gen_core::plan::samples;
use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_go::Go;
use rapace_schema::{Style, TypeKind, TypeRef, Variant};

/// No value of the item of an empty array travels: a codec of the item would be a function that nobody calls.
#[test]
fn types_that_never_travel_have_no_codec() {
    let mut api = golden::cases().remove("structs").expect("the case is there");
    api.types.push(samples::structure(
        "Unseen",
        Style::Struct,
        [("value".to_owned(), TypeRef::U8)],
    ));
    api.types.sort_by(|a, b| a.name.cmp(&b.name));
    let unseen = TypeRef::Named("Unseen".into());
    let argument = |api: &mut rapace_schema::Api, ty: TypeRef| {
        api.services[0].methods[0].arguments[0].ty = ty;
    };
    let has_codec = |api: &rapace_schema::Api| {
        let files = Go.generate(api, &Options::default()).expect("it generates");
        files.iter().any(|(_, file)| file.text.contains("func encodeUnseen("))
    };
    argument(&mut api, unseen.clone());
    assert!(has_codec(&api));
    argument(
        &mut api,
        TypeRef::Array {
            item: Box::new(unseen),
            len: 0,
        },
    );
    assert!(!has_codec(&api));
}

/// A type of a user's, and the type of the API in whose place it is.
fn foreign(type_name: &str, (import, ty, from, to): (&str, &str, &str, &str)) -> rapace_schema::Api {
    let mut api = rapace_schema::read(include_str!("../cases/foreign.json")).expect("the case is sound");
    let def = api.types.iter_mut().find(|def| def.name == type_name);
    let foreign = rapace_schema::Foreign {
        import: import.into(),
        ty: ty.into(),
        from: from.into(),
        to: to.into(),
    };
    def.expect("the type is there").foreign.insert("go".into(), foreign);
    api
}

fn refusal(api: &rapace_schema::Api) -> String {
    let refused = Go.generate(api, &Options::default());
    refused.expect_err("it is refused").message
}

#[test]
fn foreign_types_are_refused_that_go_cannot_have() {
    let fine = ("example.com/acme/money", "Money", "FromWire", "ToWire");
    assert!(Go.generate(&foreign("Money", fine), &Options::default()).is_ok());
    for (names, why) in [
        (("", "Money", "From", "To"), "`import` is ``"),
        (("a//b", "Money", "From", "To"), "`import` is `a//b`"),
        (("../money", "Money", "From", "To"), "`import` is `../money`"),
        (("a\"\nb", "Money", "From", "To"), "`import` is `a\\\"\\nb`"),
        (("a/b", "money", "From", "To"), "`type` is `money`"),
        (("a/b", "Money", "From()", "To"), "`from` is `From()`"),
        (("a/b", "Money", "From", ""), "`to` is ``"),
    ] {
        let message = refusal(&foreign("Money", names));
        assert!(
            message.starts_with("type Money: ") && message.contains(why),
            "{names:?}: {message}"
        );
    }
}

#[test]
fn foreign_types_have_content_that_users_can_name() {
    let names = ("example.com/acme/money", "Money", "FromWire", "ToWire");
    let named = |name: &str| TypeRef::Named(name.to_owned());
    let with = |kind: TypeKind| {
        let mut api = foreign("Money", names);
        let def = api.types.iter_mut().find(|def| def.name == "Money");
        def.expect("the type is there").kind = kind;
        api
    };
    let holding = |ty: TypeRef| {
        with(TypeKind::Struct(samples::fields(
            Style::Struct,
            [("inside".to_owned(), ty)],
        )))
    };
    for (api, why) in [
        (
            with(TypeKind::Enum {
                variants: vec![Variant::default()],
            }),
            "type Money: it is an enum",
        ),
        (holding(TypeRef::Unit), "type Money: a value of it has no content"),
        (
            holding(TypeRef::List(Box::new(named("Order")))),
            "type Money: its field `inside` holds the type Order",
        ),
    ] {
        let message = refusal(&api);
        assert!(message.starts_with(why), "{message}");
        assert!(
            message.ends_with("or leave out `go` in [types] of rapace.toml"),
            "{message}"
        );
    }
    // A newtype is what is inside.
    assert!(Go.generate(&holding(named("Currency")), &Options::default()).is_ok());
}
