//! What the user of the generator chooses.

use rapace_gen_core::golden::cases;
use rapace_gen_core::{Files, GenerateError, Generator, Options, Origin, Runtime};
use rapace_gen_typescript::TypeScript;
use rapace_schema::{TypeKind, TypeRef};

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
        let import = format!("from \"{expected}/codegen6\";");
        for path in ["src/types.ts", "src/codecs.ts", "src/services/catalog.ts"] {
            assert!(published.get(path).unwrap().text.contains(&import), "{path}");
        }
        let dependency = format!("\"{expected}\": \"^{}\"", env!("CARGO_PKG_VERSION"));
        assert!(published.get("package.json").unwrap().text.contains(&dependency));
    }
}

#[test]
fn the_runtime_of_a_folder_is_imported_by_name() {
    let files = generate(None, Runtime::Path("../runtime".into())).unwrap();
    assert!(files.iter().all(|(_, file)| file.origin == Origin::Generated));
    let manifest = &files.get("package.json").unwrap().text;
    assert!(manifest.contains("\"rapace\": \"file:../runtime\""), "{manifest}");
    assert!(
        files
            .get("src/codecs.ts")
            .unwrap()
            .text
            .contains("from \"rapace/codegen6\";")
    );

    let runtime = TypeScript.runtime(&Options::default()).unwrap();
    for path in ["src/codegen.ts", "dist/codegen.js", "dist/node.d.ts", "README.md"] {
        assert!(runtime.get(path).is_some(), "{path}");
    }
    let manifest = &runtime.get("package.json").unwrap().text;
    assert!(
        manifest.contains("\"./codegen6\"") && manifest.contains(env!("CARGO_PKG_VERSION")),
        "{manifest}"
    );
}

