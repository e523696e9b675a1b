//! `cargo xtask test`: every test of every language.

use std::time::Instant;

use crate::languages::LANGUAGES;
use crate::project::{Error, Missing, Project, Result};
use crate::{bench, conformance, demo, engines, handlers, layers, package, platforms, reports, rust, web};

/// Runs all parts: Rust, every language, the page in a browser, TypeScript on other engines and platforms, the conformance suite,
/// handlers in every language, hostile names, the packages, the demo, the benchmarks and the layers; or those of these names. A part whose toolchain is missing fails
/// with the cure, and the others still run.
///
/// # Errors
/// When a part fails or is unknown.
pub fn test(project: &Project, only: &[String]) -> Result {
    let parts = parts();
    if let Some(unknown) = only.iter().find(|name| !parts.iter().any(|part| part.name == *name)) {
        let known: Vec<&str> = parts.iter().map(|part| part.name).collect();
        return Err(Error(format!("unknown part {unknown}: known are {}", known.join(", "))));
    }
    let wanted = |part: &Part| match only {
        [] => !part.repeats,
        only => only.iter().any(|name| name == part.name),
    };
    // Every part but Rust's own runs these.
    rust::build_programs(project)?;
    let results: Vec<Outcome> = parts
        .iter()
        .filter(|part| wanted(part))
        .map(|part| part.run(project))
        .collect();
    eprintln!();
    for result in &results {
        let word = if result.error.is_none() { "passed" } else { "FAILED" };
        eprintln!("{word} {:>6.1} s  {}", result.seconds, result.name);
    }
    let failed: Vec<&Outcome> = results.iter().filter(|result| result.error.is_some()).collect();
    for Outcome { name, error, .. } in &failed {
        eprintln!(
            "{name}: {}",
            error.as_ref().map(ToString::to_string).unwrap_or_default()
        );
    }
    // The plain closing line that any reader of the output understands.
    println!("{} passed, {} failed", results.len() - failed.len(), failed.len());
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Error(format!("{} of {} parts failed", failed.len(), results.len())))
    }
}

struct Part {
    name: &'static str,
    missing: fn() -> Option<Missing>,
    test: Box<dyn Fn(&Project) -> Result>,
    /// Whether all of its tests are in other parts too. It runs only when it is named.
    repeats: bool,
}

struct Outcome {
    name: &'static str,
    seconds: f64,
    error: Option<Error>,
}

fn parts() -> Vec<Part> {
    let part = |name, missing, test: fn(&Project) -> Result| Part {
        name,
        missing,
        test: Box::new(test),
        repeats: false,
    };
    let mut parts = vec![part("rust", rust::missing, rust::test)];
    parts.extend(LANGUAGES.iter().map(|language| Part {
        name: language.name,
        missing: language.missing,
        test: Box::new(|project| {
            (language.setup)(project)?;
            (language.test)(project)
        }),
        repeats: false,
    }));
    parts.push(part("web", web::missing, web::test));
    parts.push(part("engines", engines::missing, engines::test));
    parts.push(part("platforms", platforms::missing, platforms::test));
    parts.push(part("conformance", rust::missing, conformance::test));
    parts.push(part("handlers", rust::missing, handlers::test));
    parts.push(part("names", rust::missing, conformance::hostile_names));
    parts.push(part("package", rust::missing, package::test));
    parts.push(part("demo", rust::missing, |project| demo::demo(project, &[])));
    parts.push(part("bench", rust::missing, bench::test));
    parts.push(part("layers", rust::missing, layers::test));
    parts.push(Part {
        repeats: true,
        ..part("reports", rust::missing, reports::test)
    });
    parts
}

impl Part {
    fn run(&self, project: &Project) -> Outcome {
        eprintln!("\n== {}", self.name);
        let start = Instant::now();
        let result = match (self.missing)() {
            Some(missing) => Err(Error(format!("{} is missing: {}", missing.tool, missing.cure))),
            None => (self.test)(project),
        };
        if let Err(error) = &result {
            eprintln!("    {error}");
        }
        Outcome {
            name: self.name,
            seconds: start.elapsed().as_secs_f64(),
            error: result.err(),
        }
    }
}
