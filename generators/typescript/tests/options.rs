//! What the user of the generator chooses.

use rapace_gen_core::golden::cases;
use rapace_gen_core::{Files, GenerateError, Generator, Options, Origin, Runtime};
use rapace_gen_typescript::TypeScript;

fn generate(package: Option<&str>, runtime: Runtime) -> Result<Files, GenerateError> {
    let options = Options {
        package: package.map(str::to_owned),
        runtime,
        ..Options::default()
    };
    TypeScript.generate(&cases()["bookshop"], &options)
}

#[test]
fn the_runtime_is_written_beside_the_code_or_imported() {
    let vendored = generate(None, Runtime::Vendored).unwrap();
    let runtime: Vec<&str> = vendored
        .iter()
        .filter(|(_, file)| file.origin == Origin::Runtime)
        .map(|(path, _)| path)
        .collect();
    assert!(runtime.contains(&"src/rapace/codegen.ts") && runtime.contains(&"src/rapace/node/socket.ts"));
    assert!(vendored.get("package.json").unwrap().text.contains("\"./node\""));

    for (name, expected) in [(None, "rapace"), (Some("@shop/wire"), "@shop/wire")] {
        let published = generate(None, Runtime::Package(name.map(str::to_owned))).unwrap();
        assert!(published.iter().all(|(_, file)| file.origin == Origin::Generated));
        let import = format!("from \"{expected}/codegen\";");
        for path in ["src/types.ts", "src/codecs.ts", "src/services/catalog.ts"] {
            assert!(published.get(path).unwrap().text.contains(&import), "{path}");
        }
        let dependency = format!("\"{expected}\": \"^{}\"", env!("CARGO_PKG_VERSION"));
        assert!(published.get("package.json").unwrap().text.contains(&dependency));
    }
}

#[test]
fn the_package_is_named_as_asked_or_after_the_api() {
    for (asked, expected) in [
        (None, "bookshop"),
        (Some("book-shop"), "book-shop"),
        (Some("@a/b.c"), "@a/b.c"),
    ] {
        let files = generate(asked, Runtime::Vendored).unwrap();
        let name = format!("\"name\": \"{expected}\",");
        assert!(files.get("package.json").unwrap().text.contains(&name), "{expected}");
    }
}

#[test]
fn names_that_npm_does_not_take_are_refused() {
    for name in [
        "",
        "Bookshop",
        "book shop",
        "_books",
        ".books",
        "@books",
        "@/books",
        "a/b",
        "../books",
        &"a".repeat(215),
    ] {
        let error = generate(Some(name), Runtime::Vendored).unwrap_err();
        assert!(
            error
                .message
                .starts_with(&format!("{name:?} is no name of an npm package")),
            "{error}"
        );
        assert!(generate(None, Runtime::Package(Some(name.to_owned()))).is_err());
    }
}

#[test]
fn lists_of_numbers_are_arrays_unless_typed_ones_are_asked_for() {
    let text = |value: Option<&str>| {
        let options = Options {
            own: value
                .map(|value| ("number-lists".to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            ..Options::default()
        };
        options.check_own(&TypeScript).unwrap();
        let files = TypeScript.generate(&cases()["collections"], &options).unwrap();
        files.get("src/services/collections.ts").unwrap().text.clone()
    };
    assert!(text(None).contains("matrix: number[][]"));
    assert_eq!(text(Some("arrays")), text(None));
    assert!(text(Some("typed-arrays")).contains("matrix: Float32Array[]"));

    let unknown = |name: &str, value: &str| {
        let options = Options {
            own: [(name.to_owned(), value.to_owned())].into(),
            ..Options::default()
        };
        options.check_own(&TypeScript).unwrap_err().message
    };
    assert_eq!(
        unknown("number-lists", "true"),
        "option `number-lists` is not `true`: it is one of arrays, typed-arrays"
    );
    assert_eq!(
        unknown("lists", "arrays"),
        "unknown option `lists`: known are number-lists"
    );
}
