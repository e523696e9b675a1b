//! `rapace gen` without arguments: what `rapace.toml` says, and what is refused.

use std::fs;
use std::path::Path;

use crate::support::{Outcome, rapace, workspace};

/// A folder with the bookshop's `api.json` and this `rapace.toml`. No crate is there, so nothing is exported.
fn project(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        workspace().join("examples/bookshop/api.json"),
        folder.path().join("api.json"),
    )
    .unwrap();
    fs::write(folder.path().join("rapace.toml"), text).unwrap();
    folder
}

fn refused(text: &str) -> String {
    let folder = project(text);
    let outcome = rapace(folder.path(), &["gen"]);
    assert_eq!(outcome.status, 1, "{text}");
    let entries = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(entries, 2, "{text}: something was written");
    outcome.error().to_owned()
}

fn entry(rest: &str) -> String {
    format!("[[gen]]\nlang = \"python\"\nout = \"a\"\n{rest}\n")
}

fn check(text: &str, expected: &str) {
    assert_eq!(refused(text), expected, "{text}");
}

#[test]
fn a_file_that_contradicts_itself_is_refused() {
    check(
        &(entry("") + "[[gen]]\nlang = \"go\"\nout = \"./a/\""),
        "rapace.toml: [[gen]] 2 (go, ./a/): `out` is that of [[gen]] 1 (python, a): each package needs its own folder",
    );
    check(
        &(entry("") + "[[gen]]\nlang = \"go\"\nout = \"a/b\""),
        "rapace.toml: [[gen]] 2 (go, a/b): `out` is inside that of [[gen]] 1 (python, a), which owns all of its folder: put them \
         side by side",
    );
    check("[[gen]]\nout = \"a\"", "rapace.toml:1: missing key `lang`");
    check(
        &entry("version = \"one\""),
        "rapace.toml:4: version `one` is neither `from-cargo` nor a semantic version as `1.4.0`: unexpected character 'o' while \
         parsing major version number",
    );
    check(
        &entry("license-files = [\"LICENCE\"]"),
        "rapace.toml: [[gen]] 1 (python, a): license-files: LICENCE: No such file or directory (os error 2)",
    );
    check(
        &entry("runtime = \"own\""),
        "rapace.toml: [[gen]] 1 (python, a): runtime `own`: it is `vendored`, `package`, `package=NAME` or `path=PATH`",
    );
    check(
        &entry("runtime-only = true\nexclude = [\"Orders\"]"),
        "rapace.toml: [[gen]] 1 (python, a): `runtime-only` goes with neither `runtime` nor `exclude`: no service is in the package",
    );
    check(
        &entry("runtime = \"path=../runtime\""),
        "rapace.toml: [[gen]] 1 (python, a): runtime `path=../runtime` leads to runtime, which is not there: add\n\n[[gen]]\nlang = \
         \"python\"\nout = \"runtime\"\nruntime-only = true",
    );
    check(
        &(entry("runtime = \"path=../r\"") + "[[gen]]\nlang = \"go\"\nout = \"r\"\nruntime-only = true"),
        "rapace.toml: [[gen]] 1 (python, a): runtime `path=../r` leads to the runtime of go: each language needs its own",
    );
    check(
        &(entry("runtime = \"path=../r\"") + "[[gen]]\nlang = \"python\"\nout = \"r\""),
        "rapace.toml: [[gen]] 1 (python, a): runtime `path=../r` leads to r, which is no runtime: set `runtime-only = true` there",
    );
}

