//! The verbs that work on descriptions, servers and traffic, as people use them: `breaking`, `call`, `decode`, `tap`, `docs`, `lint`.

use std::time::Instant;

use crate::project::{Error, Project, Result, output};
use crate::rust::{self, COMMAND_VERBS};
use crate::said::say;
use crate::web;

/// Tests of the workspace, by the names of their programs and their own.
struct Tests {
    about: &'static str,
    /// What cargo takes, up to `--`.
    arguments: &'static [&'static str],
}

/// How many changes of APIs are drawn.
const MUTATIONS: &str = "20000";

const TESTS: &[Tests] = &[
    Tests {
        about: "breaking, call, decode, tap, docs and lint",
        arguments: &["--test", "cli", COMMAND_VERBS],
    },
    Tests {
        about: "the table of changes, and drawn changes",
        arguments: &["--lib", "compare::"],
    },
    Tests {
        about: "the same changes as Rust types, read by facet-postcard",
        arguments: &["--test", "types", "evolving"],
    },
];

/// Runs all of it. The last lines give the figures.
///
/// # Errors
/// When a test fails.
pub fn test(project: &Project) -> Result {
    let mut figures = Vec::new();
    for tests in TESTS {
        let start = Instant::now();
        let mut cargo = rust::cargo_test(project);
        cargo
            .args(tests.arguments)
            .args(["--", "--nocapture"])
            .env("RAPACE_MUTATIONS", MUTATIONS);
        let printed = output(&mut cargo)?;
        let passed = passed(&printed).ok_or_else(|| Error(format!("{}: no test has run\n{printed}", tests.about)))?;
        figures.push(format!(
            "{}: {passed} tests in {:.1} s",
            tests.about,
            start.elapsed().as_secs_f64()
        ));
        figures.extend(told(&printed).map(|figure| format!("    {figure}")));
    }
    let start = Instant::now();
    web::test_docs(project)?;
    figures.push(format!(
        "docs: pages in Chromium in {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    say("");
    figures.iter().for_each(|figure| say(figure));
    Ok(())
}

/// How many tests have passed.
fn passed(printed: &str) -> Option<usize> {
    let counts = printed.lines().filter_map(|line| {
        let (_, count) = line.split_once("test result: ok. ")?;
        count.split_once(" passed")?.0.parse::<usize>().ok()
    });
    Some(counts.sum()).filter(|count| *count > 0)
}

/// What tests tell of themselves: `figure: 60 calls`.
fn told(printed: &str) -> impl Iterator<Item = &str> {
    printed.lines().filter_map(|line| Some(line.split_once("figure: ")?.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_among_the_dots() {
        let printed = "running 2 tests\n.figure: 60 calls\n.\ntest result: ok. 2 passed; 0 failed; 0 ignored\n";
        assert_eq!(passed(printed), Some(2));
        assert_eq!(told(printed).collect::<Vec<_>>(), ["60 calls"]);
        assert_eq!(passed("test result: ok. 0 passed; 0 failed"), None);
    }
}
