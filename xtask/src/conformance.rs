//! The conformance suite against every client: the testees made anew, then the suite's own command.

use std::process::Command;

use crate::languages::LANGUAGES;
use crate::project::{Error, Project, Result, command, run};
use crate::{accelerator, go, mutants, python, typescript};

const TESTEES: &str = "conformance/testees";
const API: &str = "conformance/fixtures/api.json";

/// Checks that the recorded files are what would be recorded, and runs them against the testees of all languages whose
/// toolchains are there.
///
/// # Errors
/// When a case fails, or a toolchain is missing; the other languages have run then.
pub fn test(project: &Project) -> Result {
    let build = [
        "build",
        "--locked",
        "--package",
        "conformance",
        "--package",
        "conformance-fixtures",
    ];
    run(command("cargo", project.path("")).args(build))?;
    let suite = || command(project.built("conformance"), project.path(""));
    run(suite().args(["record", "--check"]))?;

    let mut problems = Vec::new();
    let mut suite = suite();
    suite.arg("run");
    for language in LANGUAGES {
        if let Some(missing) = (language.missing)() {
            problems.push(format!(
                "{}: {} is missing: {}",
                language.name, missing.tool, missing.cure
            ));
            continue;
        }
        (language.setup)(project)?;
        let folder = project.path(&format!("{TESTEES}/{}", language.name));
        project.generate(language.name, &project.path(API), &folder.join("generated"))?;
        match language.name {
            "python" => python(project, &mut suite)?,
            "go" => go(project, &mut suite)?,
            _ => typescript(project, &mut suite)?,
        }
    }
    run(&mut suite)?;
    for language in LANGUAGES.iter().filter(|language| (language.missing)().is_none()) {
        mutants::test(project, language.name)?;
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error(problems.join("\nerror: "))),
    }
}

/// Paths are those from the project's folder, where the suite runs, so that none has a space.
fn testee(suite: &mut Command, name: &str, command: &str) {
    suite.arg("--testee").arg(format!("{name}={command}"));
}

/// With and without the accelerator.
fn python(project: &Project, suite: &mut Command) -> Result {
    python::check_testee(project, &project.path(&format!("{TESTEES}/python")))?;
    accelerator::build(project, &python::interpreter_of_tests(project))?;
    let generated = project.path(&format!("{TESTEES}/python/generated/src"));
    let paths = [generated, accelerator::folder(project)];
    let paths = std::env::join_paths(paths).map_err(|error| Error(error.to_string()))?;
    suite.env("PYTHONPATH", paths);
    let start = format!("runtimes/python/.venv/bin/python {TESTEES}/python/testee.py {API} conformance_fixtures");
    testee(suite, "python", &format!("{start} accelerated"));
    testee(suite, "python-pure", &format!("env RAPACE_PURE_PYTHON=1 {start} pure"));
    Ok(())
}

fn go(project: &Project, suite: &mut Command) -> Result {
    go::build_testee(project, &project.path(&format!("{TESTEES}/go")), &project.path(API))?;
    testee(suite, "go", &format!("{TESTEES}/go/testee {API}"));
    Ok(())
}

fn typescript(project: &Project, suite: &mut Command) -> Result {
    typescript::build_testee(project, &project.path(&format!("{TESTEES}/typescript")))?;
    testee(
        suite,
        "typescript",
        &format!("node {TESTEES}/typescript/build/src/testee.js {API}"),
    );
    Ok(())
}
