//! `rapace doctor`: each finding with its cure.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Crate, Outcome, rapace, rapace_beside, workspace};

/// A folder with the bookshop's `api.json`, a package of Go to generate and an old Go.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        workspace().join("examples/bookshop/api.json"),
        folder.path().join("api.json"),
    )
    .unwrap();
    fs::write(
        folder.path().join("rapace.toml"),
        "[[gen]]\nlang = \"go\"\nout = \"out\"\n",
    )
    .unwrap();
    folder
}

fn program(folder: &Path, name: &str, says: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The lines on stdout that begin so.
fn lines<'o>(outcome: &'o Outcome, beginning: &str) -> Vec<&'o str> {
    outcome
        .stdout
        .lines()
        .filter(|line| line.starts_with(beginning))
        .collect()
}

#[test]
fn what_is_old_and_what_is_stale_has_a_cure() {
    let folder = project();
    program(folder.path(), "go", "go version go1.9.7 linux/amd64");
    program(folder.path(), "node", "no idea");
    let found = rapace_beside(folder.path(), &["doctor"]);
    assert_eq!(
        (found.status, found.said()),
        (1, "error: 2 things to mend"),
        "{}",
        found.stdout
    );
    let expected = [
        "BAD   go 1.9.7 is older than 1.25",
        "      cure: install go 1.25 or later: https://go.dev/dl",
        "BAD   out is not up to date: ",
        "      cure: run `rapace gen`",
    ];
    let bad: Vec<&str> = found
        .stdout
        .lines()
        .filter(|line| line.starts_with("BAD") || line.starts_with("  "))
        .collect();
    let fits = |(line, beginning): (&&str, &&str)| line.starts_with(beginning);
    assert!(
        bad.len() == expected.len() && bad.iter().zip(&expected).all(fits),
        "{bad:#?}"
    );
    assert_eq!(
        lines(&found, "note"),
        ["note  node says no version; no package of this project needs it"]
    );

    program(folder.path(), "go", "go version go1.30.0 linux/amd64");
    assert!(rapace(folder.path(), &["gen"]).success);
    let well = rapace_beside(folder.path(), &["doctor"]);
    assert_eq!(well.status, 0, "{}", well.stdout);
    assert!(
        well.stdout.contains("ok    go 1.30.0\n") && well.stdout.contains("ok    out is up to date\n"),
        "{}",
        well.stdout
    );
}

#[test]
fn a_project_is_no_duty_and_must_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let without = rapace(folder.path(), &["doctor"]);
    assert_eq!(without.status, 0, "{}", without.stdout);
    assert!(
        without
            .stdout
            .starts_with("note  no rapace.toml in this folder or above it"),
        "{}",
        without.stdout
    );
    for (text, expected) in [
        ("[[gen]]\n", "BAD   rapace.toml:1: missing key `lang`"),
        (
            "[[gen]]\nlang = \"go\"\nout = \".\"\n",
            "BAD   rapace.toml: [[gen]] 1 (go, .): `out` is the folder of rapace.toml itself",
        ),
        ("[[gen]]\nlang = \"go\"\nout = \"a\"\n", "BAD   api.json: No such file"),
    ] {
        fs::write(folder.path().join("rapace.toml"), text).unwrap();
        let wrong = rapace(folder.path(), &["doctor"]);
        assert_eq!(wrong.status, 1);
        assert!(wrong.stdout.contains(expected), "{text}: {}", wrong.stdout);
    }
}

#[test]
fn a_server_accepts_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let there = rapace(folder.path(), &["doctor", "--address", &address]);
    assert_eq!(there.status, 0);
    assert!(
        there
            .stdout
            .ends_with(&format!("ok    {address} accepts connections\n")),
        "{}",
        there.stdout
    );
    drop(listener);
    let gone = rapace(folder.path(), &["doctor", "--address", &address]);
    assert_eq!(gone.status, 1);
    let bad = lines(&gone, "BAD");
    assert!(
        bad[0].starts_with(&format!("BAD   {address} cannot be reached: ")),
        "{}",
        gone.stdout
    );
    for (text, why) in [
        ("shop", "it has no scheme"),
        ("tcp://shop:http", "the port is not a number from 0 to 65535"),
        ("unix:shop", "it has no scheme"),
    ] {
        let none = rapace(folder.path(), &["doctor", "--address", text]);
        let expected = format!("BAD   `{text}` is not an address: {why}\n");
        assert!(none.stdout.contains(&expected), "{}", none.stdout);
    }
}

#[test]
fn a_crate_is_looked_at_before_it_is_built() {
    let shop = Crate::new(
        "doctor-crate",
        &[(
            "src/lib.rs",
            "#[rapace::service]\npub trait Shop { async fn count(&self) -> u64; }\n",
        )],
    );
    shop.write("rapace.toml", "[[gen]]\nlang = \"go\"\nout = \"out\"\n");
    let run = || rapace(shop.path(), &["doctor", "--offline"]);
    let before = run();
    let good = lines(&before, "ok");
    assert!(
        good.contains(&"ok    doctor-crate uses rapace 0.5.0"),
        "{}",
        before.stdout
    );
    assert!(
        good.contains(&"ok    doctor-crate uses facet 0.32.3"),
        "{}",
        before.stdout
    );
    let bad = lines(&before, "BAD");
    assert!(
        bad[0].starts_with("BAD   api.json: No such file") && bad[1].starts_with("BAD   out is not up to date: "),
        "{}",
        before.stdout
    );
    assert!(rapace(shop.path(), &["gen"]).success);
    let after = run();
    assert_eq!(
        (after.status, lines(&after, "BAD")),
        (0, Vec::new()),
        "{}",
        after.stdout
    );
    shop.write("src/lib.rs", "nonsense");
    let broken = run();
    assert!(
        lines(&broken, "BAD").contains(&"BAD   the services cannot be exported"),
        "{}",
        broken.stdout
    );
    shop.append("Cargo.toml", "[nonsense\n");
    let unread = run();
    assert!(
        lines(&unread, "BAD")[0].starts_with("BAD   cargo does not read Cargo.toml: "),
        "{}",
        unread.stdout
    );
}