#[test]
fn what_generators_refuse_names_the_entry() {
    check(
        "[[gen]]\nlang = \"cobol\"\nout = \"a\"",
        "[[gen]] 1 (cobol, a): unknown language `cobol`: known are go, python, typescript, and there is no program `rapace-gen-cobol`",
    );
    check(
        &entry("exclude = [\"Order\"]"),
        "[[gen]] 1 (python, a): exclude: there is no service `Order`: there are Catalog, Orders",
    );
    check(
        &entry("exclude = [\"Orders\", \"Catalog\"]"),
        "[[gen]] 1 (python, a): exclude: no service is left",
    );
    check(
        &entry("opt = { frozen = 3 }"),
        "[[gen]] 1 (python, a): python: option `frozen` is not `3`: it is one of false, true",
    );
    check(
        "[[gen]]\nlang = \"cobol\"\nout = \"a\"\nruntime-only = true",
        "[[gen]] 1 (cobol, a): the runtime alone can be written for go, python, typescript, and not for `cobol`",
    );
    // All at once, and what they come to.
    let both = entry("exclude = [\"Order\"]") + "[[gen]]\nlang = \"cobol\"\nout = \"b\"";
    let message = refused(&both);
    assert!(
        message.contains("[[gen]] 1 ") && message.contains("[[gen]] 2 "),
        "{message}"
    );
    assert!(message.ends_with("error: nothing was written: 2 problems"), "{message}");
}

#[test]
fn a_project_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let without = rapace(folder.path(), &["gen"]);
    assert_eq!(
        (without.status, without.error()),
        (
            1,
            "there is no rapace.toml in this folder or above it: `rapace init` writes one. Without it, give --lang, --out and an \
             API_JSON"
        )
    );
    fs::write(folder.path().join("rapace.toml"), "[export]\n").unwrap();
    let empty = rapace(folder.path(), &["gen"]);
    assert!(
        empty
            .error()
            .starts_with("rapace.toml names no package to generate: add one, as in"),
        "{}",
        empty.stderr
    );
    fs::write(folder.path().join("rapace.toml"), entry("")).unwrap();
    let nothing = rapace(folder.path(), &["gen"]);
    assert_eq!(
        nothing.error(),
        "there is neither api.json to read nor Cargo.toml to export"
    );
    let nothing = rapace(folder.path(), &["gen", "--no-export"]);
    assert_eq!(
        nothing.error(),
        "there is no api.json: run `rapace gen` without --no-export"
    );
    fs::remove_file(folder.path().join("rapace.toml")).unwrap();
    fs::create_dir(folder.path().join("rapace.toml")).unwrap();
    let is_folder = rapace(folder.path(), &["gen"]);
    assert_eq!(is_folder.error(), "rapace.toml: it is a folder, and must be a file");
}

/// A file in a folder above is meant with its own paths, and named as the current folder sees it.
#[test]
fn the_nearest_project_with_packages_is_meant() {
    let folder = project(&entry(""));
    let deep = folder.path().join("crates/shop");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("rapace.toml"), "[names]\n").unwrap();
    let outcome = rapace(&deep, &["gen"]);
    assert!(outcome.stderr.starts_with("wrote ../../a: "), "{}", outcome.stderr);
    fs::write(folder.path().join("rapace.toml"), "[ge]").unwrap();
    let broken = rapace(&deep, &["gen"]);
    assert!(
        broken
            .error()
            .starts_with("../../rapace.toml:1: unknown key `ge`: did you mean `gen`?"),
        "{}",
        broken.stderr
    );
}

fn files(folder: &Path) -> Vec<String> {
    let list = fs::read_to_string(folder.join(".rapace-files")).unwrap();
    list.lines().map(str::to_owned).collect()
}

