//! Several exports at once, into one target folder.

use std::path::Path;
use std::process::Stdio;

use crate::support::{command, copy, copy_as, services};

/// Starts all before it waits for the first.
fn at_once(exports: &[(&Path, &[&str])]) -> Vec<Vec<String>> {
    let start = |(folder, arguments): &(&Path, &[&str])| {
        command(folder, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let running: Vec<_> = exports.iter().map(start).collect();
    let finish = |child: std::process::Child| {
        let output = child.wait_with_output().unwrap();
        services(&rapace_schema::read(&String::from_utf8(output.stdout).unwrap()).unwrap())
    };
    running.into_iter().map(finish).collect()
}

#[test]
fn features_and_worktrees_at_once() {
    const ROUNDS: usize = 5;
    let (one, other) = (copy("two-features"), copy_as("two-features", "two-features-elsewhere"));
    let front = "reports_two_features::Front: zip add".to_owned();
    let extra = "reports_two_features::x::Extra: ping".to_owned();
    let changed = std::fs::read_to_string(other.join("src/lib.rs")).unwrap();
    crate::support::write(&other.join("src/lib.rs"), &changed.replace("trait Front", "trait Back"));
    for round in 0..ROUNDS {
        let results = at_once(&[
            (&one, &[]),
            (&one, &["--features", "x"]),
            (&other, &[]),
            (&other, &["--all-features"]),
        ]);
        let back = front.replace("Front", "Back");
        assert_eq!(
            results,
            [
                vec![front.clone()],
                vec![extra.clone(), front.clone()],
                vec![back.clone()],
                vec![back, extra.clone()],
            ],
            "round {round}"
        );
    }
}
