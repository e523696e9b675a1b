//! `cargo xtask test`: every test of every language.

use std::time::Instant;

use crate::languages::LANGUAGES;
use crate::project::{Error, Missing, Project, Result};
use crate::{languages::Language, rust};

/// Runs the tests of Rust and of every language whose toolchain is there; names those that are not, with their cure.
///
/// # Errors
/// When a test fails or a toolchain is missing; everything else has run by then.
pub fn test(project: &Project, only: &[String]) -> Result {
    let known = || LANGUAGES.iter().map(|language| language.name).chain(["rust"]);
    if let Some(unknown) = only.iter().find(|name| !known().any(|known| known == *name)) {
        let known: Vec<&str> = known().collect();
        return Err(Error(format!(
            "unknown language {unknown}: known are {}",
            known.join(", ")
        )));
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    let mut results = Vec::new();
    if wanted("rust") {
        results.push(part("rust", rust::missing, || rust::test(project)));
    }
    let languages: Vec<&Language> = LANGUAGES.iter().filter(|language| wanted(language.name)).collect();
    if !languages.is_empty() {
        rust::build_programs(project)?;
    }
    for language in languages {
        results.push(part(language.name, language.missing, || {
            (language.setup)(project)?;
            (language.test)(project)
        }));
    }
    eprintln!();
    let failed = results.iter().filter(|result| !result.passed).count();
    for result in &results {
        let word = if result.passed { "passed" } else { "FAILED" };
        eprintln!("{word} {:>6.1} s  {}{}", result.seconds, result.name, result.why);
    }
    // The plain closing line that any reader of the output understands.
    println!("{} passed, {failed} failed", results.len() - failed);
    if failed == 0 {
        Ok(())
    } else {
        Err(Error(format!("{failed} of {} parts failed", results.len())))
    }
}

struct Outcome {
    name: &'static str,
    passed: bool,
    seconds: f64,
    why: String,
}

fn part(name: &'static str, missing: fn() -> Option<Missing>, test: impl FnOnce() -> Result) -> Outcome {
    eprintln!("\n== {name}");
    let start = Instant::now();
    let result = match missing() {
        Some(missing) => Err(Error(format!("{} is missing: {}", missing.tool, missing.cure))),
        None => test(),
    };
    if let Err(error) = &result {
        eprintln!("    {error}");
    }
    Outcome {
        name,
        passed: result.is_ok(),
        seconds: start.elapsed().as_secs_f64(),
        why: result.err().map(|error| format!(": {error}")).unwrap_or_default(),
    }
}
