//! A report as JUnit's XML, which systems for continuous integration show.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::outcome::{CaseResult, Outcome};
use super::text::{Report, Tested};

/// A suite for each class of each testee. What the language cannot say and what is known to fail is skipped.
///
/// # Errors
/// When it cannot be written.
pub fn to_xml(report: &Report) -> Result<String, String> {
    let mut xml = quick_junit::Report::new("conformance");
    for tested in &report.testees {
        for class in &report.classes {
            let name = format!("{} {} {}", tested.name, class.class, class.title);
            let mut suite = TestSuite::new(name.clone());
            let results = tested.results.iter().filter(|result| result.class == class.class);
            for result in results {
                let mut case = TestCase::new(result.case.clone(), status(tested, result));
                case.set_classname(name.clone()).set_time(result.took);
                suite.add_test_case(case);
            }
            if !suite.test_cases.is_empty() {
                suite.set_time(suite.test_cases.iter().filter_map(|case| case.time).sum());
                xml.add_test_suite(suite);
            }
        }
        if !tested.problems.is_empty() {
            let mut suite = TestSuite::new(tested.name.clone());
            for problem in &tested.problems {
                let status = told(NonSuccessKind::Error, "problem", problem);
                suite.add_test_case(TestCase::new("the testee", status));
            }
            xml.add_test_suite(suite);
        }
    }
    let text = xml.to_string().map_err(|error| error.to_string())?;
    // The schema of Jenkins, which some judge by, knows this attribute of suites and not of the whole.
    let of_all = format!(" skipped=\"{}\"", xml.skipped);
    Ok(text.replacen(&of_all, "", 1))
}

fn status(tested: &Tested, result: &CaseResult) -> TestCaseStatus {
    if let Some(reason) = &result.known {
        return skipped(&format!("known to fail: {reason}"));
    }
    let again = |why: &str| format!("{why}\nagain        {}", tested.again(result));
    match &result.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Inexpressible => skipped("the language has no way to say the wrong value"),
        Outcome::Failed(why) => told(NonSuccessKind::Failure, "failed", &again(why)),
        Outcome::Crashed(why) => told(NonSuccessKind::Error, "crashed", &again(why)),
        Outcome::Hung(why) => told(NonSuccessKind::Error, "hung", &again(why)),
    }
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

/// The first line is the message.
fn told(kind: NonSuccessKind, ty: &str, why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let summary = why.lines().next().unwrap_or_default();
    status.set_type(ty).set_message(summary).set_description(why);
    status
}
