//! What a team meets after it has heard of this project: from nothing to a first call by README alone, packages that registries take,
//! and pages whose code works.

mod evolving;
mod first_use;
mod publishing;
mod types;

use std::fs;

use crate::documents;
use crate::languages::LANGUAGES;
use crate::project::{Error, Project, Result, all_good};
use crate::said::say;

/// Runs all of it. The last lines give the figures.
///
/// # Errors
/// When something is not as README says, or a toolchain is missing; the rest has run then.
pub fn test(project: &Project) -> Result {
    let mut figures = Vec::new();
    let mut problems = Vec::new();
    for language in LANGUAGES {
        match (language.missing)() {
            Some(missing) => problems.push(format!(
                "{}: {} is missing: {}",
                language.name, missing.tool, missing.cure
            )),
            None => (language.setup)(project)?,
        }
    }
    let mut note = |result: Result<Vec<String>>| match result {
        Ok(lines) => figures.extend(lines),
        Err(Error(problem)) => problems.push(problem),
    };
    note(documents::test(project).map(|line| vec![line]));
    note(types::test(project).map(|line| vec![line]));
    note(evolving::test(project).map(|line| vec![line]));
    note(first_use::test(project));
    note(publishing::test(project));
    note(vectors(project).map(|line| vec![line]));
    say("");
    for line in figures {
        say(&line);
    }
    all_good(problems)
}

/// How many values the testees of the conformance suite, in its own part, turn into JSON and back.
fn vectors(project: &Project) -> Result<String> {
    let mut count = 0;
    for entry in fs::read_dir(project.path("conformance/recorded/vectors"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            // A line for each. Some are nested deeper than a reader of JSON likes.
            count += fs::read_to_string(path)?
                .lines()
                .filter(|line| line.starts_with("{\"name\":"))
                .count();
        }
    }
    Ok(format!(
        "JSON: {count} recorded values, which the part `conformance` compares in every language"
    ))
}
