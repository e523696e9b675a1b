//! `cargo xtask test`: every test of every language.

use std::sync::OnceLock;
use std::time::Instant;

use crate::languages::LANGUAGES;
use crate::project::{Error, Missing, Project, Result};
use crate::said::{in_one_piece, say};
use crate::side_by_side::side_by_side;
use crate::{
    adoption, bench, command_verbs, conformance, demo, engines, handlers, layers, package, platforms, reports, rust,
    web,
};

/// How many parts that allow it are run at once.
const AT_ONCE: usize = 2;

/// Runs all parts: Rust, every language, the page in a browser, TypeScript on other engines and platforms, the conformance suite,
/// handlers in every language, the benchmarks, the packages, hostile names, the demo, the verbs of the command, the first use and the layers; or those of these names. A part
/// whose toolchain is missing fails with the cure, and the others still run.
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
    let parts: Vec<Part> = parts.into_iter().filter(wanted).collect();
    let start = Instant::now();
    let results: Vec<Outcome> = parts
        .chunk_by(|one, next| one.beside && next.beside)
        .flat_map(|parts| match parts {
            [part] => vec![part.run(project)],
            parts => beside(parts, project),
        })
        .collect();
    eprintln!();
    for result in &results {
        let word = if result.error.is_none() { "passed" } else { "FAILED" };
        eprintln!("{word} {:>6.1} s  {}", result.seconds, result.name);
    }
    eprintln!("in all {:>6.1} s", start.elapsed().as_secs_f64());
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
    test: Box<dyn Fn(&Project) -> Result + Send + Sync>,
    /// Whether it may run beside the next one that may, too: what it tests does not depend on time, and what it writes is not
    /// what they write.
    beside: bool,
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
        beside: false,
        repeats: false,
    };
    let beside = |name, missing, test| Part {
        beside: true,
        ..part(name, missing, test)
    };
    let mut parts = vec![part("rust", rust::missing, rust::test)];
    parts.extend(LANGUAGES.iter().map(|language| Part {
        name: language.name,
        missing: language.missing,
        test: Box::new(|project| {
            (language.setup)(project)?;
            (language.test)(project)
        }),
        beside: true,
        repeats: false,
    }));
    parts.push(beside("engines", engines::missing, engines::test));
    parts.push(beside("web", web::missing, web::test));
    parts.push(beside("platforms", platforms::missing, platforms::test));
    parts.push(part("conformance", rust::missing, conformance::test));
    parts.push(part("handlers", rust::missing, handlers::test));
    // The longest first.
    parts.push(beside("bench", rust::missing, bench::test));
    parts.push(beside("names", rust::missing, conformance::hostile_names));
    parts.push(beside("adoption", rust::missing, adoption::test));
    parts.push(beside("package", rust::missing, package::test));
    parts.push(beside("demo", rust::missing, |project| demo::demo(project, &[])));
    parts.push(beside("command", web::missing, command_verbs::test));
    parts.push(part("layers", rust::missing, layers::test));
    parts.push(Part {
        repeats: true,
        ..part("reports", rust::missing, reports::test)
    });
    parts
}

/// Runs parts side by side. What each says is shown when it has ended.
fn beside(parts: &[Part], project: &Project) -> Vec<Outcome> {
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    say(&format!(
        "\n== side by side, each shown when it ends: {}",
        names.join(", ")
    ));
    let outcomes: Vec<OnceLock<Outcome>> = parts.iter().map(|_| OnceLock::new()).collect();
    let both: Vec<(&Part, &OnceLock<Outcome>)> = parts.iter().zip(&outcomes).collect();
    // Each outcome tells of itself; one that is missing is that of a panic.
    let _ = side_by_side(&both, AT_ONCE, |(part, outcome), _| {
        outcome.get_or_init(|| in_one_piece(|| part.run(project)));
        Ok(())
    });
    let outcomes = parts.iter().zip(outcomes).map(|(part, outcome)| {
        outcome.into_inner().unwrap_or_else(|| Outcome {
            name: part.name,
            seconds: 0.0,
            error: Some(Error("it panicked, or was not begun because another one did".into())),
        })
    });
    outcomes.collect()
}

impl Part {
    fn run(&self, project: &Project) -> Outcome {
        say(&format!("\n== {}", self.name));
        let start = Instant::now();
        let result = match (self.missing)() {
            Some(missing) => Err(Error(format!("{} is missing: {}", missing.tool, missing.cure))),
            None => (self.test)(project),
        };
        if let Err(error) = &result {
            say(&format!("    {error}"));
        }
        Outcome {
            name: self.name,
            seconds: start.elapsed().as_secs_f64(),
            error: result.err(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_run_side_by_side_and_each_tells_how_it_ended() {
        let part = |name, test: fn(&Project) -> Result| Part {
            name,
            missing: || None,
            test: Box::new(test),
            beside: true,
            repeats: false,
        };
        let parts = [
            part("good", |_| Ok(())),
            part("bad", |_| Err(Error("it is bad".into()))),
            part("last", |_| panic!("on purpose")),
        ];
        let outcomes = beside(&parts, &Project::new());
        let told: Vec<(&str, Option<String>)> = (outcomes.into_iter())
            .map(|outcome| (outcome.name, outcome.error.map(|Error(text)| text)))
            .collect();
        let panicked = "it panicked, or was not begun because another one did";
        let expected = [
            ("good", None),
            ("bad", Some("it is bad".to_owned())),
            ("last", Some(panicked.to_owned())),
        ];
        assert_eq!(told, expected);
    }
}
