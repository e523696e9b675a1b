//! Seeded defects: the conformance suite must catch each of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use serde::Deserialize;

use crate::project::{Error, Project, Result, all_good, command, output};
use crate::side_by_side::side_by_side;
use crate::testees::Testee;

/// How many of a hundred must be caught.
const WANTED: usize = 95;
/// How long a copy may do nothing, in seconds: a defect that hangs is found in that time.
const PATIENCE: &str = "4";
/// How often a scenario is played that is too late. Two are enough for copies of which nearly all must fail.
const TRIES: &str = "2";
/// How many copies are run at once for each core: most of what they do is to wait, some for all that time.
const PER_CORE: usize = 4;
/// What the suite's command ends with when cases fail. It ends with another code when it cannot run them.
const CASES_FAIL: i32 = 1;

/// The classes of cases in which a testee serves.
const SERVED: [&str; 10] = [
    "served-values",
    "served-answers",
    "served-calls",
    "served-refusals",
    "served-cancellation",
    "served-limits",
    "hosts",
    "both-ways",
    "rust-callers",
    "served-context",
];
/// What the suite says of a testee that does not start or does not serve. Such a defect shows nothing about the suite.
const NOT_STARTED: [&str; 2] = ["cannot be tested", "it does not serve"];

/// In which half of a runtime defects are seeded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The one that calls.
    Calls,
    /// The one that serves.
    Serves,
}

/// A defect: a text in one file of a generated package, runtime included, and what it becomes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// What is wrong.
    name: String,
    /// The name of the class of cases that shows it; all are run when there is none.
    class: Option<String>,
    /// The cases that show it, where not all of the class are needed: a glob.
    case: Option<String>,
    /// Whether fuzzing must find it too.
    #[serde(default)]
    fuzz: bool,
    /// The file, from the package's source folder.
    file: String,
    /// A text that is in the file.
    find: String,
    /// What its first occurrence becomes.
    replace: String,
}

impl Mutant {
    fn half(&self) -> Half {
        match &self.class {
            Some(class) if SERVED.contains(&class.as_str()) => Half::Serves,
            _ => Half::Calls,
        }
    }
}

/// Puts each defect of this half of the testees' lists into a copy of its testee, and runs the suite; several side by side.
///
/// # Errors
/// When a defect does not fit its file any more, its copy does not compile or start, or too few of a list are caught.
pub fn test(project: &Project, testees: &[Testee], half: Half) -> Result {
    let mut seeded = Vec::new();
    for testee in testees {
        let mutants = mutants(project, testee, half)?;
        eprintln!("    {}: {} seeded defects", testee.name, mutants.len());
        seeded.extend(mutants.into_iter().map(|mutant| (testee, mutant)));
    }
    let missed = Mutex::new(Vec::new());
    let workers = PER_CORE * thread::available_parallelism().map_or(1, usize::from);
    side_by_side(&seeded, workers, |(testee, mutant), worker| {
        let copy = copied(project, testee, worker)?;
        let told = |error: Error| Error(format!("{}, {}: {error}", testee.name, mutant.name));
        if !is_caught(project, testee, mutant, &copy).map_err(told)? {
            eprintln!("    {}: MISSED {}", testee.name, mutant.name);
            let mut missed = missed.lock().map_err(|error| Error(error.to_string()))?;
            missed.push((testee.name.as_str(), mutant.name.as_str()));
        }
        Ok(())
    })?;
    let missed = missed.into_inner().map_err(|error| Error(error.to_string()))?;
    let problems = testees.iter().filter_map(|Testee { name, .. }| {
        let all = seeded.iter().filter(|(testee, _)| testee.name == *name).count();
        let missed: Vec<&str> = missed
            .iter()
            .filter(|(of, _)| of == name)
            .map(|(_, what)| *what)
            .collect();
        let caught = all - missed.len();
        if all > 0 {
            eprintln!("    {name}: {caught} of {all} caught");
        }
        (caught * 100 < all * WANTED).then(|| format!("{name}: not caught are {}", missed.join(", ")))
    });
    all_good(problems.collect())
}

