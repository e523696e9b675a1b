//! `rapace gen` and `rapace export` on a crate with a `rapace.toml`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{Crate, rapace, workspace};

const SERVICES: &str = "#[rapace::service]\npub trait Shop { async fn count(&self, of: u32) -> u64; }\n\
                        #[rapace::service]\npub trait Admin { async fn close(&self); }\n";

#[test]
fn a_crate_is_exported_when_packages_are_generated() {
    let shop = Crate::new(
        "project-crate",
        &[("src/lib.rs", SERVICES), ("LICENSE-MIT", "free\r\nfor all")],
    );
    shop.write(
        "rapace.toml",
        "[export]\nout = \"schema/api.json\"\n[[gen]]\nlang = \"python\"\nout = \"clients/python\"\nexclude = [\"Admin\"]\n",
    );
    let run = |arguments: &[&str]| rapace(shop.path(), arguments);
    let read = |path: &str| fs::read_to_string(shop.path().join(path)).unwrap();

    let no_folder = run(&["export"]);
    assert_eq!(no_folder.error(), "--out: there is no folder schema");
    fs::create_dir(shop.path().join("schema")).unwrap();
    let stale = run(&["gen", "--check"]);
    assert_eq!(stale.status, 1);
    assert!(
        stale.stderr.contains("error: schema/api.json: No such file"),
        "{}",
        stale.stderr
    );
    assert!(
        stale.stderr.contains("error: clients/python is not up to date"),
        "{}",
        stale.stderr
    );

    let first = run(&["gen"]);
    assert!(first.success, "{}", first.stderr);
    let wrote = "wrote schema/api.json: 2 services, 2 methods, 0 types\nwrote clients/python: ";
    assert!(first.stderr.contains(wrote), "{}", first.stderr);
    assert!(run(&["gen", "--check"]).success && run(&["export", "--check"]).success);
    assert!(!read("clients/python/.rapace-files").contains("admin"));

    shop.write("src/lib.rs", &SERVICES.replace("count", "number"));
    let stale = run(&["export", "--check"]);
    assert_eq!(stale.status, 1);
    let expected = "schema/api.json is not up to date, run `rapace export` again; line ";
    assert!(stale.error().contains(expected), "{}", stale.stderr);
    assert!(!run(&["gen", "--check"]).success);
    assert!(run(&["gen", "--no-export", "--check"]).success);

    // From anywhere in the crate, and flags outrank the table.
    let inside = rapace(&shop.path().join("src"), &["export"]);
    assert!(
        inside
            .stderr
            .ends_with("wrote ../schema/api.json: 2 services, 2 methods, 0 types\n"),
        "{}",
        inside.stderr
    );
    let stdout = run(&["export", "--out", "-"]);
    assert_eq!(stdout.stdout, read("schema/api.json"));
    let for_tools = run(&["export", "--format", "json"]);
    assert!(
        for_tools.success && for_tools.stderr.lines().all(|line| line.starts_with('{')),
        "{}",
        for_tools.stderr
    );
    shop.write("src/lib.rs", "nonsense");
    let broken = run(&["gen"]);
    assert_eq!(broken.status, 1);
    assert!(read("schema/api.json").contains("number"));
}

#[test]
fn a_description_comes_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let api = fs::File::open(workspace().join("examples/bookshop/api.json")).unwrap();
    let generate = |input: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapace"));
        command
            .args(["gen", "--lang", "python", "--out", "out", "-"])
            .current_dir(folder.path())
            .stdin(input);
        command.output().unwrap()
    };
    let output = generate(Stdio::null());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("error: stdin: not JSON: ")
    );
    assert!(generate(api.into()).status.success());
    assert!(folder.path().join("out/pyproject.toml").exists());
}

/// Nobody reads: no panic, and no message for whoever has left.
#[cfg(unix)]
#[test]
fn a_closed_stdout_is_no_panic() {
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"]] {
        let mut child = Command::new("sh")
            .args(["-c", "read go; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_rapace")])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
        assert!(output.status.code().is_some(), "{arguments:?}");
    }
}
