//! The host and the plug-in in Rust. `cargo xtask test --only handlers` runs the same host with the plug-ins in other languages.

use std::process::{Command, Output};

const EXPECTED: &str = include_str!("../expected-output.txt");

fn host(arguments: &[&str]) -> Output {
    let host = Command::new(env!("CARGO_BIN_EXE_plugin-host")).args(arguments).output();
    host.expect("the host runs")
}

#[test]
fn a_plugin_is_called_and_calls_back() {
    let plugin = env!("CARGO_BIN_EXE_plugin-hello");
    for arguments in [&[plugin][..], &["--tcp", plugin]] {
        let output = host(arguments);
        assert_eq!(String::from_utf8_lossy(&output.stdout), EXPECTED, "{arguments:?}");
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_plugin_that_does_not_start_is_named() {
    let output = host(&["/nowhere/plugin"]);
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("/nowhere/plugin: No such file"), "{message}");
}
