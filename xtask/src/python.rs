//! Everything Python: its toolchain, set-up, tests and demo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::accelerator;
use crate::bench::Material;
use crate::layers::printed::{Figures, figures};
use crate::printed_calls;
use crate::project::{
    Error, Missing, Program, Project, Result, command, major_minor, output, run, unless_done, version_of,
};
use crate::said::in_one_piece;
use crate::servers::Bookshop;
use crate::side_by_side::side_by_side;

const RUNTIME: &str = "runtimes/python";
/// The test of the layers, in the runtime's folder.
const LAYERS: &str = "tests/test_layers.py";
const CHECKS: &str = "generators/python/checks";
const BENCHMARKS: &str = "benchmarks/python";
const CLIENT: &str = "examples/bookshop/clients/python";
const PACKAGE: &str = "examples/bookshop/clients/python/bookshop";
const SERVER: &str = "examples/bookshop/servers/python";
const PLUGIN: &str = "examples/plugin-hello/python";
/// The package of frozen dataclasses, beside those of the cases.
const FROZEN: &str = "frozen";

/// The package of all that users see in another form than the wire.
const PRESENTED: &str = "presented";

/// What builds a package for an index and checks it, as a user would install it.
const PUBLISHING: [&str; 2] = ["build==1.6.1", "twine==7.0.0"];

/// The oldest Python that generated code and its runtime support.
const OLDEST: (u32, u32) = (3, 11);
/// The oldest Node that runs pyright, the one checker that does not come from Python's packages.
const OLDEST_NODE: u32 = 18;

/// What ruff looks for in generated code, beyond what it does by default.
const RULES: &str = "B,C4,E,F,I,PIE,PYI,RET,RUF,UP,W";
/// Long lines and rare characters are the service's own words; type parameters in brackets came with Python 3.12; a host answers
/// for every exception of a handler.
const EXCEPTIONS: &str = "BLE001,E501,RUF001,RUF002,RUF003,UP040,UP046,UP047";

/// How much of the tests is done at once.
const AT_ONCE: usize = 2;

/// The toolchain that is not there, if so.
pub fn missing() -> Option<Missing> {
    let (major, minor) = OLDEST;
    let Some(python) = interpreter() else {
        return Some(Missing {
            tool: format!("Python {major}.{minor} or later"),
            cure: "install it from your system's packages or from python.org".into(),
        });
    };
    if version_of(python, &["-c", "import ensurepip, venv; print('there')"]).is_none() {
        return Some(Missing {
            tool: "Python's venv module".into(),
            cure: "install your system's package for it, such as python3-venv".into(),
        });
    }
    let node = version_of("node", &["--version"]).and_then(|version| major_minor(&version));
    let has_node = node.is_some_and(|(major, _)| major >= OLDEST_NODE) && version_of("npm", &["--version"]).is_some();
    (!has_node).then(|| Missing {
        tool: format!("Node {OLDEST_NODE} or later with npm, which run pyright"),
        cure: "install them from your system's packages or from nodejs.org".into(),
    })
}

