//! The live matrix: a right handler passes its checks, and a wrong one fails.

use std::process::{Command, Output};

use crate::command::{stderr, stdout};

/// What the suite's own testee that serves can do, with Rust as the caller.
fn run(defect: &str, arguments: &[&str]) -> Output {
    let testee = format!("serving={} {defect}", env!("CARGO_BIN_EXE_serving-testee"));
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(["matrix", "--caller", "rust", "--testee", &testee])
        .args(["--over", "tcp", "--over", "unix"])
        .args(arguments)
        .output()
        .expect("the suite's command runs")
}

#[test]
fn a_right_handler_passes() {
    let checks = ["unary", "stream", "error", "cancel"].map(|check| ["--check", check]);
    let output = run("right", checks.as_flattened());
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(
        printed.starts_with("live matrix: 1 cells, 8 checks, 0 failed, 26 calls, "),
        "{printed}"
    );
}

#[test]
fn a_wrong_handler_fails() {
    for (defect, check, told) in [
        ("tells-secrets", "error", "Calls.answer failed: secret"),
        ("right", "both-ways", "expected {\"right\":200,\"wrong\":0}"),
    ] {
        let output = run(defect, &["--check", check]);
        let printed = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{defect}: {printed}");
        let name = format!("rust calls serving, tcp, {check}\n");
        assert!(printed.contains(&name) && printed.contains(told), "{defect}: {printed}");
    }
}

#[test]
fn unknown_checks_are_refused() {
    let output = run("right", &["--check", "all"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("the checks are unary, stream"),
        "{}",
        stderr(&output)
    );
}