#[test]
fn a_package_has_what_runs_what_it_is_made_of_or_both() {
    for (target, expected) in [
        (
            "both",
            [
                "src/types.ts",
                "dist/types.js",
                "dist/types.d.ts",
                "dist/rapace/node.js",
            ]
            .as_slice(),
        ),
        ("js", &["dist/types.js", "dist/types.d.ts", "dist/rapace/node.js"]),
        ("ts", &["src/types.ts", "src/rapace/node.ts", "tsconfig.json"]),
    ] {
        let options = Options {
            own: [("target".to_owned(), target.to_owned())].into(),
            ..Options::default()
        };
        let files = TypeScript.generate(&cases()["bookshop"], &options).unwrap();
        let missing: Vec<_> = expected.iter().filter(|path| files.get(path).is_none()).collect();
        assert!(missing.is_empty(), "{target}: {missing:?}");
        for (folder, among) in [("src/", target != "js"), ("dist/", target != "ts")] {
            assert_eq!(
                files.iter().any(|(path, _)| path.starts_with(folder)),
                among,
                "{target}: {folder}"
            );
        }
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

/// The text of a file of a case that is generated with these options.
fn text(case: &str, own: &[(&str, &str)], file: &str) -> String {
    let own = own
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let options = Options {
        own: own.collect(),
        ..Options::default()
    };
    options.check_own(&TypeScript).expect("the options are known");
    let files = TypeScript.generate(&cases()[case], &options);
    let files = files.expect("the case can be generated");
    files.get(file).expect("the file is generated").text.clone()
}

#[test]
fn lists_of_numbers_are_arrays_unless_typed_ones_are_asked_for() {
    let text = |own: &[(&str, &str)]| text("collections", own, "src/services/collections.ts");
    assert!(text(&[]).contains("matrix: number[][]"));
    assert_eq!(text(&[("number-lists", "arrays")]), text(&[]));
    assert!(text(&[("number-lists", "typed-arrays")]).contains("matrix: Float32Array[]"));
}

#[test]
fn integers_of_64_bits_are_bigints_unless_something_else_is_asked_for() {
    let text = |own: &[(&str, &str)]| text("scalars", own, "src/types.ts");
    assert!(text(&[]).contains("fU64: bigint;") && text(&[]).contains("fI128: bigint;"));
    assert_eq!(text(&[("int64", "bigint")]), text(&[]));
    let number = text(&[("int64", "number")]);
    assert!(
        number.contains("fU64: number;") && number.contains("fI128: bigint;"),
        "{number}"
    );
    let string = text(&[("int64", "string")]);
    assert!(
        string.contains("fU64: string;") && string.contains("fI128: string;"),
        "{string}"
    );
}

#[test]
fn a_usize_is_a_number_unless_it_should_be_as_64_bits_are() {
    let mut api = cases().remove("scalars").unwrap();
    let TypeKind::Struct(fields) = &mut api.types[0].kind else {
        panic!("{:?} is no struct", api.types[0])
    };
    for (field, ty) in
        fields
            .fields
            .iter_mut()
            .zip([TypeRef::Usize, TypeRef::Isize, TypeRef::List(Box::new(TypeRef::Usize))])
    {
        let name = match ty {
            TypeRef::List(_) => "flist_usize".to_owned(),
            _ => format!("f{ty:?}").to_lowercase(),
        };
        (field.name, field.ty) = (name, ty);
    }
    for (own, expected) in [
        (&[][..], ["fusize: number;", "fisize: number;", "flistUsize: number[];"]),
        (
            &[("int64", "string")],
            ["fusize: number;", "fisize: number;", "flistUsize: number[];"],
        ),
        (
            &[("usize", "int64")],
            ["fusize: bigint;", "fisize: bigint;", "flistUsize: bigint[];"],
        ),
        (
            &[("usize", "int64"), ("int64", "string")],
            ["fusize: string;", "fisize: string;", "flistUsize: string[];"],
        ),
        (
            &[("number-lists", "typed-arrays")],
            ["fusize: number;", "fisize: number;", "flistUsize: number[];"],
        ),
    ] {
        let own = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let options = Options {
            own: own.collect(),
            ..Options::default()
        };
        let files = TypeScript.generate(&api, &options).unwrap();
        let text = &files.get("src/types.ts").unwrap().text.to_lowercase();
        for line in expected {
            assert!(text.contains(&line.to_lowercase()), "{options:?}: {line}");
        }
    }
}

#[test]
fn a_list_of_64_bits_is_a_typed_array_only_where_these_are_bigints() {
    let api = rapace_schema::read(include_str!("typed-arrays.json")).unwrap();
    for (int64, u64s) in [
        ("bigint", "u64s: BigUint64Array;"),
        ("number", "u64s: number[];"),
        ("string", "u64s: string[];"),
    ] {
        let options = Options {
            own: [("number-lists", "typed-arrays"), ("int64", int64)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Options::default()
        };
        let files = TypeScript.generate(&api, &options).unwrap();
        let text = &files.get("src/types.ts").unwrap().text;
        assert!(text.contains(u64s) && text.contains("f64s: Float64Array;"), "{text}");
    }
}

#[test]
fn unknown_options_are_refused() {
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
        unknown("int64", "float"),
        "option `int64` is not `float`: it is one of bigint, number, string"
    );
    assert_eq!(
        unknown("lists", "arrays"),
        "unknown option `lists`: known are number-lists, int64, usize, target, results"
    );
}

#[test]
fn results_are_values_and_errors_unless_unions_are_asked_for() {
    let api = rapace_schema::read(include_str!("../cases/presented.json")).unwrap();
    for (results, member, errors) in [
        ("throw", "Promise<JobId>;", true),
        ("union", "Promise<Submitted>;", false),
    ] {
        let options = Options {
            own: [("results".to_owned(), results.to_owned())].into(),
            ..Options::default()
        };
        let files = TypeScript.generate(&api, &options).unwrap();
        let text = &files.get("src/services/presented.ts").unwrap().text;
        assert!(text.contains(member), "{text}");
        assert_eq!(files.get("src/errors.ts").is_some(), errors);
    }
}

#[test]
fn users_types_are_imported_and_never_more_than_names() {
    let api = |field: &str, text: &str| {
        let mut api = rapace_schema::read(include_str!("meanings.json")).unwrap();
        let foreign = api.types.iter_mut().find_map(|def| def.foreign.get_mut("typescript"));
        let foreign = foreign.expect("a type is foreign");
        let place = match field {
            "import" => &mut foreign.import,
            "type" => &mut foreign.ty,
            "from" => &mut foreign.from,
            _ => &mut foreign.to,
        };
        *place = text.to_owned();
        api
    };
    let generate = |api| TypeScript.generate(&api, &Options::default());
    let files = generate(api("import", "./own/level.js")).unwrap();
    let contains = |path: &str, text: &str| files.get(path).unwrap().text.contains(text);
    assert!(contains("src/codecs.ts", "from \"./own/level.js\";"));
    assert!(contains("src/services/meanings.ts", "from \"../own/level.js\";"));
    let name = "and must be a name that the module exports";
    let path = "and must be a package, or a path from `src/` that begins with `./`";
    for (field, text, what) in [
        ("type", "a b", name),
        ("type", "1a", name),
        ("from", "f(); import", name),
        ("to", "a.b", name),
        ("import", "a\"; evil(); \"", path),
        ("import", "a\nb", path),
        ("import", "../a", path),
        ("import", "/a", path),
    ] {
        let error = generate(api(field, text)).unwrap_err().message;
        let begin = format!(
            "type Level: `{field}` of its foreign type is `{}`, ",
            text.escape_debug()
        );
        assert_eq!(error, begin + what);
    }
}

#[test]
fn programs_of_docs_have_values_of_every_type() {
    let cases = cases();
    let read = |text: &str| rapace_schema::read(text).unwrap();
    let meanings = read(include_str!("meanings.json"));
    let presented = read(include_str!("../cases/presented.json"));
    for (api, expected) in [
        (&meanings, "import { levelFromJson } from \"meanings/json\";"),
        (&meanings, "client.level(levelFromJson({\"Low\":null}))"),
        (&meanings, "import { Day, Meanings } from \"meanings\";"),
        (&presented, "JobId(\"01010101-0101-0101-0101-010101010101\")"),
        (&cases["names"], "import { connect as connect_ } from \"names\";"),
        (&cases["open"], "client.find(\"Paper\", \"Paper\")"),
    ] {
        let programs = TypeScript.calls(api, &Options::default()).unwrap().concat();
        assert!(programs.iter().any(|program| program.contains(expected)), "{expected}");
        assert!(
            programs.iter().all(|program| !program.contains("your value")),
            "{}",
            api.name
        );
    }
}

#[test]
fn programs_of_docs_name_the_type_of_what_is_too_long_for_them() {
    let mut api = cases()["bookshop"].clone();
    api.services[0].methods[0].arguments = vec![rapace_schema::Argument {
        name: "client".into(),
        ty: TypeRef::Array {
            item: Box::new(TypeRef::Bool),
            len: 100_000,
        },
        ..rapace_schema::Argument::default()
    }];
    let programs = TypeScript.calls(&api, &Options::default()).unwrap().concat();
    let program = &programs[0];
    assert!(
        program.contains("\ndeclare const client_: Parameters<typeof client."),
        "{program}"
    );
    assert!(
        program.contains(">[0]; // your value\n") && program.contains("(client_)"),
        "{program}"
    );
}