/// Installs what the lock files name into a virtual environment and a `node_modules` beside the runtime.
pub fn setup(project: &Project) -> Result {
    // Parts of the test that run side by side want the same folders.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = project.path(RUNTIME);
    let environment = runtime.join(".venv");
    let version = interpreter().and_then(|python| version_of(python, &["--version"]));
    let wanted = version.unwrap_or_default() + "\n" + &fs::read_to_string(runtime.join("requirements-dev.txt"))?;
    unless_done(&environment.join("installed"), &wanted, || {
        let python = interpreter().ok_or_else(|| Error("no Python to make an environment with".into()))?;
        run(command(python, &runtime).args(["-m", "venv", "--clear", ".venv"]))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let locked = ["--require-hashes", "--requirement", "requirements-dev.txt"];
        run(command(tool(project, "python"), &runtime).args(install).args(locked))
    })?;
    let wanted = fs::read_to_string(runtime.join("package-lock.json"))?;
    unless_done(&runtime.join("node_modules/installed"), &wanted, || {
        run(command("npm", &runtime).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
    })
}

/// Runs every test of Python.
pub fn test(project: &Project) -> Result {
    accelerator::build(project, &tool(project, "python"))?;
    let (cases, packaged) = generate_cases(project)?;
    let runtime = || run(pytest(project, &project.path(RUNTIME)).arg(format!("--ignore={LAYERS}")));
    let runtime_types = || check(project, &project.path(RUNTIME));
    let pure = || run(test_cases(project, &cases).env("RAPACE_PURE_PYTHON", "1"));
    let accelerated = || {
        let files = [
            "test_codecs.py",
            "test_accelerator.py",
            "test_accelerator_plans.py",
            "test_decoded_costs.py",
        ];
        let mut tests = test_cases(project, &cases);
        run(tests.env("PYTHONPATH", accelerator::folder(project)).args(files))
    };
    let types = || {
        check_types(project, &cases, &packaged)?;
        run(command(tool(project, "mypy"), project.path(CHECKS)).args(["--no-error-summary", "."]))
    };
    let accelerator = || accelerator::check(project);
    // The longest first. Most of what the runtime's tests do is to wait, and no other depends on the time that passes.
    let all: [Work<'_>; 6] = [&runtime, &pure, &accelerated, &types, &runtime_types, &accelerator];
    side_by_side(&all, AT_ONCE, |work, _| in_one_piece(work))?;
    publishable(project, &cases.join(PRESENTED))?;
    lint(project, &project.path(BENCHMARKS))?;
    test_client(project)?;
    test_server(project)?;
    check_plugin(project)
}

/// Runs the tests of reported faults.
pub fn reports(project: &Project) -> Result {
    run(pytest(project, &project.path(RUNTIME)).arg("tests/reports"))
}

/// Runs the test of the runtime's layers, and returns its figures.
pub fn layers(project: &Project) -> Result<Figures> {
    // Unlike most output, what the test prints is wanted.
    figures(&output(pytest(project, &project.path(RUNTIME)).args(["-s", LAYERS]))?)
}

/// The demo client, to which an address is appended. The generated package is in its place.
pub fn demo_command(project: &Project) -> Command {
    let mut command = command(tool(project, "python"), project.path(CLIENT));
    // The lines have titles in many scripts, whatever the terminal's locale is.
    command
        .env("PYTHONPATH", project.path(PACKAGE).join("src"))
        .env("PYTHONUTF8", "1")
        .arg("demo.py");
    command
}

/// Work that takes long and waits for nothing.
type Work<'a> = &'a (dyn Fn() -> Result + Sync);

/// Generates the package of every case, and checks their format and lints as strictly as a user may. Returns the folder of all of them, and
/// that of the package without its runtime.
fn generate_cases(project: &Project) -> Result<(PathBuf, PathBuf)> {
    let cases = project.generate_cases("python")?;
    let packaged = generate_variants(project, &cases)?;
    let ruff = || command(tool(project, "ruff"), &cases);
    run(ruff().args(["format", "--no-cache", "--check", "--quiet", "."]))?;
    let rules = ["--extend-select", RULES, "--ignore", EXCEPTIONS];
    run(ruff().args(["check", "--no-cache", "--quiet"]).args(rules).arg("."))?;
    lint(project, &project.path(CHECKS))?;
    Ok((cases, packaged))
}

/// The tests of these packages.
fn test_cases(project: &Project, cases: &Path) -> Command {
    let mut pytest = pytest(project, &project.path(CHECKS));
    // What pytest remembers of one run would mix with that of the other.
    pytest
        .args(["-p", "no:cacheprovider"])
        .env("RAPACE_PYTHON_CASES", cases);
    pytest
}

/// Generates the package of the conformance suite's fixtures, one of frozen dataclasses, and one without its runtime, whose folder it
/// returns.
fn generate_variants(project: &Project, cases: &Path) -> Result<PathBuf> {
    let fixtures = project.path("conformance/fixtures/api.json");
    project.generate("python", &fixtures, &cases.join("fixtures"))?;
    let mut runtime = Command::new(project.built("rapace"));
    runtime.args(["gen", "--lang", "python", "--runtime-only", "--out"]);
    run(runtime.arg(cases.join("shared/runtime")))?;
    for (name, api) in [
        ("bookshop", "examples/bookshop/api.json"),
        ("plugin-hello", "examples/plugin-hello/api.json"),
    ] {
        let mut shared = Command::new(project.built("rapace"));
        shared.args(["gen", "--lang", "python", "--runtime", "path=../runtime", "--out"]);
        run(shared.arg(cases.join("shared").join(name)).arg(project.path(api)))?;
    }
    let mut presented = Command::new(project.built("rapace"));
    presented.args(["gen", "--lang", "python", "--package", "acme-presented"]);
    presented
        .args(["--opt", "import-name=presented", "--out"])
        .arg(cases.join(PRESENTED));
    run(presented.arg(project.path("generators/python/cases/presented.json")))?;
    let mut frozen = Command::new(project.built("rapace"));
    frozen.args([
        "gen",
        "--lang",
        "python",
        "--opt",
        "frozen=true",
        "--package",
        FROZEN,
        "--out",
    ]);
    run(frozen
        .arg(cases.join(FROZEN))
        .arg(project.path("generators/cases/structs.json")))?;
    let mut published = Command::new(project.built("rapace"));
    published.args(["gen", "--lang", "python", "--runtime", "package", "--out"]);
    let packaged = cases.join("packaged");
    run(published.arg(&packaged).arg(project.path("examples/bookshop/api.json")))?;
    Ok(packaged)
}

/// Lets mypy and pyright check every package, and the package without its runtime with the runtime's sources.
fn check_types(project: &Project, cases: &Path, packaged: &Path) -> Result {
    let mut names: Vec<String> = project.cases()?.into_iter().map(|(case, _)| case).collect();
    names.extend([FROZEN.into(), PRESENTED.into()]);
    let mut sources = Vec::new();
    for case in &names {
        for source in fs::read_dir(cases.join(case).join("src"))? {
            sources.push(source?.path());
        }
    }
    let strict = [
        "--strict",
        "--python-version",
        "3.11",
        "--no-error-summary",
        "--cache-dir",
    ];
    let mypy = || {
        let mut mypy = command(tool(project, "mypy"), cases);
        // The presented package has a type of the checks' own.
        mypy.args(strict)
            .arg(cases.join(".mypy_cache"))
            .env("MYPYPATH", project.path(CHECKS));
        mypy
    };
    run(mypy().args(&sources))?;
    let published = project.path(RUNTIME).join("src");
    run(mypy().env("MYPYPATH", &published).arg(packaged.join("src/bookshop")))?;

    let mut roots = vec![format!(
        "{{\"root\": \"packaged/src\", \"extraPaths\": [{:?}]}}",
        published.display().to_string()
    )];
    let checks = project.path(CHECKS).display().to_string();
    roots.extend((names.iter()).map(|case| format!("{{\"root\": \"{case}/src\", \"extraPaths\": [{checks:?}]}}")));
    let runtime = cases.join("shared/runtime/src").display().to_string();
    roots.extend(
        ["bookshop", "plugin-hello"]
            .map(|name| format!("{{\"root\": \"shared/{name}/src\", \"extraPaths\": [{runtime:?}]}}")),
    );
    let config = format!(
        "{{\"typeCheckingMode\": \"strict\", \"pythonVersion\": \"3.11\", \"executionEnvironments\": [{}]}}\n",
        roots.join(", ")
    );
    fs::write(cases.join("pyrightconfig.json"), config)?;
    run(&mut pyright(project, cases))
}

/// Tests the bookshop's client, generated anew, against the live server.
fn test_client(project: &Project) -> Result {
    let api = project.path("examples/bookshop/api.json");
    project.generate("python", &api, &project.path(PACKAGE))?;
    let client = project.path(CLIENT);
    check(project, &client)?;
    let server = Bookshop::start(project)?;
    let mut tests = pytest(project, &client);
    server.describe_to(project, &mut tests);
    run(&mut tests)?;
    run(tests.env("PYTHONPATH", accelerator::folder(project)))?;
    let program = |folder: &Path| {
        let mut python = command(tool(project, "python"), folder);
        let path = project.path(PACKAGE).join("src");
        python.env("PYTHONPATH", path).env("PYTHONUTF8", "1").arg("main.py");
        python
    };
    let lint = |folder: &Path| {
        run(command(tool(project, "ruff"), folder).args(["format", "--line-length=120", "--check", "--quiet", "."]))
    };
    printed_calls::test(project, "python", "main.py", lint, program)
}

/// Tests the bookshop's server, whose package is generated anew, with clients in Rust and in Python.
fn test_server(project: &Project) -> Result {
    server(project)?;
    let folder = project.path(SERVER);
    check(project, &folder)?;
    let mut tests = pytest(project, &folder);
    tests.env("BOOKSHOP_CLIENT", project.built("bookshop-client"));
    run(&mut tests)?;
    run(tests.env("PYTHONPATH", accelerator::folder(project)))
}

/// Builds a generated package as an index of packages wants it, in a folder of its own, and checks what users would see there.
/// `build` and `twine` are installed into an environment beside it.
pub fn publishable(project: &Project, package: &Path) -> Result {
    let scratch = project.scratch("publishable/python")?;
    let environment = scratch.join("venv");
    run(command(tool(project, "python"), &scratch).args(["-m", "venv", "venv"]))?;
    let python = environment.join("bin/python");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(command(&python, &scratch).args(install).args(PUBLISHING))?;
    let dist = scratch.join("dist");
    run(command(&python, package).args(["-m", "build", "--outdir"]).arg(&dist))?;
    let mut check = command(&python, &scratch);
    check.args(["-m", "twine", "check", "--strict"]);
    for entry in fs::read_dir(&dist)? {
        check.arg(entry?.path());
    }
    run(&mut check)
}

/// The bookshop's server, whose package is generated anew.
pub fn server(project: &Project) -> Result<Program> {
    let (folder, api) = (project.path(SERVER), project.path("examples/bookshop/api.json"));
    project.generate("python", &api, &folder.join("bookshop"))?;
    let program = Program::new(&tool(project, "python"), &[&folder.join("server.py")]);
    Ok(program.with("PYTHONPATH", folder.join("bookshop/src").display().to_string()))
}

/// Checks the plug-in, whose package is generated anew. The part `handlers` runs it.
fn check_plugin(project: &Project) -> Result {
    plugin(project)?;
    check(project, &project.path(PLUGIN))
}

/// The plug-in, whose package is generated anew.
pub fn plugin(project: &Project) -> Result<Program> {
    let (folder, api) = (project.path(PLUGIN), project.path("examples/plugin-hello/api.json"));
    project.generate("python", &api, &folder.join("plugin_hello"))?;
    let program = Program::new(&tool(project, "python"), &[&folder.join("plugin.py")]);
    Ok(program.with("PYTHONPATH", folder.join("plugin_hello/src").display().to_string()))
}

/// Checks format and lints of the conformance suite's testee, and builds the accelerator that it may take.
pub fn build_testee(project: &Project, testee: &Path, _api: &Path) -> Result {
    lint(project, testee)?;
    accelerator::build(project, &tool(project, "python"))
}

/// Checks format and lints of a folder, by its own `pyproject.toml`.
fn lint(project: &Project, folder: &Path) -> Result {
    run(command(tool(project, "ruff"), folder).args(["format", "--check", "--quiet", "."]))?;
    run(command(tool(project, "ruff"), folder).args(["check", "--quiet", "."]))
}

/// Checks format, lints and types of a folder, by its own `pyproject.toml`.
fn check(project: &Project, folder: &Path) -> Result {
    lint(project, folder)?;
    run(command(tool(project, "mypy"), folder).arg("--no-error-summary"))?;
    run(&mut pyright(project, folder))
}

fn pytest(project: &Project, folder: &Path) -> Command {
    let mut pytest = command(tool(project, "python"), folder);
    pytest.args(["-m", "pytest"]);
    pytest
}

fn pyright(project: &Project, folder: &Path) -> Command {
    let mut pyright = command(project.path(RUNTIME).join("node_modules/.bin/pyright"), folder);
    pyright.arg("--pythonpath").arg(tool(project, "python"));
    pyright
}

/// A tool of the environment that `setup` makes.
pub fn tool(project: &Project, name: &str) -> PathBuf {
    project.path(RUNTIME).join(".venv/bin").join(name)
}

/// The first interpreter that is recent enough.
fn interpreter() -> Option<&'static str> {
    let recent = |python: &&str| {
        let version = version_of(python, &["--version"]);
        version.and_then(|version| major_minor(&version)) >= Some(OLDEST)
    };
    [
        "python3",
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
        "python",
    ]
    .into_iter()
    .find(recent)
}

/// Installs the benchmarks' peers and generates their code and ours.
pub fn bench_setup(project: &Project, material: &Material) -> Result {
    let mut setup = command("sh", project.path(BENCHMARKS));
    setup.env("RAPACE", &material.rapace);
    if let Some(python) = interpreter() {
        setup.env("PYTHON", python);
    }
    run(setup.arg("setup.sh").arg(&material.api))?;
    accelerator::build(project, &project.path(BENCHMARKS).join(".venv/bin/python"))
}

/// The benchmarks' program.
pub fn bench_program(project: &Project) -> Command {
    let folder = project.path(BENCHMARKS);
    let mut program = command(folder.join(".venv/bin/python"), &folder);
    program.arg("bench.py").env("PYTHONPATH", accelerator::folder(project));
    program
}
