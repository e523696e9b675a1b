//! Tests of generated codecs, from inside the packages of the cases.

use std::path::Path;
use std::process::Command;

use super::tools::{RUNTIME, check, go};
use crate::project::{Error, Project, Result, run};

const CODECS: &str = "generators/go/codecs";
/// The cases of Go alone, as api.json files.
const OWN_CASES: &str = "generators/go/cases";

/// Tests the codecs and clients of the cases. Codecs are private to the generated packages: the tests are copied into them. The
/// packages are made for a runtime of its own, which they and the tests' helpers share in a workspace.
pub fn test(project: &Project) -> Result {
    let codecs = project.path(CODECS);
    check(project, &codecs)?;
    let folder = project.scratch("codecs/go")?;
    let mut modules = vec![codecs.clone(), project.path(RUNTIME)];
    let mut tests = go(&folder);
    tests.args(["test", "-race", "rapace-codecs/..."]);
    let mut cases = project.cases()?;
    for entry in std::fs::read_dir(project.path(OWN_CASES))? {
        let path = entry?.path();
        let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        cases.push((case, path));
    }
    for (case, api) in cases {
        let test = codecs.join("testdata").join(format!("{case}_test.go"));
        if !test.exists() {
            continue;
        }
        let out = folder.join(&case);
        let mut generate = Command::new(project.built("rapace"));
        generate.args(["gen", "--lang", "go", "--runtime", "package=rapace", "--out"]);
        run(generate.arg(&out).arg(&api))?;
        std::fs::copy(&test, out.join("codec_test.go"))?;
        copy_packages(&test.with_file_name(&case), &out)?;
        tests.arg(format!("./{case}/..."));
        modules.push(out);
    }
    let uses = modules.iter().map(|module| format!("use {}\n", module.display()));
    std::fs::write(
        folder.join("go.work"),
        format!("go 1.25\n\n{}", uses.collect::<String>()),
    )?;
    let workspace = folder.join("go.work");
    run(tests.env("GOWORK", &workspace))?;
    test_wrong_functions(&folder.join("foreign"), &workspace)
}

/// Copies the packages of a case that are a user's own, if it has any, into the generated module.
fn copy_packages(from: &Path, module: &Path) -> Result {
    if !from.is_dir() {
        return Ok(());
    }
    for package in std::fs::read_dir(from)? {
        let package = package?;
        let to = module.join(package.file_name());
        std::fs::create_dir_all(&to)?;
        for file in std::fs::read_dir(package.path())? {
            let file = file?;
            std::fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}

/// Checks the compiler's first error where a user's function is missing or has another type: the comment above that line names the
/// function.
fn test_wrong_functions(module: &Path, workspace: &Path) -> Result {
    let file = module.join("money/money.go");
    let right = std::fs::read_to_string(&file)?;
    let declared = std::fs::read_to_string(module.join("types.go"))?;
    for (signature, wrong, error) in [
        ("func CentsToWire(", "func CentsAway(", "undefined: money.CentsToWire"),
        (
            "CentsFromWire(wire int64)",
            "CentsFromWire(wire int16)",
            "cannot use money.CentsFromWire",
        ),
        (
            "func ToWire(m Money)",
            "func ToWire(m *Money)",
            "cannot use money.ToWire",
        ),
    ] {
        std::fs::write(&file, right.replace(signature, wrong))?;
        let said = go(module).args(["build", "."]).env("GOWORK", workspace).output()?;
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        let first = said.lines().find_map(|line| line.split_once("types.go:"));
        let number = first.and_then(|(_, rest)| rest.split(':').next()?.parse::<usize>().ok());
        // The comment has two lines. Numbers of lines begin at 1.
        let comment = number.and_then(|number| declared.lines().nth(number.checked_sub(3)?));
        let function = error.rsplit(' ').next().unwrap_or(error);
        let is_first = first.is_some_and(|(_, rest)| rest.contains(error));
        if !is_first
            || !comment.is_some_and(|comment| comment.contains(&format!("// An error here says that {function}, ")))
        {
            return Err(Error(format!(
                "{wrong}: the compiler says {said:?}, and the comment there is {comment:?}"
            )));
        }
    }
    std::fs::write(&file, right)?;
    Ok(())
}
