//! Generators that are programs of their own and misbehave, and runs of `rapace gen` that are killed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Options of a package without the runtime's sources, and of one with more of them.
const WITHOUT: &[&str] = &["--runtime", "package=example.com/rapace"];
const MORE: &[&str] = &["--opt", "websocket=true"];

/// What a refusal may take on a busy machine, beyond the time that a program has.
const PROMPTLY: Duration = Duration::from_secs(20);

fn bookshop() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/bookshop/api.json").to_owned()
}

/// Runs `rapace gen` with a plug-in that is this shell script, which has so many seconds.
fn with_plugin(folder: &Path, script: &str, seconds: u32) -> Output {
    let program = folder.join("rapace-gen-shell");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let seconds = seconds.to_string();
    let arguments = ["gen", "--lang", "shell", "--plugin-seconds", &seconds, "--out", "out"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapace"));
    command
        .args(arguments)
        .arg(bookshop())
        .current_dir(folder)
        .env("PATH", path);
    command.output().unwrap()
}

/// What it says, which it does promptly, and nothing is written.
fn refusal(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let output = with_plugin(folder.path(), script, 2);
    assert!(start.elapsed() < PROMPTLY, "{script}: took {:?}", start.elapsed());
    assert!(
        !output.status.success() && !folder.path().join("out").exists(),
        "{script}"
    );
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_program_that_hangs_or_floods_is_ended() {
    let message = refusal("sleep 1000");
    assert!(
        message.contains("has not answered within 2 s, which is the limit"),
        "{message}"
    );
    let message = refusal("yes > /dev/stderr");
    assert!(
        message.contains("(what follows is left out: the limit is 65536 bytes)"),
        "{message}"
    );
    assert!(
        message.contains("has not answered within 2 s") && message.len() < 100_000,
        "{}",
        message.len()
    );
    let message = refusal("head -c 300000000 /dev/zero");
    assert!(
        message.contains("its answer exceeds the limit of 268435456 bytes"),
        "{message}"
    );
}

#[test]
fn what_a_program_leaves_running_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let output = with_plugin(
        folder.path(),
        "echo '{\"files\":{\"a.txt\":\"text\"}}'; sleep 1000 &",
        100,
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() < PROMPTLY, "took {:?}", start.elapsed());
    assert_eq!(fs::read_to_string(folder.path().join("out/a.txt")).unwrap(), "text");
}

#[test]
fn what_a_program_says_is_text_on_the_terminal() {
    for script in [
        r#"printf '{"error":"a\\u001b[31mb\\u202ec"}'"#,
        r"printf 'a\033[31mb\r\n' >&2; exit 1",
        r#"printf '{"files":{"a\\u001b":""}}'"#,
        r"printf '\033[31m'",
    ] {
        let message = refusal(script);
        assert!(
            !message.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'),
            "{message:?}"
        );
    }
}

#[test]
fn paths_that_are_none_are_refused() {
    for path in [
        "#a",
        "a\\nb",
        "a\\rb",
        ".git/hooks/post-checkout",
        "src/.GIT/config",
        "../a",
        "/a",
        ".rapace-files",
    ] {
        let message = refusal(&format!("cat <<'END'\n{{\"files\":{{\"{path}\":\"\"}}}}\nEND"));
        assert!(message.contains("is no path inside a package"), "{path}: {message}");
    }
    for (one, other) in [("a.txt", "A.txt"), ("\u{e9}", "e\u{301}"), ("a", "a/b")] {
        let message = refusal(&format!("echo '{{\"files\":{{\"{one}\":\"\",\"{other}\":\"\"}}}}'"));
        assert!(
            message.contains("one place on disks") || message.contains("both a file and a folder"),
            "{message}"
        );
    }
}

/// A limit on the size of files ends a run as a full disk does, wherever it is; a signal at any moment.
#[test]
fn a_killed_run_leaves_what_the_next_one_repairs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    // The packages differ in their files: with the runtime, without it, and with more of it.
    let rapace = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapace"));
        command
            .args(["gen", "--lang", "go", "--out"])
            .arg(&out)
            .args(options)
            .arg(bookshop());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let whole = rapace(&[]).output().unwrap();
    assert!(whole.status.success());
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let start = Instant::now();
    assert!(rapace(WITHOUT).output().unwrap().status.success());
    let usual = start.elapsed();
    for round in 0..20 {
        let mut run = rapace([MORE, &[]][round % 2]).spawn().unwrap();
        std::thread::sleep(usual.mul_f64(round as f64 / 20.0));
        run.kill().unwrap();
        run.wait().unwrap();
    }
    for blocks in [1, 4, 16] {
        // Otherwise nothing of the package may be new.
        assert!(rapace(WITHOUT).output().unwrap().status.success());
        let script = format!("ulimit -f {blocks}; exec \"$@\"");
        let mut limited = Command::new("sh");
        limited.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_rapace")]);
        limited.args(["gen", "--lang", "go", "--out"]).arg(&out).arg(bookshop());
        assert!(!limited.stderr(Stdio::null()).status().unwrap().success());
    }
    for options in [&[], MORE, WITHOUT] {
        let done = rapace(options).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let check = rapace(options).arg("--check").output().unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
        assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
    }
    // The vendored runtime is gone.
    assert!(!out.join("rapace").exists() && !out.join(".rapace-new").exists() && !out.join(".rapace-pending").exists());
}
