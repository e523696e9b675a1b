//! `rapace gen`: what it refuses, and that it then writes nothing.

use std::fs;
use std::path::Path;

#[cfg(unix)]
use crate::support::rapace_beside;
use crate::support::{Outcome, rapace, workspace};

fn bookshop() -> String {
    fs::read_to_string(workspace().join("examples/bookshop/api.json")).unwrap()
}

/// Generates Python from `api` into the folder `out` of an empty folder, and returns the message.
fn refused(api: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("api.json"), api).unwrap();
    let outcome = rapace(folder.path(), &["gen", "--lang", "python", "--out", "out", "api.json"]);
    assert!(!folder.path().join("out").exists());
    outcome.error().to_owned()
}

#[test]
fn files_that_are_no_description() {
    insta::assert_snapshot!(refused("<api/>"), @"api.json: not JSON: expected value at line 1 column 1");
    insta::assert_snapshot!(
        refused("{\"name\": \"other\"}"),
        @r#"api.json: not a description of services: it has no "ir_version""#
    );
    insta::assert_snapshot!(
        refused(&bookshop().replace("\"ir_version\": \"1.1\"", "\"ir_version\": \"2.0\"")),
        @"api.json: format version 2.0, and this program reads 1.x: use the `rapace` that wrote the file, or export it again with this one"
    );
    insta::assert_snapshot!(
        refused(&bookshop().replace("\"named\": \"Author\"", "\"named\": \"Writer\"")),
        @r"
    api.json: 1 problem
      type Book, field authors: there is no type Writer
    "
    );
    let folder = tempfile::tempdir().unwrap();
    let outcome = rapace(folder.path(), &["gen", "--lang", "python", "--out", "out", "api.json"]);
    insta::assert_snapshot!(outcome.error(), @"api.json: No such file or directory (os error 2)");
}

fn gen_bookshop(folder: &Path, arguments: &[&str]) -> Outcome {
    let api = workspace().join("examples/bookshop/api.json");
    rapace(folder, &[&["gen", api.to_str().unwrap()], arguments].concat())
}

#[test]
fn an_unknown_language() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = gen_bookshop(folder.path(), &["--lang", "cobol", "--out", "out"]);
    insta::assert_snapshot!(outcome.error(), @"unknown language `cobol`: known are go, python, typescript, and there is no program `rapace-gen-cobol`");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Generates with a plug-in that is this shell script, and returns the outcome and the folder that holds `out`.
#[cfg(unix)]
fn with_plugin(script: &str) -> (Outcome, tempfile::TempDir) {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("rapace-gen-shell");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let api = workspace().join("examples/bookshop/api.json");
    let arguments = [
        "gen",
        "--lang",
        "shell",
        "--package",
        "p",
        "--opt",
        "colour=green",
        "--out",
        "out",
        api.to_str().unwrap(),
    ];
    (rapace_beside(folder.path(), &arguments), folder)
}

#[cfg(unix)]
#[test]
fn another_language_is_a_program_of_its_own() {
    let script = r#"grep -q '"package":"p","runtime":"vendored","own":{"colour":"green"}' && echo '{"files":{"src/a.txt":"text"}}'"#;
    let (outcome, folder) = with_plugin(script);
    assert!(outcome.success, "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("out/src/a.txt")).unwrap(), "text");
    for (script, message) in [
        ("echo '{\"error\":\"no\"}'", "shell: no"),
        ("exit 3", "rapace-gen-shell: exit status: 3"),
        (
            "echo nonsense",
            "rapace-gen-shell: its answer is no response: expected value at line 1 column 1",
        ),
        (
            "echo '{\"files\":{\"../a\":\"\"}}'",
            "rapace-gen-shell: \"../a\" is no path inside a package",
        ),
    ] {
        let (outcome, folder) = with_plugin(script);
        assert_eq!(outcome.error(), message);
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
fn an_option_of_one_language_is_for_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |language: &str, option: &str| {
        gen_bookshop(folder.path(), &["--lang", language, "--opt", option, "--out", language])
    };
    let outcome = ask("typescript", "number-lists=typed-arrays");
    assert!(outcome.success, "{}", outcome.stderr);
    for (language, option, message) in [
        (
            "typescript",
            "number-lists=sets",
            "typescript: option `number-lists` is not `sets`: it is one of arrays, typed-arrays",
        ),
        (
            "go",
            "number-lists=arrays",
            "go: unknown option `number-lists`: known are opentelemetry, require, runtime-module, websocket",
        ),
    ] {
        assert_eq!(ask(language, option).error(), message);
    }
    assert!(!folder.path().join("go").exists());
}

#[test]
fn a_folder_that_holds_files_of_someone_else() {
    for language in ["go", "python", "typescript"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let outcome = gen_bookshop(folder.path(), &["--lang", language, "--out", "."]);
        assert_eq!(
            outcome.error(),
            ". holds files and no list of `rapace gen`: thesis.txt; nothing was written, choose another folder or \
             move them"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn two_generations_are_the_same_bytes_from_any_folder() {
    for language in ["go", "python", "typescript"] {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = gen_bookshop(here.path(), &["--lang", language, "--out", "deep/out"]);
        assert!(first.success && first.stdout.is_empty(), "{}", first.stderr);
        let out = there.path().join("other");
        let second = gen_bookshop(&workspace(), &["--lang", language, "--out", out.to_str().unwrap()]);
        assert!(second.success, "{}", second.stderr);
        let files = read_all(&here.path().join("deep/out"));
        assert!(files.len() > 5, "{language}");
        assert!(files == read_all(&out), "{language}: two generations differ");
        for (path, text) in files {
            let machine = [workspace(), here.path().to_owned(), std::env::temp_dir()];
            let leaked = machine.iter().any(|path| text.contains(path.to_str().unwrap()));
            assert!(!leaked, "{language}: {path} names a folder of this machine");
        }
    }
}

#[test]
fn check_says_what_is_not_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--lang", "python", "--out", "out"];
    let check = [&arguments[..], &["--check"]].concat();
    assert!(
        gen_bookshop(folder.path(), &check)
            .error()
            .contains("pyproject.toml: missing")
    );
    assert!(gen_bookshop(folder.path(), &arguments).success);
    assert!(gen_bookshop(folder.path(), &check).success);
    fs::write(folder.path().join("out/pyproject.toml"), "").unwrap();
    insta::assert_snapshot!(gen_bookshop(folder.path(), &check).error(), @r"
    out is not up to date, run `rapace gen` again:
      pyproject.toml: differs
    ");
}

fn read_all(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}
