//! Names that Go's own tools give a meaning.

use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_go::Go;

/// `go vet` wants a method of this name to be that of `json.Marshaler`.
#[test]
fn methods_are_not_those_of_the_standard_library() {
    let mut api = golden::cases().remove("structs").expect("the case is there");
    let method = &mut api.services[0].methods[0];
    method.name = "marshal_json".into();
    let files = Go.generate(&api, &Options::default()).expect("it generates");
    let has = |text: &str| files.iter().any(|(_, file)| file.text.contains(text));
    assert!(has("MarshalJSON_(ctx context.Context") && !has("MarshalJSON(ctx"));
}
