//! A whole run: testees, cases, report.

use std::path::PathBuf;
use std::time::Instant;

use rapace_schema::Api;

use crate::class::Class;
use crate::known_failing::KnownFailing;
use crate::progress::Progress;
use crate::recording::Recordings;
use crate::report::{ClassInfo, Report, Tested};
use crate::results::{Results, Selection};
use crate::testee::Program;
use crate::{junit, live, play, record, replay, run, scenario, tls, vector};

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
    vectors: Vec<vector::Vectors>,
    scenarios: Vec<scenario::Scenarios>,
}

impl Suite {
    fn read() -> Result<Self, String> {
        let mut scenarios = vector::read_all(
            &crate::folder().join(crate::SCENARIOS),
            |class: &scenario::Scenarios| class.class,
        )?;
        let recordings = vector::read_all(&crate::folder().join(crate::FRAMES), |class: &Recordings| class.class)?;
        replay::add(&recordings, &mut scenarios)?;
        Ok(Self {
            vectors: vector::read_all(&crate::folder().join(crate::VECTORS), |class: &vector::Vectors| {
                class.class
            })?,
            scenarios,
        })
    }

    /// With another case of the long tunnel than the recorded one.
    fn with_tunnel_of(mut self, bytes: u64) -> Self {
        let long = record::long_tunnel(bytes);
        let cases = self.scenarios.iter_mut().flat_map(|class| &mut class.cases);
        for case in cases.filter(|case| case.name == long.name) {
            *case = long.clone();
        }
        self
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
        classes.push(info(Class::Tls, tls::TITLE, tls::RULE));
        classes.push(info(Class::Live, live::TITLE, "as Rust's own client is answered"));
        classes
    }
}

/// Runs all testees, one after another, and reports. Says whether all is as it should be.
///
/// # Errors
/// When the cases cannot be read, none is selected, or a file cannot be written.
pub fn run(api: &Api, candidates: Vec<Candidate>, selection: &Selection, files: &Files) -> Result<bool, String> {
    let mut suite = Suite::read()?;
    if let Some(bytes) = selection.tunnel_bytes {
        suite = suite.with_tunnel_of(bytes);
    }
    let mut report = Report::new(suite.classes());
    for candidate in candidates {
        report.add(test(api, &suite, candidate, selection));
    }
    print!("{}", report.text());
    if let Some(path) = &files.json {
        std::fs::write(path, report.to_json()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(path) = &files.junit {
        std::fs::write(path, junit::to_xml(&report)?).map_err(|error| format!("{}: {error}", path.display()))?;
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
    let done = run::run(api, &suite.vectors, program, &mut results)
        .and_then(|()| play::play(api, &suite.scenarios, program, &mut results))
        .and_then(|()| tls::run(api, program, &mut results))
        .and_then(|()| live::run(api, &suite.vectors, program, &mut results));
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
