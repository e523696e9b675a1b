//! The conformance suite against every client: the testees made anew, then the suite's own command.

use std::sync::OnceLock;

use crate::languages::{LANGUAGES, Language};
use crate::project::{Project, Result, all_good, command, run};
use crate::side_by_side::side_by_side;
use crate::testees::{FOLDER, Testee, list};
use crate::{mutants, rust};

/// The class of what a testee must have to be fuzzed.
const VALUES: &str = "integers";
/// The class of what a testee must have to be soaked.
const RECONNECTING: &str = "reconnecting-and-pools";
/// How many commands each testee is soaked with, over each transport.
const SOAKED: &str = "5000";
/// How many calls each testee serves in a soak.
const SERVED: &str = "3000";
/// How many testees are run or soaked at once: most of that is waiting, as what is tested has to. What ends too late is played again.
pub const AT_ONCE: usize = 4;
const API: &str = "conformance/fixtures/api.json";

/// Builds the testees, those of these languages when there are any.
///
/// # Errors
/// When one cannot be built, or a toolchain is missing; the others are built then.
pub fn testees(project: &Project, only: &[&'static Language]) -> Result {
    rust::build_programs(project)?;
    let languages: Vec<&Language> = match only {
        [] => LANGUAGES.iter().collect(),
        only => only.to_vec(),
    };
    all_good(build(project, &languages)?)
}

/// Builds the suite's own program.
///
/// # Errors
/// When they do not build.
pub fn build_suite(project: &Project) -> Result {
    rust::build(project, &["conformance"])
}

/// Checks that the recorded files are what would be recorded, and runs them against the testees of all languages whose
/// toolchains are there.
///
/// # Errors
/// When a case fails, or a toolchain is missing; the other languages have run then.
pub fn test(project: &Project) -> Result {
    build_suite(project)?;
    let suite = || command(project.built("conformance"), project.path(""));
    run(suite().args(["record", "--check"]))?;

    let Built { testees, problems } = built(project)?;
    side_by_side(testees, AT_ONCE, |testee, _| {
        run(suite().args(["run", "--lang", &testee.name]))?;
        match testee.has(RECONNECTING) {
            true => run(suite().args(["soak", "--calls", SOAKED, "--lang", &testee.name])),
            false => Ok(()),
        }
    })?;
    // Fuzzing compiles most of its time, and defects wait.
    let fuzzed = || fuzz(project, testees);
    let seeded = || mutants::test(project, testees, mutants::Half::Calls);
    let both: [&(dyn Fn() -> Result + Sync); 2] = [&fuzzed, &seeded];
    side_by_side(&both, 2, |work, _| work())?;
    all_good(problems.clone())
}

/// Soaks each testee with served calls, and runs the suite against the defects that are seeded into handlers and hosts.
///
/// # Errors
/// When a call is lost or too few defects are caught.
pub fn soak_and_seed_serving(project: &Project) -> Result {
    let (testees, _) = built_testees(project)?;
    side_by_side(testees, AT_ONCE, |testee, _| {
        let mut suite = command(project.built("conformance"), project.path(""));
        suite.args(["soak", "--serving", "--over", "tcp", "--calls", SERVED]);
        run(suite.args(["--lang", &testee.name]))
    })?;
    mutants::test(project, testees, mutants::Half::Serves)
}

/// Compiles, lints and calls what is generated for hostile names, with the testees of all languages whose toolchains are there.
///
/// # Errors
/// When anything is not as it should be, or a toolchain is missing; the other languages have run then.
pub fn hostile_names(project: &Project) -> Result {
    build_suite(project)?;
    let Built { testees, problems } = built(project)?;
    let mut hostile = command(project.built("conformance"), project.path(""));
    hostile.env("RAPACE", project.built("rapace"));
    let testees = testees.iter().flat_map(|testee| ["--lang", &testee.name]);
    run(hostile.arg("hostile").args(testees))?;
    all_good(problems.clone())
}

/// A short round of differential fuzzing, the same one each time. What it finds is not added to the suite's own.
fn fuzz(project: &Project, testees: &[Testee]) -> Result {
    let mut fuzz = command(project.built("conformance"), project.path(""));
    fuzz.env("RAPACE", project.built("rapace"));
    fuzz.arg("fuzz").arg("--found").arg(project.scratch("fuzz")?);
    let fuzzed = testees.iter().filter(|testee| testee.has(VALUES));
    run(fuzz.args(fuzzed.flat_map(|testee| ["--lang", &testee.name])))
}

/// The testees of the languages whose toolchains are there, and what is missing for the others.
///
/// # Errors
/// When one does not build.
pub fn built_testees(project: &Project) -> Result<(&'static [Testee], &'static [String])> {
    let Built { testees, problems } = built(project)?;
    Ok((testees, problems))
}

/// What there is to test with.
struct Built {
    /// The testees of the languages whose toolchains are there.
    testees: Vec<Testee>,
    /// What is missing for the others.
    problems: Vec<String>,
}

/// The testees, built by who needs them first.
fn built(project: &Project) -> Result<&'static Built> {
    static BUILT: OnceLock<Built> = OnceLock::new();
    if let Some(built) = BUILT.get() {
        return Ok(built);
    }
    let problems = build(project, &LANGUAGES.iter().collect::<Vec<_>>())?;
    let mut testees = Vec::new();
    for testee in list(project)? {
        if (testee.language()?.missing)().is_none() {
            testees.push(testee);
        }
    }
    Ok(BUILT.get_or_init(|| Built { testees, problems }))
}

/// Builds the testees of these languages; returns what is missing for the others.
fn build(project: &Project, languages: &[&Language]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for language in languages {
        if let Some(missing) = (language.missing)() {
            problems.push(format!(
                "{}: {} is missing: {}",
                language.name, missing.tool, missing.cure
            ));
            continue;
        }
        (language.setup)(project)?;
        let folder = project.path(&format!("{FOLDER}/{}", language.name));
        let api = project.path(API);
        project.generate(language.name, &api, &folder.join("generated"))?;
        (language.build_testee)(project, &folder, &api)?;
    }
    Ok(problems)
}
