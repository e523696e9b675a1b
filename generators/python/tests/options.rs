//! What a user can choose, and what is refused.

use rapace_gen_core::{Files, Generator, Options, Runtime};
use rapace_gen_python::Python;
use rapace_schema::{Api, TypeKind};

fn api(name: &str) -> Api {
    let mut api = rapace_gen_core::golden::cases()
        .remove("structs")
        .expect("the case is there");
    api.name = name.to_owned();
    api
}

fn generate(name: &str, package: Option<&str>, runtime: Runtime) -> Result<Files, String> {
    let options = Options {
        package: package.map(str::to_owned),
        runtime,
        ..Options::default()
    };
    Python.generate(&api(name), &options).map_err(|error| error.message)
}

fn text(files: &Files, path: &str) -> String {
    let file = files.get(path).unwrap_or_else(|| panic!("no {path}"));
    file.text.clone()
}

#[test]
fn the_package_is_called_after_the_api_unless_the_user_says_otherwise() {
    for (name, package, expected) in [
        ("bookshop", None, "bookshop"),
        ("book-shop", None, "book_shop"),
        ("BookShop", None, "book_shop"),
        ("bookshop", Some("shop"), "shop"),
        // These would hide, or be hidden by, what everyone imports.
        ("collections", None, "collections_client"),
        ("class", None, "class_client"),
        ("rapace", None, "rapace_client"),
        ("opentelemetry", None, "opentelemetry_client"),
        ("websockets", None, "websockets_client"),
    ] {
        let files = generate(name, package, Runtime::Vendored).expect("it generates");
        let project = text(&files, "pyproject.toml");
        assert!(
            project.contains(&format!("name = \"{expected}\"\n")),
            "{name}: {project}"
        );
        assert!(files.get(&format!("src/{expected}/__init__.py")).is_some(), "{name}");
    }
}

#[test]
fn names_that_python_cannot_import_are_refused() {
    for package in ["1a", "class", "1-a"] {
        let error = generate("bookshop", Some(package), Runtime::Vendored).expect_err(package);
        assert!(error.contains("cannot be imported by Python"), "{package}: {error}");
        assert!(error.contains("--opt import-name=NAME"), "{package}: {error}");
    }
    for package in ["", "größe", "a/b", "-a", "a-", "a b"] {
        let error = generate("bookshop", Some(package), Runtime::Vendored).expect_err(package);
        assert!(
            error.contains("is no name of a Python distribution"),
            "{package}: {error}"
        );
    }
    for runtime in ["", "a b", "1a", "a..b", "class"] {
        let chosen = Runtime::Package(Some(runtime.into()));
        let error = generate("bookshop", None, chosen).expect_err(runtime);
        assert!(error.contains("is no name of a Python package"), "{runtime}: {error}");
    }
    let error = generate("bookshop", Some("rapace"), Runtime::Package(None)).expect_err("one name for two packages");
    assert!(error.contains("both called \"rapace\""), "{error}");
}

#[test]
fn a_package_is_published_under_one_name_and_imported_under_another() {
    for (package, import, expected) in [
        ("acme-jobs", None, "acme_jobs"),
        ("acme.jobs", None, "acme_jobs"),
        ("acme-jobs", Some("jobs"), "jobs"),
        ("1-acme", Some("acme"), "acme"),
    ] {
        let own = import.map(|name: &str| ("import-name".to_owned(), name.to_owned()));
        let options = Options {
            package: Some(package.into()),
            own: own.into_iter().collect(),
            license_files: vec![("LICENSE-MIT".into(), "text".into())],
            ..Options::default()
        };
        let files = Python.generate(&api("bookshop"), &options).expect("it generates");
        let project = text(&files, "pyproject.toml");
        assert!(project.contains(&format!("name = \"{package}\"\n")), "{project}");
        assert!(project.contains("license-files = [\"LICENSE-MIT\"]\n"), "{project}");
        assert!(
            project.contains(&format!("packages = [\"src/{expected}\"]\n")),
            "{project}"
        );
        assert!(files.get(&format!("src/{expected}/py.typed")).is_some(), "{package}");
        assert!(text(&files, "README.md").contains(&format!("pip install {package}\n")));
        assert_eq!(text(&files, "LICENSE-MIT"), "text");
    }
}

