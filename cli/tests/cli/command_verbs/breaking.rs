//! `rapace breaking`: its inputs, its formats and its exit status. What the verdicts are is tested in `rapace-schema`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Outcome, rapace};

/// An API with a method that takes and answers an enum of these variants.
fn api(variants: &[&str], argument: &str) -> String {
    let variants: Vec<serde_json::Value> = (variants.iter().enumerate())
        .map(|(index, name)| serde_json::json!({"name": name, "index": index, "style": "unit"}))
        .collect();
    let api = serde_json::json!({
        "$schema": "urn:rapace:api:1",
        "ir_version": "1.1",
        "producer": {"name": "test", "version": "0"},
        "protocol": {"rpc": "rapace", "version": "0.5", "encoding": "postcard"},
        "name": "shop",
        "services": [{"name": "Shop", "methods": [{
            "name": "buy",
            "wire_name": "Shop.buy",
            "id": rapace_schema::method_id("Shop.buy"),
            "kind": "unary",
            "arguments": [{"name": "qty", "type": argument}],
            "response": {"named": "Format"},
        }]}],
        "types": [{"name": "Format", "rust": "Format", "kind": "enum", "variants": variants}],
    });
    serde_json::to_string_pretty(&api).unwrap()
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.example",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A repository whose `main` has the api.json in `clients/`, and a tag of a release before it.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("clients")).unwrap();
    git(folder.path(), &["init", "-q"]);
    write(&folder, "clients/README", "no api.json yet");
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "empty"]);
    git(folder.path(), &["tag", "v0.9.0-rc.1"]);
    git(folder.path(), &["tag", "empty"]);
    for (tag, variants) in [("v0.9.0", &["Paper"][..]), ("v0.10.0", &["Paper", "Audio"])] {
        write(&folder, "clients/api.json", &api(variants, "u16"));
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-qm", tag]);
        git(folder.path(), &["tag", tag]);
    }
    folder
}

fn write(folder: &tempfile::TempDir, path: &str, text: &str) {
    fs::write(folder.path().join(path), text).unwrap();
}

fn breaking(folder: &Path, arguments: &[&str]) -> Outcome {
    rapace(folder, &[&["breaking"], arguments].concat())
}

#[track_caller]
fn check_refused(folder: &Path, arguments: &[&str], status: i32, expected: &str) {
    let outcome = breaking(folder, arguments);
    assert_eq!(outcome.status, status, "{}", outcome.stderr);
    assert!(outcome.stderr.contains(expected), "{arguments:?}: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "{arguments:?}");
}

#[test]
fn a_release_is_found_and_changes_are_told_with_values() {
    let folder = repository();
    let same = breaking(&folder.path().join("clients"), &["--against", "git:main"]);
    assert_eq!((same.status, same.stderr.as_str()), (0, ""));
    assert_eq!(
        same.stdout,
        "no byte that travels has changed since main:api.json\nversion: stays\n"
    );
    write(&folder, "clients/api.json", &api(&["Paper", "Audio", "Film"], "u32"));
    let outcome = breaking(folder.path(), &["--against", "tag:latest", "clients/api.json"]);
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.stdout);
    assert!(
        outcome.stderr.starts_with("note: clients/api.json differs from HEAD: "),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome
            .stderr
            .contains("error: 1 change breaks clients that are deployed."),
        "{}",
        outcome.stderr
    );
    let older = breaking(folder.path(), &["--against", "tag:v0.9.0", "clients/api.json"]);
    assert!(
        older.stdout.contains("variant `Audio` was added at the end"),
        "{}",
        older.stdout
    );
}

#[test]
fn a_change_can_be_accepted_and_what_is_accepted_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "old.json", &api(&["Paper"], "u16"));
    write(&folder, "api.json", &api(&["Paper", "Audio"], "u16"));
    let refused = breaking(folder.path(), &["--against", "old.json"]);
    let table = refused.stderr.split("[[accepted]]").nth(1).unwrap();
    let table = format!("[[accepted]]{}", table.replace("\"\"", "\"2026-11-30\""));
    write(&folder, "rapace.toml", &table);
    let accepted = breaking(folder.path(), &["--against", "old.json"]);
    assert_eq!((accepted.status, accepted.stderr.as_str()), (0, ""));
    assert!(
        accepted.stdout.starts_with("accepted: enum Format: "),
        "{}",
        accepted.stdout
    );
    let stale = breaking(folder.path(), &["--against", "api.json"]);
    assert_eq!(stale.status, 1);
    assert!(
        stale.stderr.contains("rapace.toml: [[accepted]] matches no change: `"),
        "{}",
        stale.stderr
    );
}

#[test]
fn programs_read_json_junit_and_commands() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "old.json", &api(&["Paper"], "u16"));
    write(&folder, "api.json", &api(&["Paper", "Audio"], "u32"));
    let format = |format: &str| {
        let outcome = breaking(folder.path(), &["--against", "old.json", "--format", format]);
        assert_eq!(outcome.status, 1);
        outcome.stdout
    };
    let json: serde_json::Value = serde_json::from_str(&format("json")).unwrap();
    assert_eq!((&json["rollout"], &json["bump"]), (&"neither".into(), &"major".into()));
    assert_eq!(json["changes"][1]["accepted"], false);
    assert_eq!(
        json["changes"][1]["uses"][0]["back"]["example"]["written"],
        serde_json::json!({"Audio": null})
    );
    let junit = format("junit");
    assert!(
        junit.contains("tests=\"2\"") && junit.contains("failures=\"1\""),
        "{junit}"
    );
    let github = format("github");
    let lines: Vec<&str> = github.lines().collect();
    assert_eq!(lines.len(), 2, "{github}");
    assert!(
        lines[0].starts_with("::notice file=api.json,title=Shop.buy argument qty%3A "),
        "{github}"
    );
    assert!(
        lines[1].starts_with("::error file=api.json,title=enum Format%3A "),
        "{github}"
    );
}