#[test]
fn all_packages_are_written_and_checked() {
    let text = entry("package = \"acme\"") + "[[gen]]\nlang = \"go\"\nout = \"b\"\nexclude = [\"Orders\"]";
    let folder = project(&text);
    let run = |arguments: &[&str]| -> Outcome { rapace(folder.path(), arguments) };
    let stale = run(&["gen", "--check"]);
    assert_eq!(stale.status, 1);
    assert!(
        stale
            .stderr
            .contains("error: a is not up to date, run `rapace gen` again:\n  "),
        "{}",
        stale.stderr
    );
    assert!(stale.stderr.contains("error: b is not up to date"), "{}", stale.stderr);
    assert!(!folder.path().join("a").exists() && !folder.path().join("b").exists());

    let written = run(&["gen"]);
    assert!(written.success, "{}", written.stderr);
    let (python, go) = (files(&folder.path().join("a")), files(&folder.path().join("b")));
    let count = python.len() - 3;
    assert!(
        written
            .stderr
            .starts_with(&format!("wrote a: {count} files, {count} changed\nwrote b: ")),
        "{}",
        written.stderr
    );
    assert_eq!(python[1..3], ["# language: python", "# package: acme"]);
    assert_eq!(go[1..3], ["# language: go", "# package: bookshop"]);
    assert!(python.iter().any(|file| file.contains("orders")) && !go.iter().any(|file| file.contains("orders")));

    assert!(run(&["gen", "--check"]).success);
    let again = run(&["gen"]);
    assert!(
        again
            .stderr
            .starts_with(&format!("a is up to date: {count} files\nb is up to date: ")),
        "{}",
        again.stderr
    );
    fs::write(folder.path().join("b/go.mod"), "module other\n").unwrap();
    let changed = run(&["gen", "--check"]);
    assert_eq!(
        changed.error(),
        "b is not up to date, run `rapace gen` again:\n  go.mod: differs"
    );
}

#[test]
fn a_folder_of_another_language_stays_as_it_is() {
    let folder = project(&entry(""));
    assert!(rapace(folder.path(), &["gen"]).success);
    let before = files(&folder.path().join("a"));
    for arguments in [
        &["gen", "--lang", "go", "--out", "a", "api.json"][..],
        &["gen", "--lang", "go", "--check", "--out", "a", "api.json"],
    ] {
        let other = rapace(folder.path(), arguments);
        assert_eq!(
            other.error(),
            "a holds the python package `bookshop`, and this is the go package `bookshop`; nothing was written, choose another \
             folder or remove that one"
        );
        assert_eq!(files(&folder.path().join("a")), before);
    }
}

#[test]
fn flags_that_do_not_go_together() {
    let folder = project(&entry(""));
    for arguments in [
        &["gen", "--lang", "go"][..],
        &["gen", "--out", "b"],
        &["gen", "api.json"],
        &["gen", "--package", "x"],
        &["gen", "--lang", "go", "--out", "b"],
        &["gen", "--lang", "go", "--out", "b", "--runtime-only", "api.json"],
        &["gen", "--lang", "go", "--out", "b", "--no-export", "api.json"],
        &["export", "--check"],
    ] {
        let outcome = rapace(folder.path(), arguments);
        assert_eq!(outcome.status, 2, "{arguments:?}: {}", outcome.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn packages_share_a_runtime_that_is_written_once() {
    let runtime = "[[gen]]\nlang = \"python\"\nout = \"clients/runtime\"\nruntime-only = true\n";
    let client = |name: &str| {
        format!(
            "[[gen]]\nlang = \"python\"\nout = \"clients/{name}\"\npackage = \"acme-{name}\"\nruntime = \"path=../runtime\"\n"
        )
    };
    let folder = project(&(client("shop") + runtime + &client("desk")));
    let outcome = rapace(folder.path(), &["gen"]);
    assert!(outcome.success, "{}", outcome.stderr);
    let of = |name: &str| files(&folder.path().join("clients").join(name));
    assert_eq!(of("runtime")[1..3], ["# language: python", "# package: (runtime)"]);
    let session = |files: &[String]| files.iter().any(|file| file.ends_with("session.py"));
    assert!(session(&of("runtime")) && !session(&of("shop")) && !session(&of("desk")));
    assert!(rapace(folder.path(), &["gen", "--check"]).success);
    // The same runtime without the file, which is compared with it then.
    let arguments = [
        "gen",
        "--check",
        "--lang",
        "python",
        "--runtime-only",
        "--out",
        "clients/runtime",
    ];
    assert!(rapace(folder.path(), &arguments).success);
}
