//! Handlers have names that no method of a service takes away.

use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_python::Python;

#[test]
fn methods_called_like_what_a_handler_has_leave_it_in_place() {
    let mut api = golden::cases().remove("methods").expect("the case is there");
    let service = &mut api.services[0];
    service.name = "Any".into();
    service.methods.truncate(4);
    let names = ["forward", "rapace_methods", "classmethod", "codegen"];
    assert_eq!(service.methods.len(), names.len());
    for (method, name) in service.methods.iter_mut().zip(names) {
        method.name = name.into();
    }
    let files = Python.generate(&api, &Options::default()).expect("it can be generated");
    for folder in ["src/methods", "src/methods/sync"] {
        let module = &files.get(&format!("{folder}/handlers.py")).expect("the module").text;
        for part in [
            "class AnyHandler(",
            "    rapace_service = \"Any\"\n    rapace_methods = _handlers.ANY\n",
            "def forward(self",
            "def rapace_methods_(self",
            "def classmethod(self",
            "def codegen_(self",
            "    @builtins.classmethod\n    def forward_(cls, client: AnyProtocol) -> AnyHandler:\n",
        ] {
            assert!(module.contains(part), "{part} is not in {module}");
        }
    }
}

#[test]
fn a_type_called_like_a_handler_keeps_its_name() {
    let mut api = golden::cases().remove("structs").expect("the case is there");
    let handler = format!("{}Handler", api.services[0].name);
    let mut same = api.types[0].clone();
    same.name.clone_from(&handler);
    api.types.push(same);
    let files = Python.generate(&api, &Options::default()).expect("it can be generated");
    let types = &files.get("src/structs/types.py").expect("the module").text;
    let handlers = &files.get("src/structs/handlers.py").expect("the module").text;
    assert!(types.contains(&format!("class {handler}:")), "{types}");
    assert!(handlers.contains(&format!("class {handler}_(")), "{handlers}");
}