/// The defects of this half of a testee's list; none when it has no list.
fn mutants(project: &Project, testee: &Testee, half: Half) -> Result<Vec<Mutant>> {
    let Some(list) = &testee.mutants else {
        return Ok(Vec::new());
    };
    let text = fs::read_to_string(project.path(list))?;
    let mut mutants: Vec<Mutant> = serde_json::from_str(&text).map_err(|error| Error(format!("{list}: {error}")))?;
    mutants.retain(|mutant| mutant.half() == half);
    Ok(mutants)
}

/// A fresh copy of the testee for a worker. What takes long to make stays where it is.
fn copied(project: &Project, testee: &Testee, worker: usize) -> Result<PathBuf> {
    let to = project.scratch(&format!("mutants/{}/{worker}", testee.name))?;
    fs::remove_dir_all(&to)?;
    let mut copy = command("cp", project.path(""));
    output(copy.arg("-r").arg(project.path(&testee.folder())).arg(&to))?;
    Ok(to)
}

/// Whether the suite fails with the copy, once it has the defect.
fn is_caught(project: &Project, testee: &Testee, mutant: &Mutant, copy: &Path) -> Result<bool> {
    apply(mutant, &copy.join("generated"))?;
    if let Some(mut compile) = (testee.language()?.compile_testee)(project, copy) {
        output(&mut compile)?;
    }
    let mut suite = command(project.built("conformance"), project.path(""));
    suite
        .args(["run", "--fail-fast", "--patience", PATIENCE, "--tries", TRIES])
        .args(["--lang", &testee.name, "--folder"])
        .arg(copy);
    if let Some(class) = &mutant.class {
        suite.args(["--class", class]);
    }
    if let Some(case) = &mutant.case {
        suite.args(["--case", case]);
    }
    let caught = fails(&mut suite)?;
    if !mutant.fuzz {
        return Ok(caught);
    }
    let mut fuzz = command(project.built("conformance"), project.path(""));
    fuzz.args(["fuzz", "--only", "fixtures", "--lang", &testee.name, "--folder"])
        .arg(copy)
        .arg("--found")
        .arg(copy.join("found"));
    Ok(fails(&mut fuzz)? && caught)
}

/// Whether cases fail. A testee that does not start or serve is an error.
fn fails(suite: &mut Command) -> Result<bool> {
    let ended = suite.stdin(Stdio::null()).output()?;
    match ended.status.code() {
        Some(0) => Ok(false),
        Some(CASES_FAIL)
            if !NOT_STARTED
                .iter()
                .any(|words| String::from_utf8_lossy(&ended.stdout).contains(words)) =>
        {
            Ok(true)
        }
        _ => Err(Error(format!(
            "{}\n{}{}",
            ended.status,
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        ))),
    }
}

fn apply(mutant: &Mutant, package: &Path) -> Result {
    let file = package.join(&mutant.file);
    let text = fs::read_to_string(&file).map_err(|error| Error(format!("{}: {error}", file.display())))?;
    if !text.contains(&mutant.find) {
        return Err(Error(format!("{:?} is not in {}", mutant.find, mutant.file)));
    }
    Ok(fs::write(file, text.replacen(&mutant.find, &mutant.replace, 1))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testees::list;

    #[test]
    fn every_list_can_be_read_and_names_classes_that_there_are() {
        let project = Project::new();
        let classes = fs::read_to_string(project.path("conformance/src/class.rs")).expect("the classes");
        let mut read = 0;
        for path in list(&project)
            .expect("the testees")
            .iter()
            .filter_map(|testee| testee.mutants.as_ref())
        {
            let text = fs::read_to_string(project.path(path)).expect("the list");
            let mutants: Vec<Mutant> = serde_json::from_str(&text).expect(path);
            for mutant in mutants {
                if let Some(class) = &mutant.class {
                    assert!(classes.contains(&format!("\"{class}\"")), "{path}: no class {class}");
                }
                read += 1;
            }
        }
        assert!(read > 100, "{read} defects");
    }
}
