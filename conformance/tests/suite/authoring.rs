//! The example of AUTHORING.md is right.

use std::fs;

use crate::command::{run, stdout};

#[test]
fn the_example_of_a_scenario_can_be_played() {
    let text = include_str!("../../AUTHORING.md");
    let (_, rest) = text.split_once("```yaml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("26-timeouts.yaml"), example).expect("written");
    let path = folder.path().display().to_string();
    let output = run("right", &["--scenarios", &path, "--over", "unix"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("26 timeouts       4"), "{}", stdout(&output));

    let broken = example.replace("- lives", "- live");
    fs::write(folder.path().join("26-timeouts.yaml"), broken).expect("written");
    let output = run("right", &["--scenarios", &path, "--over", "unix"]);
    assert_eq!(output.status.code(), Some(2));
    let told = crate::command::stderr(&output);
    assert!(
        told.contains("26-timeouts.yaml:26: \"y_1_answered_in_reverse\": steps[4]: unknown variant `live`"),
        "{told}"
    );
}

#[test]
fn the_example_of_a_testee_that_serves_can_be_played() {
    let text = include_str!("../../AUTHORING.md");
    let (_, rest) = text.split_once("### A testee that serves").expect("the section");
    let (_, rest) = rest.split_once("```yaml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    let shared = include_str!("../../scenarios/shared.yaml");
    fs::write(folder.path().join("shared.yaml"), shared).expect("written");
    let head = "class: served-calls\ntitle: an example\nrule: it is right\n\ncases:\n";
    fs::write(folder.path().join("38-served-calls.yaml"), format!("{head}{example}")).expect("written");
    let path = folder.path().display().to_string();
    let arguments = ["--serving", "--scenarios", path.as_str(), "--over", "unix"];
    let output = crate::serving::run("right", &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}
