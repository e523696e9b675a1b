//! Modules import what they mention and nothing else.

use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_python::Python;
use rapace_schema::TypeRef;

#[test]
fn a_type_of_which_there_are_no_items_is_not_imported() {
    let mut api = golden::cases().remove("collections").expect("the case is there");
    let item = Box::new(TypeRef::Named("Key".into()));
    let mut methods = std::mem::take(&mut api.services[0].methods);
    methods.truncate(1);
    for (len, imported) in [(0, false), (1, true)] {
        let ty = TypeRef::Array {
            item: item.clone(),
            len,
        };
        methods[0].arguments[0].ty = ty.clone();
        methods[0].response = ty;
        let api = rapace_schema::Api {
            services: vec![rapace_schema::Service {
                methods: methods.clone(),
                ..api.services[0].clone()
            }],
            ..api.clone()
        };
        let files = Python.generate(&api, &Options::default()).expect("it can be generated");
        let module = files
            .get("src/collections_client/collections.py")
            .expect("the service's module");
        assert_eq!(module.text.contains("types import Key"), imported, "{}", module.text);
    }
}
