//! Tests of faults that were reported, of this project or of its peers. `cargo xtask test --only reports` runs all of them; in
//! the whole test each runs in the part of its language.

use crate::languages::LANGUAGES;
use crate::project::{Error, Project, Result, all_good};
use crate::rust;

/// Runs Rust's and then each language's. A language whose toolchain is missing fails with the cure, and the others still run.
///
/// # Errors
/// When a test fails or a toolchain is missing; with all of that.
pub fn test(project: &Project) -> Result {
    let languages = LANGUAGES.iter().map(|language| match (language.missing)() {
        Some(missing) => Err(Error(format!(
            "{}: {} is missing: {}",
            language.name, missing.tool, missing.cure
        ))),
        None => (language.setup)(project).and_then(|()| (language.reports)(project)),
    });
    let results: Vec<Result> = std::iter::once(rust::reports(project)).chain(languages).collect();
    let problems = results.into_iter().filter_map(Result::err);
    all_good(problems.map(|Error(problem)| problem).collect())
}
