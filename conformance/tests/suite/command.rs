//! Runs the suite's own command.

use std::process::{Command, Output};

/// `conformance run` with a testee that is wrong in this way, or in none when it is `right`.
pub fn run(defect: &str, arguments: &[&str]) -> Output {
    let testee = format!("wrong={} {defect}", env!("CARGO_BIN_EXE_wrong-testee"));
    plain(&[&["--testee", &testee], arguments].concat())
}

/// `conformance run` with these arguments.
pub fn plain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .arg("run")
        .args(arguments)
        .output()
        .expect("the suite's command runs")
}

/// What it printed.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// What it printed on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}
