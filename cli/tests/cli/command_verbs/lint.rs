//! `rapace lint` on descriptions, and where their sources are.

use std::fs;
use std::path::Path;

use super::reference::api;
use crate::support::{Outcome, rapace};

fn lint(folder: &Path, arguments: &[&str]) -> Outcome {
    rapace(folder, &[&["lint"], arguments].concat())
}

#[test]
fn findings_are_printed_and_allowed_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let lint = |arguments: &[&str]| lint(folder.path(), arguments);
    let none = lint(&[]);
    assert_eq!(none.status, 2, "{}", none.stderr);
    api(folder.path(), "\"string\"", "Says hello.");
    let found = lint(&["api.json"]);
    let text = "S.m: the answer is a bare value: no second fact can be added to it, and its meaning is in its name alone \
                [bare-answer]\n    instead: answer a struct that has it as a field\n";
    assert_eq!(
        (found.status, found.stdout.as_str(), found.stderr.as_str()),
        (1, text, "1 finding\n")
    );
    let json: serde_json::Value = serde_json::from_str(&lint(&["api.json", "--format", "json"]).stdout).unwrap();
    assert_eq!((&json["rule"], &json["place"]), (&"bare-answer".into(), &"S.m".into()));
    let github = lint(&["api.json", "--format", "github"]).stdout;
    assert!(
        github.starts_with("::error file=api.json,title=rapace lint bare-answer::S.m: the answer"),
        "{github}"
    );

    for (entry, status, expected) in [
        (
            "rule = \"bare-answer\"\nreason = \"a text\"",
            0,
            "nothing found: 1 service, 1 method, 0 types\n",
        ),
        (
            "rule = \"bare-tuple\"\nreason = \"a text\"",
            1,
            "error: rapace.toml: [[lint.allow]] of `bare-tuple` allows nothing: remove it\n",
        ),
        (
            "rule = \"bare-answer\"\nreasn = \"a text\"",
            1,
            "error: rapace.toml:3: unknown key `reasn`: did you mean `reason`? Known here: `rule`, `at`, `reason`\n",
        ),
    ] {
        fs::write(folder.path().join("rapace.toml"), format!("[[lint.allow]]\n{entry}\n")).unwrap();
        let outcome = lint(&[]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (status, expected), "{entry}");
    }
}

/// A crate that no compiler sees, and its description.
const FILES: [(&str, &str); 5] = [
    ("Cargo.toml", "[package]\nname = \"shop\"\nedition = \"2024\"\n"),
    ("rapace.toml", "[export]\n"),
    (
        "src/lib.rs",
        "mod model;\n\n/// Sells.\n#[rapace::service]\npub trait Shop {\n    async fn sell(&self, book: Book, pair: (u8, u8)) -> \
         Kind;\n}\n",
    ),
    (
        "src/model.rs",
        "/// A book.\npub struct Book {\n    #[serde(rename = \"titel\")]\n    pub title: String,\n}\n\npub enum Kind {\n    /// \
         Text.\n    A { r#in: u8 },\n}\n",
    ),
    (
        "api.json",
        r#"{"$schema": "urn:rapace:api:1", "ir_version": "1.1", "producer": {"name": "test", "version": "1"},
        "protocol": {"rpc": "rapace", "version": "0.5", "encoding": "postcard"}, "name": "shop",
        "services": [{"name": "Shop", "module": "shop", "doc": "Sells.", "methods": [{"name": "sell",
            "wire_name": "Shop.sell", "id": ID, "kind": "unary", "response": {"named": "Kind"}, "arguments": [
                {"name": "book", "type": {"named": "Book"}}, {"name": "pair", "type": {"tuple": ["u8", "u8"]}}]}]}],
        "types": [
            {"name": "Book", "rust": "Book", "path": "shop::model::Book", "doc": "A book.", "kind": "struct",
                "style": "struct", "fields": [{"name": "titel", "rust_name": "title", "type": "string"}]},
            {"name": "Kind", "rust": "Kind", "path": "shop::model::Kind", "kind": "enum", "variants": [
                {"name": "A", "index": 0, "doc": "Text.", "style": "struct", "fields": [{"name": "in", "type": "u8"}]}]}
        ]}"#,
    ),
];

#[test]
fn findings_have_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    let id = rapace_schema::method_id("Shop.sell").to_string();
    for (path, text) in FILES {
        fs::write(folder.path().join(path), text.replace("ID", &id)).unwrap();
    }
    let lint = |arguments: &[&str]| lint(folder.path(), arguments);
    let found = lint(&[]);
    let lines: Vec<&str> = (found.stdout.lines())
        .filter(|line| !line.starts_with("    "))
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "Shop.sell",
            "  --> src/lib.rs:6:14",
            "Shop.sell.pair",
            "  --> src/lib.rs:6:44",
            "Book.titel",
            "  --> src/model.rs:4:9",
            "Kind",
            "  --> src/model.rs:7:10",
            "Kind.A.in",
            "  --> src/model.rs:9:9",
        ],
        "{}",
        found.stdout
    );
    let json = lint(&["--format", "json"]).stdout;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    let at = serde_json::json!({ "file": "src/lib.rs", "line": 6, "column": 14 });
    assert_eq!(first["at"], at);
    let github = lint(&["--format", "github"]).stdout;
    let start = "::error file=src/lib.rs,line=6,col=14,title=rapace lint undocumented-method::Shop.sell: ";
    assert!(github.starts_with(start), "{github}");
    // A workspace that cargo cannot read takes no finding away.
    fs::write(folder.path().join("Cargo.toml"), "[package\n").unwrap();
    let without = lint(&[]);
    let note = "note: findings have no file and line: ";
    assert!(without.stderr.starts_with(note), "{}", without.stderr);
    assert_eq!(without.stdout.matches("instead: ").count(), lines.len() / 2);
}
