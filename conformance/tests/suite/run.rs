//! The command `run`: what it selects, what it writes, how it ends.

use std::fs;

use crate::command::{plain, run, stderr, stdout};
use quick_junit::{Report, TestCaseStatus};

/// The cases that the testee's few methods have, in classes of all kinds.
const ITS_CASES: [&str; 8] = [
    "--class", "1", "--class", "8", "--case", "?_i32_*", "--case", "?_bool_*",
];

#[test]
fn a_right_testee_passes() {
    let output = run("right", &ITS_CASES);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let bounded = ["--class", "10", "--case", "n_list_u16_*"];
    let output = run("right", &bounded);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(!stdout(&output).contains("not measured"), "{}", stdout(&output));
}

#[test]
fn what_is_too_late_is_tried_again_and_told_as_late() {
    // The calls that the scenario did not get to are not heard of in the next try.
    let case = "n_unix_closed_with_10_calls";
    let cut = ["--class", "21", "--case", case, "--tries", "2"];
    let output = run("right", &cut);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let told = stdout(&run("late", &cut));
    assert!(told.contains("it ended too late"), "{told}");
}

#[test]
fn a_testee_that_does_not_measure_is_told() {
    let output = run("unmeasured", &["--class", "10", "--case", "n_list_u16_*"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).ends_with("0 failed; memory not measured\n"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn progress_is_a_line_for_each_class_where_there_is_no_terminal() {
    let output = run("right", &ITS_CASES);
    let told = stderr(&output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].starts_with("wrong: class 01: "), "{told}");
    assert!(lines[1].starts_with("wrong: class 08: "), "{told}");
}

#[test]
fn a_selection_of_nothing_is_an_error() {
    let output = run("right", &["--class", "1", "--case", "u16"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("no case is selected by --class 1 --case 'u16'"), "{told}");
}

#[test]
fn fail_fast_stops_at_the_first() {
    let arguments = ["--class", "8", "--case", "n_bool_*", "--fail-fast"];
    let told = stdout(&run("bools", &arguments));
    assert!(told.contains("wrong: 1 cases in"), "{told}");
}

#[test]
fn ten_cases_that_hang_are_enough() {
    let output = run("hangs", &["--class", "1", "--case", "?_i32_*", "--patience", "0.05"]);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output);
    assert!(told.contains("wrong: 10 cases hung, and no more were run"), "{told}");
    assert!(told.contains("0 (10 hung)"), "{told}");
}

#[test]
fn junit_can_be_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.xml");
    let path = file.display().to_string();
    run("bools", &[&ITS_CASES[..], &["--junit", &path]].concat());
    let text = fs::read_to_string(&file).expect("the file");
    let head = text.lines().nth(1).unwrap_or_default();
    assert!(head.starts_with("<testsuites ") && !head.contains("skipped"), "{head}");
    let report = Report::deserialize_from_str(&text).expect("JUnit");
    let suites: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(suites, ["wrong 01 integers", "wrong 08 tags and indexes"]);
    let failed = report.test_suites[1].test_cases.iter();
    let failed = failed.filter(|case| matches!(case.status, TestCaseStatus::NonSuccess { .. }));
    assert_eq!(failed.count(), report.test_suites[1].failures);
    assert_eq!(report.failures, report.test_suites[1].failures);
    assert!(report.failures > 0 && report.failures < report.tests, "{text}");
}

#[test]
fn json_has_every_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.json");
    let path = file.display().to_string();
    run(
        "bools",
        &[
            "--case",
            "?_bool_tag_2_after_0",
            "--case",
            "y_bool_true",
            "--json",
            &path,
        ],
    );
    let text = fs::read_to_string(&file).expect("the file");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let results = report["testees"][0]["results"].as_array().expect("results");
    let outcomes: Vec<&str> = results.iter().filter_map(|result| result["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["passed", "failed"], "{text}");
}

#[test]
fn known_failures_must_fail() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("known.txt");
    let known = format!("wrong={}", file.display());
    let arguments = ["--class", "8", "--case", "n_bool_*", "--known-failing", &known];

    fs::write(&file, "8/n_bool_* # any byte is a bool\n").expect("written");
    let output = run("bools", &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains(" known)"), "{}", stdout(&output));

    let output = run("right", &arguments);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output);
    assert!(
        told.contains("known.txt:1 says that it fails (any byte is a bool): take it off the list"),
        "{told}"
    );

    fs::write(&file, "n_bool_*\n").expect("written");
    let output = run("bools", &arguments);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("known.txt:1: n_bool_* has no reason"), "{told}");
}

#[test]
fn a_list_for_nobody_is_an_error() {
    let output = run("right", &["--known-failing", "other=known.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("known.txt is for other, which is not run"));
}

#[test]
fn testees_of_the_repository_are_named() {
    let output = plain(&["--lang", "cobol"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("no testee cobol: this repository's are python, python-pure, python-blocking, go, typescript;"),
        "{told}"
    );
    let output = plain(&["--lang", "go", "--folder", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("nowhere/testee is not there: run `cargo xtask testees`"),
        "{told}"
    );
}
