//! The cases in which a testee serves: a right one passes them, and a wrong one fails.

use std::process::{Command, Output};

use crate::command::{plain, stdout};

/// `conformance run` with the testee that serves, wrong in this way.
pub fn run(defect: &str, arguments: &[&str]) -> Output {
    let testee = format!("serving={} {defect}", env!("CARGO_BIN_EXE_serving-testee"));
    plain(&[&["--testee", testee.as_str()], arguments].concat())
}

/// The classes that need nothing but handlers.
const CLASSES: [&str; 5] = [
    "served-calls",
    "served-refusals",
    "served-cancellation",
    "served-limits",
    "hosts",
];

#[test]
fn a_right_testee_passes() {
    let classes = CLASSES.iter().flat_map(|class| ["--class", class]);
    let arguments: Vec<&str> = classes.chain(["--over", "unix"]).collect();
    let output = run("right", &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let values = [
        "--class",
        "served-values",
        "--class",
        "served-answers",
        "--case",
        "?_*_list_u16_*",
    ];
    let output = run("right", &values);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn defects_are_seen() {
    for (defect, class, case, told) in [
        (
            "numbers",
            "served-calls",
            "y_tcp_a_call_dialled",
            "msg_id       byte 0: expected 00",
        ),
        (
            "ends-with-data",
            "served-calls",
            "y_tcp_a_stream_dialled",
            "flags        byte 32",
        ),
        (
            "tells-secrets",
            "served-calls",
            "y_tcp_any_other_failure",
            "Calls.answer failed: secret",
        ),
        (
            "trailing",
            "served-refusals",
            "n_tcp_a_byte_too_many",
            "no frame came, but a handler ran",
        ),
        (
            "deaf-to-cancels",
            "served-cancellation",
            "y_tcp_a_call_dialled",
            "it did nothing in 0.5 s",
        ),
        (
            "hoards",
            "served-limits",
            "y_unix_a_stream_waits_and_goes_on",
            "its handler goes on although",
        ),
        (
            "hoards",
            "served-limits",
            "n_unix_refusals_that_nobody_reads",
            "whose peer does not read",
        ),
    ] {
        let output = run(
            defect,
            &["--class", class, "--case", case, "--patience", "0.5", "--tries", "1"],
        );
        assert_eq!(output.status.code(), Some(1), "{defect}: {}", stdout(&output));
        assert!(stdout(&output).contains(told), "{defect}: {}", stdout(&output));
    }
}

#[test]
fn a_right_testee_is_soaked() {
    for (defect, code) in [("right", 0), ("numbers", 1)] {
        let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
            .args([
                "soak",
                "--serving",
                "--calls",
                "1000",
                "--over",
                "tcp",
                "--patience",
                "2",
            ])
            .args([
                "--testee",
                &format!("serving={} {defect}", env!("CARGO_BIN_EXE_serving-testee")),
            ])
            .output()
            .expect("the suite's command runs");
        assert_eq!(output.status.code(), Some(code), "{defect}: {}", stdout(&output));
    }
}
