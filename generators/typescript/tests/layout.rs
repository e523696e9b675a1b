//! What Biome would break or sort otherwise.

use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_typescript::TypeScript;
use rapace_schema::Api;

fn text(api: &Api, path: &str) -> String {
    let files = TypeScript.generate(api, &Options::default()).expect("it generates");
    let file = files.get(path).unwrap_or_else(|| panic!("no {path}"));
    file.text.clone()
}

#[test]
fn a_declaration_that_fills_the_line_has_its_value_on_the_next() {
    let mut api = golden::cases().remove("structs").expect("the case is there");
    let name = "S".repeat(29);
    api.services[0].name.clone_from(&name);
    let service = text(&api, &format!("src/services/{}.ts", name.to_lowercase()));
    let broken = format!("export const {name}: Service<{name}Client> =\n\t{{\n\t\t");
    assert!(service.contains(&broken) && service.ends_with("\n\t};\n"), "{service}");
    // Its width without a method is that of both braces.
    api.services[0].methods.clear();
    for (length, value) in [(22, " {};\n"), (23, "\n\t{};\n")] {
        let name = "S".repeat(length);
        api.services[0].name.clone_from(&name);
        let service = text(&api, &format!("src/services/{}.ts", name.to_lowercase()));
        let end = format!("export const {name}: Service<{name}Client> ={value}");
        assert!(service.ends_with(&end), "{service}");
    }
}

#[test]
fn services_are_exported_in_the_order_of_their_numbers() {
    let mut api = golden::cases().remove("structs").expect("the case is there");
    let (mut ten, mut nine) = (api.services[0].clone(), api.services[0].clone());
    (ten.name, nine.name) = ("V10".into(), "V9".into());
    api.services = vec![ten, nine];
    let index = text(&api, "src/index.ts");
    assert!(
        index.find("./services/v9.js") < index.find("./services/v10.js"),
        "{index}"
    );
}
