//! Everything Go: its toolchain, set-up, tests and demo.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::Material;
use crate::layers::printed::{Figures, figures};
use crate::printed_calls;
use crate::project::{Error, Missing, Program, Project, Result, command, major_minor, output, run, version_of};
use crate::servers::Bookshop;

const RUNTIME: &str = "runtimes/go";
const WEBSOCKET: &str = "runtimes/go/websocket";
const OPENTELEMETRY: &str = "runtimes/go/opentelemetry";
/// The test of the layers, as an expression for names of tests.
const LAYERS: &str = "^TestLayers";
/// A separate module: the tests need more than the package.
const OPENTELEMETRY_TESTS: &str = "runtimes/go/opentelemetry/test";
const TOOLS: &str = "runtimes/go/tools";
const BENCHMARKS: &str = "benchmarks/go";
const CLIENT: &str = "examples/bookshop/clients/go";
const PACKAGE: &str = "examples/bookshop/clients/go/bookshop";
const SERVER: &str = "examples/bookshop/servers/go";
const PLUGIN: &str = "examples/plugin-hello/go";
const CODECS: &str = "generators/go/codecs";
const GOLDEN: &str = "generators/go/golden";
/// The cases of Go alone, as api.json files.
const OWN_CASES: &str = "generators/go/cases";
/// The module that uses two packages with one runtime. Its files end in `.txt`, because it works only beside those.
const SHARED: &str = "generators/go/shared";

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
    for (case, _) in project.cases()? {
        check(project, &cases.join(case))?;
    }
    let bookshop = project.path("examples/bookshop/api.json");
    for extras in [&["websocket"][..], &["opentelemetry"], &["opentelemetry", "websocket"]] {
        let out = project.scratch(&format!("cases/go-{}", extras.join("-")))?;
        generate_with(project, extras, &bookshop, &out)?;
        check(project, &out)?;
    }
    test_packages(project)?;
    test_codecs(project)?;
    test_client(project)?;
    test_server(project)?;
    check_plugin(project)
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

/// Tests the codecs and clients of the cases. Codecs are private to the generated packages: the tests are copied into them. The
/// packages are made for a runtime of its own, which they and the tests' helpers share in a workspace.
fn test_codecs(project: &Project) -> Result {
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

/// Checks what the compiler says first of functions for users' types that are missing or of another type: the comment on that line is
/// about it.
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

/// Checks that a generated module can be published: it is as `go mod tidy` leaves it, without findings, and the program of its
/// README compiles.
pub fn publishable(project: &Project, module: &Path) -> Result {
    build_linter(project)?;
    let files = ["go.mod", "go.sum"];
    let read = |file: &&str| std::fs::read(module.join(file)).unwrap_or_default();
    let before: Vec<Vec<u8>> = files.iter().map(read).collect();
    run(go(module).args(["mod", "tidy"]))?;
    let after: Vec<Vec<u8>> = files.iter().map(read).collect();
    if before != after {
        let message = format!("go mod tidy changes go.mod or go.sum of {}", module.display());
        return Err(Error(message));
    }
    check(project, module)?;
    let readme = std::fs::read_to_string(module.join("README.md"))?;
    let program = readme
        .split_once("```go\n")
        .and_then(|(_, rest)| rest.split_once("```"));
    let Some((program, _)) = program else {
        return Err(Error(format!("the README of {} has no program", module.display())));
    };
    // Below the module, so that it is compiled with what that requires.
    let folder = module.join("readme");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("main.go"), program)?;
    let checked = check_format(&folder).and_then(|()| run(go(module).args(["vet", "./readme"])));
    std::fs::remove_dir_all(&folder)?;
    checked
}

/// Checks that modules can be published, with each option, and that two of them can share a runtime and a connection.
fn test_packages(project: &Project) -> Result {
    let rapace = || Command::new(project.built("rapace"));
    let folder = project.scratch("packages/go")?;
    let apis = [
        ("shop", "examples/bookshop/api.json"),
        ("hello", "examples/plugin-hello/api.json"),
        ("jobs-go", "generators/go/cases/presented.json"),
    ];
    let named = |name: &str| format!("example.com/acme/{name}");
    for (name, api) in apis {
        let out = folder.join("alone").join(name);
        let mut generate = rapace();
        generate.args(["gen", "--lang", "go", "--package", &named(name), "--out"]);
        run(generate.arg(&out).arg(project.path(api)))?;
        publishable(project, &out)?;
    }
    let shared = folder.join("shared");
    let mut generate = rapace();
    generate.args([
        "gen",
        "--lang",
        "go",
        "--runtime-only",
        "--opt",
        "websocket=true",
        "--out",
    ]);
    run(generate.arg(shared.join("runtime")))?;
    check(project, &shared.join("runtime"))?;
    for (name, api) in apis {
        let out = shared.join(name);
        let mut generate = rapace();
        generate.args([
            "gen",
            "--lang",
            "go",
            "--runtime",
            "path=../runtime",
            "--package",
            &named(name),
            "--out",
        ]);
        run(generate.arg(&out).arg(project.path(api)))?;
        publishable(project, &out)?;
    }
    let both = shared.join("both");
    std::fs::create_dir_all(&both)?;
    for file in ["go.mod", "both_test.go"] {
        let text = std::fs::read_to_string(project.path(SHARED).join(format!("{file}.txt")))?;
        std::fs::write(both.join(file), text)?;
    }
    run(go(&both).args(["test", "-race", "./..."]))
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

/// Checks the format of a module, and what vet and staticcheck say of it.
fn check(project: &Project, module: &Path) -> Result {
    check_format(module)?;
    run(go(module).args(["vet", "./..."]))?;
    run(command(staticcheck(project)?, module).arg("./..."))
}

fn check_format(folder: &Path) -> Result {
    let unformatted = output(command("gofmt", folder).args(["-l", "."]))?;
    if unformatted.is_empty() {
        Ok(())
    } else {
        let files = unformatted.lines().collect::<Vec<_>>().join(", ");
        Err(Error(format!(
            "gofmt would change these in {}: {files}",
            folder.display()
        )))
    }
}

/// Builds the pinned linter; Go's own cache makes that quick when it is there.
fn build_linter(project: &Project) -> Result {
    let linter = staticcheck(project)?;
    run(go(&project.path(TOOLS))
        .args(["build", "-o"])
        .arg(linter)
        .arg("honnef.co/go/tools/cmd/staticcheck"))
}

/// The linter's place.
fn staticcheck(project: &Project) -> Result<PathBuf> {
    Ok(project.scratch("go")?.join("staticcheck"))
}

/// The go command in a module, with the toolchain that is there: none is downloaded.
fn go(module: &Path) -> Command {
    let mut command = command("go", module);
    command.env("GOTOOLCHAIN", "local").env("GOWORK", "off");
    command
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
