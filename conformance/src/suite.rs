//! A whole run: testees, cases, report.

use std::path::PathBuf;
use std::time::Instant;

use rapace_schema::Api;

use crate::class::Class;
use crate::report::KnownFailing;
use crate::report::Progress;
use crate::report::{ClassInfo, Report, Tested};
use crate::report::{Results, Selection};
use crate::scenarios::Scenarios;
use crate::testee::Program;
use crate::vectors::Vectors;
use crate::{fixtures, recordings, report, scenarios, talks, vectors};

/// The variable of the tunnels' scenarios that says how long the long one is.
const TUNNEL_BYTES: &str = "tunnel_bytes";

/// A testee, and what it is known to fail.
pub struct Candidate {
    /// How it is started.
    pub program: Program,
    /// Its list.
    pub known: KnownFailing,
}

/// Where results are written besides standard output.
#[derive(Default)]
pub struct Files {
    /// Every outcome, as JSON.
    pub json: Option<PathBuf>,
    /// Every outcome, as JUnit's XML.
    pub junit: Option<PathBuf>,
}

/// The recorded cases.
struct Suite {
    vectors: Vec<Vectors>,
    scenarios: Vec<Scenarios>,
}

impl Suite {
    /// All of them, or those of the folder that is given; with a long tunnel of so many bytes where that is given.
    fn read(selection: &Selection) -> Result<Self, String> {
        let bytes = selection.tunnel_bytes.map(i64::try_from).transpose();
        let bytes = bytes.map_err(|error| format!("--tunnel-bytes: {error}"))?;
        let replaced: Vec<(&str, i64)> = bytes.map(|bytes| (TUNNEL_BYTES, bytes)).into_iter().collect();
        if let Some(folder) = &selection.scenarios {
            return Ok(Self {
                vectors: Vec::new(),
                scenarios: scenarios::read_all(folder, &replaced)?,
            });
        }
        let mut scenarios = fixtures::scenarios(&replaced)?;
        let recorded = fixtures::recordings()?;
        recordings::add(&recorded, &mut scenarios)?;
        recordings::add_served(&recorded, &mut scenarios)?;
        Ok(Self {
            vectors: fixtures::vectors()?,
            scenarios,
        })
    }

    fn classes(&self) -> Vec<ClassInfo> {
        let info = |class, title: &str, rule: &str| ClassInfo {
            class,
            title: title.into(),
            rule: rule.into(),
        };
        let vectors = self.vectors.iter();
        let mut classes: Vec<ClassInfo> = vectors
            .map(|class| info(class.class, &class.title, &class.rule))
            .collect();
        let scenarios = self.scenarios.iter();
        classes.extend(scenarios.map(|class| info(class.class, &class.title, &class.rule)));
        classes.push(info(Class::Tls, talks::tls::TITLE, talks::tls::RULE));
        classes.push(info(Class::ServedValues, vectors::served::TITLE, vectors::served::RULE));
        classes.push(info(
            Class::ServedAnswers,
            vectors::returned::TITLE,
            vectors::returned::RULE,
        ));
        classes.push(info(Class::RustCallers, talks::callers::TITLE, talks::callers::RULE));
        classes.push(info(
            Class::Live,
            talks::live::TITLE,
            "as Rust's own client is answered",
        ));
        classes
    }
}

/// Runs all testees, one after another, and reports. Says whether all is as it should be.
///
/// # Errors
/// When the cases cannot be read, none is selected, or a file cannot be written.
pub fn run(api: &Api, candidates: Vec<Candidate>, selection: &Selection, files: &Files) -> Result<bool, String> {
    let suite = Suite::read(selection)?;
    let mut report = Report::new(suite.classes());
    for candidate in candidates {
        report.add(test(api, &suite, candidate, selection));
    }
    print!("{}", report.text());
    if let Some(path) = &files.json {
        std::fs::write(path, report.to_json()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(path) = &files.junit {
        std::fs::write(path, report::to_xml(&report)?).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if report.is_empty() {
        return Err(selection.matches_nothing());
    }
    Ok(report.is_good())
}

fn test(api: &Api, suite: &Suite, mut candidate: Candidate, selection: &Selection) -> Tested {
    let start = Instant::now();
    let program = &candidate.program;
    let mut results = Results::new(selection, &mut candidate.known, Progress::new(&program.name));
    let mut done = vectors::run(api, &suite.vectors, program, &mut results)
        .and_then(|()| scenarios::play(api, &suite.scenarios, program, &mut results));
    if selection.scenarios.is_none() {
        done = done
            .and_then(|()| talks::tls::run(api, program, &mut results))
            .and_then(|()| talks::live::run(api, &suite.vectors, program, &mut results))
            .and_then(|()| talks::callers::run(api, &suite.vectors, program, &mut results))
            .and_then(|()| vectors::served::run(api, &suite.vectors, program, &mut results))
            .and_then(|()| vectors::returned::run(api, &suite.vectors, program, &mut results));
    }
    let gave_up = results.gave_up().map(|why| format!("{}: {why}", program.name));
    let (results, memory) = results.finish();
    let mut problems: Vec<String> = done.err().into_iter().chain(gave_up).collect();
    if selection.is_all() && problems.is_empty() {
        problems = candidate.known.unmatched();
    }
    Tested {
        name: candidate.program.name,
        options: candidate.program.options,
        results,
        problems,
        memory,
        took: start.elapsed(),
    }
}
