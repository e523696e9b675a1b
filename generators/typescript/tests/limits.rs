//! Values that take no bytes are counted wherever they may be many.

use rapace_gen_core::golden::cases;
use rapace_gen_core::{Generator, Options, Runtime};
use rapace_gen_typescript::TypeScript;
use rapace_schema::{Api, TypeRef};

/// The module with the codecs of a method that takes and returns a value of the type.
fn codecs(ty: TypeRef) -> String {
    let mut api: Api = cases()["bookshop"].clone();
    let method = &mut api.services[0].methods[0];
    method.arguments = vec![rapace_schema::Argument {
        name: "value".into(),
        ty: ty.clone(),
        ..rapace_schema::Argument::default()
    }];
    method.response = ty;
    let options = Options {
        package: None,
        runtime: Runtime::Package(None),
        ..Options::default()
    };
    let files = TypeScript.generate(&api, &options).expect("the API is valid");
    files
        .get("src/codecs.ts")
        .map_or_else(String::new, |file| file.text.clone())
}

fn array(item: TypeRef, len: u64) -> TypeRef {
    TypeRef::Array {
        item: Box::new(item),
        len,
    }
}

#[test]
fn arrays_of_items_without_bytes_count_their_length() {
    for len in [3, 1000] {
        let text = codecs(TypeRef::List(Box::new(array(TypeRef::Unit, len))));
        for expected in [
            "\tw.list(v);\n\tw.emptyItems(v.length);".to_owned(),
            "n = emptyList(r, ".to_owned(),
            format!("\tenterTuple(w, v, {len});\n\tw.emptyItems({len});"),
            format!("\tr.enter();\n\tr.emptyItems({len});"),
        ] {
            assert!(text.contains(&expected), "{expected}");
        }
    }
}

#[test]
fn arrays_of_nothing_and_of_items_with_bytes_count_none() {
    for ty in [array(TypeRef::Unit, 0), array(TypeRef::U16, 1000)] {
        assert!(!codecs(ty).contains("emptyItems"));
    }
}
