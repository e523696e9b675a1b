//! The report for programs.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use rapace_schema::compare::Change;
use serde_json::json;

use super::findings::Findings;
use super::text::{place, sentence, verdicts};

/// How many uses of a change an annotation and a test case show.
const USES: usize = 50;

/// One object: `changes` as the comparison has them, each with `accepted`.
pub(super) fn json(findings: &Findings<'_>) -> String {
    let mut value = serde_json::to_value(findings.report).expect("plain data is JSON");
    value["against"] = json!(findings.against);
    for (change, known) in value["changes"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .zip(&findings.report.changes)
    {
        change["accepted"] = json!(findings.accepted.has(&known.fingerprint));
    }
    let mut text = serde_json::to_string_pretty(&value).expect("plain data is JSON");
    text.push('\n');
    text
}

/// A test case per change; one that is refused has failed.
pub(super) fn junit(findings: &Findings<'_>) -> Result<String, String> {
    let mut suite = TestSuite::new("rapace breaking");
    for change in &findings.report.changes {
        let mut status = TestCaseStatus::success();
        if findings.is_refused(change) {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(change.what.clone());
            status.set_description(details(change));
        }
        let mut case = TestCase::new(format!("{}: {}", change.place, change.what), status);
        case.set_classname(change.fingerprint.clone());
        suite.add_test_case(case);
    }
    let mut report = Report::new("rapace breaking");
    report.add_test_suite(suite);
    let mut text = report.to_string().map_err(|error| format!("the report: {error}"))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// A command per change: an error for what is refused, a notice for everything else.
pub(super) fn github(findings: &Findings<'_>) -> String {
    let lines = findings.report.changes.iter().map(|change| {
        let level = if findings.is_refused(change) { "error" } else { "notice" };
        let title = property(&format!("{}: {}", change.place, change.what));
        let file = property(&findings.file);
        format!("::{level} file={file},title={title}::{}\n", data(&details(change)))
    });
    lines.collect()
}

fn details(change: &Change) -> String {
    let mut lines = vec![format!("{} [{}]", verdicts(change), change.fingerprint)];
    for one in change.uses.iter().take(USES) {
        lines.push(place(one));
        lines.extend(sentence("the old side", "the new side", &one.forth, &one.path));
        lines.extend(sentence("the new side", "the old side", &one.back, &one.path));
    }
    let more = change.uses.len().saturating_sub(USES) + change.more_uses;
    if more > 0 {
        lines.push(format!("and {more} more uses"));
    }
    lines.join("\n")
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, which also ends at a colon or a comma.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
