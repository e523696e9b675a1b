//! Seeded defects: the conformance suite must catch each of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::project::{Error, Project, Result, command, output, run};
use crate::{go, typescript};

const MUTANTS: &str = "conformance/mutants";
const TESTEES: &str = "conformance/testees";
/// How many of a hundred must be caught.
const WANTED: usize = 95;

/// A defect: a text in one file of a generated package, runtime included, and what it becomes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// What is wrong.
    name: String,
    /// The file, from the package's source folder.
    file: String,
    /// A text that is in the file.
    find: String,
    /// What its first occurrence becomes.
    replace: String,
}

/// Puts each defect into a copy of the language's testee, whose generated package is in its place, and runs the suite.
///
/// # Errors
/// When a defect does not fit its file any more, its copy does not compile, or too few are caught.
pub fn test(project: &Project, language: &str) -> Result {
    let list = project.path(&format!("{MUTANTS}/{language}.json"));
    let mutants: Vec<Mutant> = serde_json::from_str(&fs::read_to_string(&list)?)
        .map_err(|error| Error(format!("{}: {error}", list.display())))?;
    let mut missed = Vec::new();
    for mutant in &mutants {
        let testee = copied(project, language)?;
        apply(mutant, &testee.join("generated"))?;
        let mut suite = suite(project, language, &testee)?;
        suite.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let caught = !suite.status()?.success();
        eprintln!(
            "    {language}: {} {}",
            if caught { "caught" } else { "MISSED" },
            mutant.name
        );
        if !caught {
            missed.push(mutant.name.as_str());
        }
    }
    let caught = mutants.len() - missed.len();
    if caught * 100 < mutants.len() * WANTED {
        let missed = missed.join(", ");
        return Err(Error(format!(
            "{language}: {caught} of {} defects caught; not {missed}",
            mutants.len()
        )));
    }
    Ok(())
}

/// A fresh copy of the testee. What takes long to make stays where it is.
fn copied(project: &Project, language: &str) -> Result<PathBuf> {
    let from = project.path(&format!("{TESTEES}/{language}"));
    let to = project.scratch(&format!("mutants/{language}"))?;
    fs::remove_dir_all(&to)?;
    let mut copy = command("cp", project.path(""));
    output(copy.arg("-r").arg(&from).arg(&to))?;
    Ok(to)
}

fn apply(mutant: &Mutant, package: &Path) -> Result {
    let file = package.join(&mutant.file);
    let text = fs::read_to_string(&file).map_err(|error| Error(format!("{}: {error}", file.display())))?;
    if !text.contains(&mutant.find) {
        return Err(Error(format!(
            "{}: {:?} is not in {}",
            mutant.name, mutant.find, mutant.file
        )));
    }
    Ok(fs::write(file, text.replacen(&mutant.find, &mutant.replace, 1))?)
}

/// Builds the copy; returns the command that runs the suite against it until the first failure.
fn suite(project: &Project, language: &str, testee: &Path) -> Result<Command> {
    let mut suite = command(project.built("conformance"), project.path(""));
    suite.args(["run", "--fail-fast", "--testee"]);
    let api = "conformance/fixtures/api.json";
    let folder = testee.display();
    match language {
        "python" => {
            suite.env("PYTHONPATH", testee.join("generated/src"));
            let python = "env RAPACE_PURE_PYTHON=1 runtimes/python/.venv/bin/python";
            suite.arg(format!(
                "python={python} {folder}/testee.py {api} conformance_fixtures pure"
            ));
        }
        "go" => {
            run(&mut go::compile_testee(testee))?;
            suite.arg(format!("go={folder}/testee {api}"));
        }
        _ => {
            run(&mut typescript::compile_testee(project, testee))?;
            suite.arg(format!("typescript=node {folder}/build/src/testee.js {api}"));
        }
    }
    Ok(suite)
}