#[test]
fn what_cannot_be_compared_is_refused_with_its_cure() {
    let folder = repository();
    let (here, clients) = (folder.path(), folder.path().join("clients"));
    let file = "clients/api.json";
    check_refused(&clients, &[], 2, "--against <BASELINE>");
    check_refused(&clients, &["--against", "git:"], 2, "--against git:: `` is no name");
    check_refused(
        &clients,
        &["--against", "git:gone"],
        1,
        "git knows no `gone`: it is no branch, tag or commit",
    );
    check_refused(&clients, &["--against", "tag:gone"], 1, "git knows no `gone`");
    check_refused(
        &clients,
        &["--against", "git:empty"],
        1,
        "empty has no api.json: commit the api.json",
    );
    check_refused(&clients, &["--against", "gone.json"], 1, "gone.json: No such file");
    check_refused(
        here,
        &["--against", "git:main", "gone.json"],
        1,
        "main has no gone.json",
    );
    check_refused(
        here,
        &["--against", "git:main", "-"],
        1,
        "stdin is in no git repository",
    );
    check_refused(here, &["--against", "README.md", file], 1, "README.md: No such file");
    check_refused(
        here,
        &["--against", "clients/README", file],
        1,
        "clients/README: not JSON",
    );
    let newer = api(&["Paper"], "u16").replace("\"1.1\"", "\"2.0\"");
    write(&folder, "newer.json", &newer);
    check_refused(
        here,
        &["--against", "newer.json", file],
        1,
        "newer.json: format version 2.0",
    );
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("api.json"), api(&["Paper"], "u16")).unwrap();
    check_refused(
        outside.path(),
        &["--against", "git:main"],
        1,
        "api.json is in no git repository",
    );
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let origin = repository();
    let clone = tempfile::tempdir().unwrap();
    let address = format!("file://{}", origin.path().display());
    git(clone.path(), &["clone", "-q", "--depth=1", "--no-tags", &address, "."]);
    let file = "clients/api.json";
    check_refused(
        clone.path(),
        &["--against", "tag:latest", file],
        1,
        "the clone is shallow: run `git fetch --unshallow",
    );
    check_refused(
        clone.path(),
        &["--against", "git:v0.9.0", file],
        1,
        "the clone is shallow: run `git fetch --unshallow",
    );
    git(clone.path(), &["fetch", "-q", "--unshallow", "--tags"]);
    assert_eq!(breaking(clone.path(), &["--against", "tag:latest", file]).status, 0);
    git(origin.path(), &["branch", "topic"]);
    git(
        clone.path(),
        &["fetch", "-q", "origin", "topic:refs/remotes/origin/topic"],
    );
    check_refused(
        clone.path(),
        &["--against", "git:topic", file],
        1,
        "use --against git:origin/topic",
    );
}

/// An API of so many types, each with this field, and a method for each.
fn large(types: usize, leaf: &str) -> String {
    let methods: Vec<serde_json::Value> = (0..types)
        .map(|index| {
            let wire_name = format!("Shop.m{index}");
            serde_json::json!({"name": format!("m{index}"), "id": rapace_schema::method_id(&wire_name),
                "wire_name": wire_name, "kind": "unary", "response": "unit",
                "arguments": [{"name": "a", "type": {"named": format!("T{index}")}}]})
        })
        .collect();
    let defs: Vec<serde_json::Value> = (0..types)
        .map(|index| {
            let next = format!("T{}", index.saturating_sub(1));
            serde_json::json!({"name": format!("T{index}"), "rust": format!("T{index}"), "kind": "struct", "style": "struct",
                "fields": [{"name": "leaf", "type": leaf}, {"name": "next", "type": {"list": {"named": next}}}]})
        })
        .collect();
    let mut api: serde_json::Value = serde_json::from_str(&api(&["Paper"], "u16")).unwrap();
    api["services"][0]["methods"] = methods.into();
    api["types"] = defs.into();
    api.to_string()
}

#[test]
fn ten_thousand_types_that_all_change_are_told() {
    const TYPES: usize = 10_000;
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "old.json", &large(TYPES, "u16"));
    write(&folder, "api.json", &large(TYPES, "u32"));
    let outcome = breaking(folder.path(), &["--against", "old.json"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    for index in [0, TYPES - 1] {
        let expected = format!("\nfits: T{index}.leaf: `u16` became `u32`  [");
        assert!(format!("\n{}", outcome.stdout).contains(&expected), "{expected}");
    }
    let shown =
        r#"    new client sends {"a":{"leaf":4294967295,"next":[]}}; old server fails: 0.leaf: varint does not fit"#;
    assert!(outcome.stdout.contains(shown), "{}", &outcome.stdout[..2000]);
}
