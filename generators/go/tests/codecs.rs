//! Which codecs a package has.

use rapace_gen_core::plan::samples;
use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_go::Go;
use rapace_schema::{Style, TypeRef};

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

/// A foreign type is refused, not left out.
#[test]
fn foreign_types_are_refused() {
    let mut api = golden::cases().remove("structs").expect("the case is there");
    let foreign = rapace_schema::Foreign {
        import: "example.com/acme/money".into(),
        ty: "Money".into(),
        from: "From".into(),
        to: "To".into(),
    };
    api.types[0].foreign.insert("go".into(), foreign);
    let error = Go
        .generate(&api, &Options::default())
        .expect_err("it has a foreign type");
    assert!(error.message.contains("does not support yet"), "{error}");
}
