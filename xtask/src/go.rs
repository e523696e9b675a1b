//! Everything Go: its toolchain, set-up, tests and demo.

mod codecs;
mod packages;
mod tools;

use std::path::Path;
use std::process::Command;

use self::tools::{RUNTIME, build_linter, check, check_format, go};
use crate::bench::Material;
use crate::layers::printed::{Figures, figures};
use crate::printed_calls;
use crate::project::{Missing, Program, Project, Result, command, major_minor, output, run, version_of};
use crate::samples;
use crate::servers::Bookshop;

const WEBSOCKET: &str = "runtimes/go/websocket";
const OPENTELEMETRY: &str = "runtimes/go/opentelemetry";
/// The test of the layers, as an expression for names of tests.
const LAYERS: &str = "^TestLayers";
/// A separate module: the tests need more than the package.
const OPENTELEMETRY_TESTS: &str = "runtimes/go/opentelemetry/test";
const BENCHMARKS: &str = "benchmarks/go";
const CLIENT: &str = "examples/bookshop/clients/go";
const PACKAGE: &str = "examples/bookshop/clients/go/bookshop";
const SERVER: &str = "examples/bookshop/servers/go";
const PLUGIN: &str = "examples/plugin-hello/go";
const GOLDEN: &str = "generators/go/golden";

/// The release that the pinned linter needs. Generated code and its runtime also work with the one before.
const TOOLCHAIN: (u32, u32) = (1, 26);

/// The toolchain that is not there, if so.
pub fn missing() -> Option<Missing> {
    let version = version_of("go", &["version"]).and_then(|version| major_minor(&version));
    let (major, minor) = TOOLCHAIN;
    (version < Some(TOOLCHAIN)).then(|| Missing {
        tool: format!("Go {major}.{minor} or later"),
        cure: "install it from your system's packages or from go.dev/dl".into(),
    })
}

/// Nothing to install: client and runtime need the standard library alone, and only tests need the linter.
pub fn setup(_project: &Project) -> Result {
    Ok(())
}

/// Runs every test of Go.
pub fn test(project: &Project) -> Result {
    build_linter(project)?;
    check(project, &project.path(OPENTELEMETRY))?;
    for module in [RUNTIME, WEBSOCKET, OPENTELEMETRY_TESTS] {
        check(project, &project.path(module))?;
        run(go(&project.path(module)).args(["test", "-race", "-skip", LAYERS, "./..."]))?;
    }
    check_format(&project.path(GOLDEN))?;
    check_format(&project.path(BENCHMARKS))?;
    let cases = project.generate_cases("go")?;
    for (case, api) in project.cases()? {
        let module = cases.join(case);
        write_samples(project, &api, &module.join("samples"))?;
        check(project, &module)?;
    }
    let bookshop = project.path("examples/bookshop/api.json");
    for extras in [&["websocket"][..], &["opentelemetry"], &["opentelemetry", "websocket"]] {
        let out = project.scratch(&format!("cases/go-{}", extras.join("-")))?;
        generate_with(project, extras, &bookshop, &out)?;
        check(project, &out)?;
    }
    packages::test(project)?;
    codecs::test(project)?;
    test_client(project)?;
    test_server(project)?;
    check_plugin(project)
}

