//! What the suite says of testees that are wrong on purpose: who, where, what was expected and what came.

use crate::command::{run, stdout};

/// Runs a case against a testee with this defect, and holds what is printed. Nothing in it depends on the machine.
fn check(defect: &str, arguments: &[&str]) {
    let output = run(defect, arguments);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.add_filter(r"command      \S*wrong-testee", "command      …/wrong-testee");
    settings.add_filter(r"'wrong=\S*wrong-testee", "'wrong=…/wrong-testee");
    settings.add_filter(r"unix://[^\x22]+", "unix://…");
    settings.add_filter(r"(cases) in \d+\.\d s", "$1 in … s");
    settings.add_filter(r"\d+(\.\d+)?ms, the best", "… ms, the best");
    settings.bind(|| insta::assert_snapshot!(defect.replace(' ', "-"), stdout(&output)));
}

#[test]
fn a_request_has_other_bytes() {
    check("zigzag", &["--class", "1", "--case", "y_i32_minus_65"]);
}

#[test]
fn bytes_that_must_be_refused_are_accepted() {
    check("bools", &["--class", "8", "--case", "n_bool_tag_2_after_0"]);
}

#[test]
fn a_refusal_has_no_offset() {
    check("vague", &["--class", "8", "--case", "n_bool_tag_2_after_0"]);
}

#[test]
fn answers_are_swapped() {
    check("swaps", &["--class", "14", "--case", "y_unix_2_at_once"]);
}

#[test]
fn a_descriptor_is_wrong() {
    check("descriptor", &["--class", "1", "--case", "y_i32_minus_65"]);
}

#[test]
fn an_answer_is_to_no_command() {
    check("confused", &["--class", "1", "--case", "y_i32_minus_65"]);
}

#[test]
fn it_prints_what_is_no_json() {
    check("garbage", &["--class", "1", "--case", "y_i32_minus_65"]);
}

#[test]
fn it_crashes() {
    check("crashes", &["--class", "1", "--case", "y_i32_minus_65"]);
}

#[test]
fn it_hangs() {
    let case = ["--class", "1", "--case", "y_i32_minus_65", "--patience", "0.5"];
    check("hangs", &case);
}

#[test]
fn it_closes_the_connection() {
    check("drops", &["--class", "1", "--case", "y_i32_minus_65"]);
}

#[test]
fn it_is_never_ready() {
    let case = ["--class", "1", "--case", "y_i32_minus_65", "--start", "0.5"];
    check("silent", &case);
}

#[test]
fn it_never_connects() {
    let case = ["--class", "1", "--case", "y_i32_minus_65", "--patience", "0.5"];
    check("deaf", &case);
}

#[test]
fn it_allocates_for_a_length() {
    check("greedy", &["--class", "10", "--case", "n_list_u16_length_2147483648"]);
}

#[test]
fn it_is_slow_to_refuse() {
    check("slow", &["--class", "10", "--case", "n_list_u16_length_2147483648"]);
}
