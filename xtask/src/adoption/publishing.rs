//! Whether registries would take the bookshop's packages, and whether what they got can be used: in empty projects, outside of this one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::project::{Error, Project, Result, all_good, command, run, unless_done};
use crate::typescript;

/// Where the tools are pinned.
const TOOLS: &str = "xtask/publishing";
const API: &str = "examples/bookshop/api.json";

/// Generates, checks and uses the package of each language. Returns a line of figures for each.
///
/// # Errors
/// When a check fails; with all of them.
pub fn test(project: &Project) -> Result<Vec<String>> {
    type Check = fn(&Project, &Path) -> Result;
    let checks: [(&str, &str, Check); 3] = [
        ("python", "build, twine check --strict, import of the wheel", python),
        ("go", "mod tidy, vet, a program of another module", go),
        (
            "typescript",
            "publint --strict, attw --pack, import of the packed package",
            typescript,
        ),
    ];
    let mut figures = Vec::new();
    let mut problems = Vec::new();
    for (language, what, check) in checks {
        let start = Instant::now();
        let folder = project.scratch(&format!("publishing/{language}"))?;
        fs::remove_dir_all(&folder)?;
        fs::create_dir_all(&folder)?;
        match check(project, &folder) {
            Ok(()) => figures.push(format!(
                "publishing, {language}: {what}, {:.1} s",
                start.elapsed().as_secs_f64()
            )),
            Err(Error(problem)) => problems.push(format!("publishing, {language}: {problem}")),
        }
    }
    all_good(problems).map(|()| figures)
}

/// Generates the bookshop's package under this name.
fn generate(project: &Project, language: &str, package: &str, out: &Path) -> Result {
    let mut generate = command(project.built("rapace"), project.path(""));
    generate.args(["gen", "--lang", language, "--package", package, "--out"]);
    run(generate.arg(out).arg(project.path(API)))
}

/// Builds sdist and wheel, checks both, and imports the wheel where nothing else is.
fn python(project: &Project, folder: &Path) -> Result {
    let tools = python_tools(project)?;
    let package = folder.join("package");
    generate(project, "python", "bookshop", &package)?;
    run(command(tools.join("bin/python"), &package).args(["-m", "build", "--no-isolation", "--outdir", "../dist"]))?;
    let mut archives = Vec::new();
    for entry in fs::read_dir(folder.join("dist"))? {
        archives.push(entry?.path());
    }
    run(command(tools.join("bin/twine"), folder)
        .args(["check", "--strict"])
        .args(&archives))?;
    let wheel = archives
        .iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheel.ok_or_else(|| Error("no wheel was built".into()))?;
    run(command("python3", folder).args(["-m", "venv", "empty"]))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
    ];
    run(command(folder.join("empty/bin/python"), folder)
        .args(install)
        .arg(wheel))?;
    let used = "import bookshop, importlib.metadata, importlib.resources as resources\n\
                assert bookshop.CatalogClient and bookshop.rapace.connect\n\
                assert resources.files('bookshop').joinpath('py.typed').is_file()\n\
                print(importlib.metadata.version('bookshop'))";
    run(command(folder.join("empty/bin/python"), folder).args(["-I", "-c", used]))
}

/// The environment with the tools that the lock file names.
fn python_tools(project: &Project) -> Result<PathBuf> {
    let folder = project.scratch("publishing-tools")?;
    let wanted = fs::read_to_string(project.path(TOOLS).join("requirements.txt"))?;
    let environment = folder.join("python");
    unless_done(&environment.join("installed"), &wanted, || {
        run(command("python3", &folder).args(["-m", "venv", "--clear", "python"]))?;
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
        ];
        run(command(environment.join("bin/python"), &folder)
            .args(install)
            .arg("--requirement")
            .arg(project.path(TOOLS).join("requirements.txt")))
    })?;
    Ok(environment)
}

/// Tidies and vets the module, and builds a program of another module that imports it by its path.
fn go(project: &Project, folder: &Path) -> Result {
    let path = "example.com/acme/bookshop";
    let package = folder.join("package");
    generate(project, "go", path, &package)?;
    let before = fs::read_to_string(package.join("go.mod"))?;
    run(command("go", &package).args(["mod", "tidy"]))?;
    if fs::read_to_string(package.join("go.mod"))? != before {
        return Err(Error("`go mod tidy` changes go.mod".into()));
    }
    run(command("go", &package).args(["vet", "./..."]))?;
    let program = folder.join("program");
    fs::create_dir_all(&program)?;
    let source = format!(
        "package main\n\nimport (\n\t\"fmt\"\n\n\t\"{path}\"\n\t\"{path}/rapace\"\n)\n\nfunc main() {{\n\
         \tfmt.Println(bookshop.NewCatalogClient != nil, rapace.Dial != nil)\n}}\n"
    );
    fs::write(program.join("main.go"), source)?;
    let go = |arguments: &[&str]| run(command("go", &program).args(arguments));
    go(&["mod", "init", "example.com/program"])?;
    go(&[
        "mod",
        "edit",
        "-require",
        &format!("{path}@v0.0.0"),
        "-replace",
        &format!("{path}=../package"),
    ])?;
    go(&["mod", "tidy"])?;
    go(&["run", "."])
}

/// Checks what npm would publish, and imports it in an empty project.
fn typescript(project: &Project, folder: &Path) -> Result {
    let package = folder.join("package");
    generate(project, "typescript", "bookshop", &package)?;
    typescript::publishable(project, &package)
}
