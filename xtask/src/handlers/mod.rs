//! Services that are written in Python, Go and TypeScript: called by Rust and by each other.

mod bookshop;
mod plugin;

use std::process::Stdio;
use std::sync::Mutex;
use std::time::Instant;

use crate::conformance;
use crate::languages::{LANGUAGES, Language};
use crate::project::{Project, Result, all_good, command, run};
use crate::side_by_side::side_by_side;

pub use self::bookshop::serve_once;

/// What a part of the test says at its end.
#[derive(Default)]
struct Findings {
    figures: Vec<String>,
    problems: Vec<String>,
}

/// Runs Rust's reference client against the bookshop in each language, the plug-in in each language, the live matrix, and the suite's
/// serving direction with its soak and its seeded defects. The last lines give the figures.
///
/// # Errors
/// When something is not as it should be, or a toolchain is missing; the rest has run then.
pub fn test(project: &Project) -> Result {
    let mut findings = Findings::default();
    for language in LANGUAGES {
        match (language.missing)() {
            Some(missing) => findings.problems.push(format!(
                "{}: {} is missing: {}",
                language.name, missing.tool, missing.cure
            )),
            None => examples(project, language, &mut findings)?,
        }
    }
    conformance::build_suite(project)?;
    let (testees, missing) = conformance::built_testees(project)?;
    findings.problems.extend(missing.iter().cloned());
    matrix(project, &mut findings)?;
    let served = Mutex::new(Vec::new());
    let serves = side_by_side(testees, conformance::AT_ONCE, |testee, _| {
        let start = Instant::now();
        let mut suite = command(project.built("conformance"), project.path(""));
        run(suite.args(["run", "--serving", "--lang", &testee.name]))?;
        let (name, seconds) = (&testee.name, start.elapsed().as_secs_f64());
        if let Ok(mut served) = served.lock() {
            served.push(format!("{name}: the suite's serving direction, {seconds:.1} s"));
        }
        Ok(())
    });
    findings.figures.extend(served.into_inner().unwrap_or_default());
    findings.problems.extend(serves.err().map(|error| error.to_string()));
    let seeded = conformance::soak_and_seed_serving(project);
    findings.problems.extend(seeded.err().map(|error| error.to_string()));
    eprintln!();
    for line in findings.figures {
        eprintln!("{line}");
    }
    all_good(findings.problems)
}

/// The bookshop and the plug-in in a language.
fn examples(project: &Project, language: &Language, findings: &mut Findings) -> Result {
    (language.setup)(project)?;
    let start = Instant::now();
    let (served, wrong) = bookshop::test(project, language);
    findings.problems.extend(wrong);
    let (called, wrong) = plugin::test(project, language);
    findings.problems.extend(wrong);
    let (name, seconds) = (language.name, start.elapsed().as_secs_f64());
    findings.figures.push(format!(
        "{name}: Rust's client called its bookshop over {served} transports, a Rust host its plug-in over {called}, {seconds:.1} s"
    ));
    Ok(())
}

/// The live matrix. All handlers and callers are asked for, so that a missing one fails it.
fn matrix(project: &Project, findings: &mut Findings) -> Result {
    let mut suite = command(project.built("conformance"), project.path(""));
    let matrix = suite
        .arg("matrix")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8_lossy(&matrix.stdout);
    let (failures, figures) = printed.trim_end().rsplit_once('\n').unwrap_or(("", printed.trim_end()));
    eprintln!("{failures}");
    findings.figures.push(figures.to_owned());
    if !matrix.status.success() {
        findings
            .problems
            .push(format!("the live matrix: {}\n{failures}", matrix.status));
    }
    Ok(())
}
