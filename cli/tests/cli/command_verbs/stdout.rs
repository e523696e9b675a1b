//! Results that nobody reads, as behind `head`, and results for which there is no room.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use super::call::Bookshop;
use crate::support::{Outcome, rapace, rapace_into, rapace_unread, workspace};

/// A folder with the bookshop's api.json, an older one that breaks, and a payload.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let api = fs::read_to_string(workspace().join("examples/bookshop/api.json")).unwrap();
    // The variants of an enum, without the first.
    let mut older: serde_json::Value = serde_json::from_str(&api).unwrap();
    let types = older["types"].as_array_mut().unwrap();
    let variants = types.iter_mut().find_map(|def| def["variants"].as_array_mut()).unwrap();
    variants.remove(0);
    for (index, variant) in variants.iter_mut().enumerate() {
        variant["index"] = index.into();
    }
    for (name, text) in [
        ("api.json", api.as_str()),
        ("older.json", &older.to_string()),
        ("payload", "01"),
        ("rapace.toml", "[export]\nout = \"api.json\"\n"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Each verb that prints a result, and its status when somebody reads all of it.
const PRINTS: &[(&[&str], i32)] = &[
    (&["breaking", "--against", "api.json"], 0),
    (&["breaking", "--against", "older.json"], 1),
    (&["breaking", "--against", "older.json", "--format", "json"], 1),
    (&["call", "--list"], 0),
    (&["call", "--describe", "Catalog"], 0),
    (&["call", "--template", "Orders.place"], 0),
    (&["call", "ADDRESS", "Catalog.search", "text=a", "limit=3"], 0),
    (&["call", "ADDRESS", "Catalog.find", "isbn=none", "--repeat", "2"], 0),
    (&["decode", "--api", "api.json", "--type", "Currency", "payload"], 0),
    (&["docs", "api.json", "--out", "-"], 0),
    (&["docs", "api.json", "--out", "-", "--format", "markdown"], 0),
    (&["lint", "api.json"], 1),
    (&["completions", "bash"], 0),
    (&["man"], 0),
];

fn each(check: impl Fn(&Path, &[&str], &Outcome, i32)) {
    let (folder, shop) = (folder(), Bookshop::open());
    for (arguments, status) in PRINTS {
        let arguments: Vec<&str> = (arguments.iter())
            .map(|argument| if *argument == "ADDRESS" { shop.tcp() } else { argument })
            .collect();
        let whole = rapace(folder.path(), &arguments);
        assert_eq!(whole.status, *status, "{arguments:?}: {}{}", whole.stdout, whole.stderr);
        assert_ne!(whole.stdout, "", "{arguments:?}");
        check(folder.path(), &arguments, &whole, *status);
    }
}

#[test]
fn a_closed_stdout_is_no_failure() {
    each(|folder, arguments, whole, status| {
        let unread = rapace_unread(folder, arguments);
        // What is refused stays refused: a script may look at the status alone.
        assert_eq!(
            (unread.status, &unread.stderr),
            (status, &whole.stderr),
            "{arguments:?}"
        );
    });
}

#[test]
fn a_full_disk_is_told_with_its_place() {
    let full = || File::options().write(true).open("/dev/full");
    if full().is_err() {
        // Only Linux has it.
        return;
    }
    each(|folder, arguments, _, _| {
        let outcome = rapace_into(folder, arguments, full().unwrap().into());
        assert_eq!(outcome.status, 1, "{arguments:?}: {}", outcome.stderr);
        let expected = "error: stdout: No space left on device";
        assert!(outcome.stderr.contains(expected), "{arguments:?}: {}", outcome.stderr);
    });
}

#[test]
fn a_full_disk_is_told_with_the_file() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let folder = folder();
    let docs = rapace(folder.path(), &["docs", "api.json", "--out", "/dev/full"]);
    assert_eq!(docs.status, 1);
    assert!(docs.stderr.contains("/dev/full: No space left"), "{}", docs.stderr);
    // Files of packages may be as long as a block: what is beyond it fails as it does on a full disk.
    let limited =
        "trap '' XFSZ; ulimit -f 1; exec \"$0\" gen --lang go --package example.com/shop --out clients api.json";
    let output = Command::new("bash")
        .args(["-c", limited, env!("CARGO_BIN_EXE_rapace")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("clients") && said.contains("File too large"), "{said}");
}