#[test]
fn a_runtime_in_a_folder_is_a_package_that_others_import() {
    let files = Python.runtime(&Options::default()).expect("it generates");
    assert!(text(&files, "pyproject.toml").contains("name = \"rapace-runtime\"\n"));
    assert!(files.get("src/rapace_runtime/__init__.py").is_some());
    assert!(files.get("src/rapace_runtime/py.typed").is_some());

    let files = generate("bookshop", None, Runtime::Path("../runtime".into())).expect("it generates");
    assert!(text(&files, "src/bookshop/__init__.py").contains("\nimport rapace_runtime as rapace\n"));
    let project = text(&files, "pyproject.toml");
    assert!(project.contains("dependencies = [\"rapace-runtime>="), "{project}");
    assert!(
        project.contains("[tool.uv.sources.rapace-runtime]\npath = \"../runtime\"\n"),
        "{project}"
    );
    assert!(text(&files, "README.md").contains("pip install ../runtime .\n"));
}

#[test]
fn a_vendored_runtime_is_imported_relatively_and_a_published_one_is_required() {
    let vendored = generate("bookshop", None, Runtime::Vendored).expect("it generates");
    assert!(text(&vendored, "src/bookshop/__init__.py").contains("\nfrom . import rapace, sync\n"));
    assert!(text(&vendored, "src/bookshop/_codecs.py").contains("\nfrom .rapace import codegen\n"));
    assert!(text(&vendored, "pyproject.toml").contains("\ndependencies = []\n"));
    for (path, source) in rapace_runtimes::PYTHON {
        assert_eq!(text(&vendored, &format!("src/bookshop/rapace/{path}")), *source);
    }

    let chosen = Runtime::Package(Some("acme-rapace".into()));
    let published = generate("bookshop", None, chosen).expect("it generates");
    assert!(text(&published, "src/bookshop/__init__.py").contains("\nimport acme_rapace as rapace\n"));
    assert!(text(&published, "src/bookshop/_codecs.py").contains("\nfrom acme_rapace import codegen\n"));
    let project = text(&published, "pyproject.toml");
    assert!(project.contains("dependencies = [\"acme-rapace>="));
    for extra in ["opentelemetry", "websocket"] {
        assert!(
            project.contains(&format!("\n{extra} = [\"acme-rapace[{extra}]>=")),
            "{project}"
        );
    }
    assert!(!published.iter().any(|(path, _)| path.contains("/rapace/")));
}

#[test]
fn what_is_sensitive_is_never_printed_not_even_as_the_whole_of_a_newtype() {
    let mut api = rapace_gen_core::golden::cases()
        .remove("newtypes")
        .expect("the case is there");
    for def in &mut api.types {
        if let (TypeKind::Struct(fields), "Isbn") = (&mut def.kind, def.name.as_str()) {
            fields.fields[0].sensitive = true;
        }
    }
    let files = Python.generate(&api, &Options::default()).expect("it generates");
    let types = text(&files, "src/newtypes/types.py");
    // A `NewType` would print as the string that it is.
    assert!(!types.contains("typing.NewType(\"Isbn\""), "{types}");
    assert!(
        types.contains("    value: str = dataclasses.field(repr=False)\n"),
        "{types}"
    );
}

#[test]
fn a_long_note_of_deprecation_is_on_a_line_of_its_own() {
    let mut api = api("bookshop");
    let note = "use another ".repeat(8) + "one";
    api.services[0].methods[0].deprecated = Some(note.clone());
    let files = Python.generate(&api, &Options::default()).expect("it generates");
    let broken = format!("    @codegen.deprecated(\n        \"{note}\"\n    )\n");
    assert!(
        files.iter().any(|(_, file)| file.text.contains(&broken)),
        "{note} is not broken"
    );
}