/// Writes the programs that `rapace docs` shows into a folder of the module that they call.
fn write_samples(project: &Project, api: &Path, folder: &Path) -> Result {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    for (index, program) in samples::of(project, "go", api)?.iter().enumerate() {
        let folder = folder.join(format!("sample{index}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("main.go"), program)?;
    }
    Ok(())
}

/// Runs the tests of reported faults.
pub fn reports(project: &Project) -> Result {
    for module in [RUNTIME, WEBSOCKET] {
        run(go(&project.path(module)).args(["test", "-race", "-run", "^TestReport", "./..."]))?;
    }
    Ok(())
}

/// Runs the test of the runtime's layers, and returns its figures.
pub fn layers(project: &Project) -> Result<Figures> {
    let tests = ["test", "-count=1", "-v", "-run", LAYERS, "."];
    figures(&output(go(&project.path(RUNTIME)).args(tests))?)
}

/// The demo client, to which an address is appended. The generated package is in its place.
pub fn demo_command(project: &Project) -> Command {
    let mut command = go(&project.path(CLIENT));
    command.args(["run", "."]);
    command
}

/// The bookshop's server. Its package is generated anew, with WebSockets.
pub fn server(project: &Project) -> Result<Program> {
    let module = project.path(SERVER);
    let api = project.path("examples/bookshop/api.json");
    generate_with(project, &["websocket"], &api, &module.join("bookshop"))?;
    built(project, &module, "bookshop-server")
}

/// The plug-in. Its package is generated anew.
pub fn plugin(project: &Project) -> Result<Program> {
    let module = project.path(PLUGIN);
    let api = project.path("examples/plugin-hello/api.json");
    project.generate("go", &api, &module.join("pluginhello"))?;
    built(project, &module, "plugin-hello")
}

/// The program of a module, built.
fn built(project: &Project, module: &Path, name: &str) -> Result<Program> {
    let program = project.scratch("handlers/go")?.join(name);
    run(go(module).args(["build", "-o"]).arg(&program).arg("."))?;
    Ok(Program::new(&program, &[]))
}

/// Checks and builds the conformance suite's testee. Its package, which is in its place, is made anew with WebSockets.
pub fn build_testee(project: &Project, testee: &Path, api: &Path) -> Result {
    build_linter(project)?;
    generate_with(project, &["websocket"], api, &testee.join("generated"))?;
    let table = output(go(testee).args(["run", "./table", "generated"]))?;
    std::fs::write(testee.join("table.go"), table)?;
    run(command("gofmt", testee).args(["-w", "table.go"]))?;
    check(project, testee)?;
    // Conformance runs under the race detector; copies with defects are compiled quicker without.
    run(compile_testee(testee).arg("-race"))
}

/// Generates a package whose runtime has these packages too.
fn generate_with(project: &Project, extras: &[&str], api: &Path, out: &Path) -> Result {
    let mut generate = Command::new(project.built("rapace"));
    generate.args(["gen", "--lang", "go", "--out"]).arg(out).arg(api);
    for extra in extras {
        generate.args(["--opt", &format!("{extra}=true")]);
    }
    run(&mut generate)
}

/// Compiles the testee in this folder, or a copy of it.
pub fn compile_testee(testee: &Path) -> Command {
    let mut build = go(testee);
    build.args(["build", "-o", "testee"]);
    build
}

/// Tests the bookshop's client, generated anew, against the live server.
fn test_client(project: &Project) -> Result {
    let api = project.path("examples/bookshop/api.json");
    project.generate("go", &api, &project.path(PACKAGE))?;
    let client = project.path(CLIENT);
    check(project, &client)?;
    let server = Bookshop::start(project)?;
    // Not from Go's cache: the server is not one of the inputs that it knows.
    let mut tests = go(&client);
    tests.args(["test", "-race", "-count=1", "-v", "./..."]);
    server.describe_to(project, &mut tests);
    run(&mut tests)?;
    printed_calls::test(
        project,
        "go",
        "main.go",
        |folder| build_calls(project, folder),
        |folder| {
            let name = folder.file_name().unwrap_or_default();
            Command::new(folder.with_file_name("bin").join(name))
        },
    )
}

/// Checks and builds the programs in a folder, which call the bookshop.
fn build_calls(project: &Project, folder: &Path) -> Result {
    let package = project.path(PACKAGE);
    let module = format!(
        "module calls\n\ngo 1.25\n\nrequire bookshop v0.0.0\n\nreplace bookshop => {}\n",
        package.display()
    );
    std::fs::write(folder.join("go.mod"), module)?;
    check_format(folder)?;
    run(go(folder).args(["vet", "./..."]))?;
    run(go(folder).args(["build", "-o", "bin/", "./..."]))
}

/// Tests the bookshop's server, whose package is generated anew, with clients in Rust and in Go.
fn test_server(project: &Project) -> Result {
    server(project)?;
    let module = project.path(SERVER);
    check(project, &module)?;
    // Not from Go's cache: the client is not one of the inputs that it knows.
    let mut tests = go(&module);
    tests.args(["test", "-race", "-count=1", "./..."]);
    run(tests.env("BOOKSHOP_CLIENT", project.built("bookshop-client")))
}

/// Checks the plug-in, whose package is generated anew. The part `handlers` runs it.
fn check_plugin(project: &Project) -> Result {
    plugin(project)?;
    check(project, &project.path(PLUGIN))
}

/// Generates the benchmarks' code, theirs and ours, and builds the program.
pub fn bench_setup(project: &Project, material: &Material) -> Result {
    let folder = project.path(BENCHMARKS);
    let mut generate = command(&material.rapace, &folder);
    run(generate
        .args(["gen", "--lang", "go", "--out", "workload"])
        .arg(&material.api))?;
    run(go(&folder).args(["run", "./generate"]))?;
    run(go(&folder).args(["build", "-o", "bench", "."]))
}

/// The benchmarks' program.
pub fn bench_program(project: &Project) -> Command {
    let folder = project.path(BENCHMARKS);
    command(folder.join("bench"), &folder)
}
