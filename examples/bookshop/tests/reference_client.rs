//! The reference client against the real server: what it prints is the committed `expected-output.txt`.
//!
//! `UPDATE_GOLDEN=1 cargo test -p bookshop` writes the file anew.

mod support;

use std::path::Path;
use std::process::Command;

use support::Server;

fn check(address: &str) {
    check_with(Server::start(&["--listen", address]), &[]);
}

fn check_with(server: Server, authorities: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_bookshop-client"))
        .arg(server.address(0))
        .args(authorities)
        .output()
        .expect("the client runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected-output.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &printed).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&file).expect("the file is there");
    for (number, (printed, expected)) in printed.lines().zip(expected.lines()).enumerate() {
        assert_eq!(printed, expected, "line {}", number + 1);
    }
    assert_eq!(printed, expected);
}

#[test]
fn prints_what_is_expected_over_tcp() {
    check("tcp://127.0.0.1:0");
}

#[test]
fn prints_what_is_expected_over_a_unix_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    check(&format!("unix://{}/shop.sock", folder.path().display()));
}

#[test]
fn prints_what_is_expected_over_websocket() {
    check("ws://127.0.0.1:0/rpc");
}

#[test]
fn prints_what_is_expected_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let write = |name: &str, pem: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, pem).expect("the file can be written");
        file.display().to_string()
    };
    let certificate = write("certificate.pem", made.cert.pem());
    let key = write("key.pem", made.signing_key.serialize_pem());
    for address in ["tls://127.0.0.1:0", "wss://127.0.0.1:0/rpc"] {
        let options = ["--certificate", &certificate, "--key", &key];
        check_with(Server::start_with(&options, &["--listen", address]), &[&certificate]);
    }
}

#[test]
fn says_how_it_is_used() {
    let output = Command::new(env!("CARGO_BIN_EXE_bookshop-client")).output();
    let output = output.expect("the client runs");
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("usage: bookshop-client ADDR"), "{message}");
}
