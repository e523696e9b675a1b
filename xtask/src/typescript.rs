//! Everything TypeScript: its toolchain, set-up, tests and demo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::bench::Material;
use crate::layers::printed::{Figures, figures};
use crate::printed_calls;
use crate::project::{
    Error, Missing, Program, Project, Result, command, major_minor, output, run, unless_done, version_of,
};
use crate::said::say;
use crate::samples;
use crate::servers::Bookshop;

const RUNTIME: &str = "runtimes/typescript";
/// The test of the layers, compiled.
const LAYERS: &str = "layers.test.js";
const BENCHMARKS: &str = "benchmarks/typescript";
const CLIENT: &str = "examples/bookshop/clients/typescript";
const PACKAGE: &str = "examples/bookshop/clients/typescript/bookshop";

const SERVER: &str = "examples/bookshop/servers/typescript";
const PLUGIN: &str = "examples/plugin-hello/typescript";

/// Makes lists of numbers typed arrays.
const TYPED_ARRAYS: [&str; 2] = ["--opt", "number-lists=typed-arrays"];

/// The packages that are tested beside those of all generators' cases: name, API among the generator's tests, and options.
const OWN_CASES: [(&str, &str, &[&str]); 7] = [
    ("typed-arrays", "typed-arrays.json", &TYPED_ARRAYS),
    ("int64-bigint", "int64.json", &[]),
    ("int64-number", "int64.json", &["--opt", "int64=number"]),
    ("int64-string", "int64.json", &["--opt", "int64=string"]),
    ("meanings", "meanings.json", &[]),
    ("presented", "../cases/presented.json", &[]),
    (
        "presented-union",
        "../cases/presented.json",
        &["--opt", "results=union"],
    ),
];

/// Those of them that are generated as `rapace docs` says, with their APIs.
const DOCUMENTED: [(&str, &str); 2] = [("meanings", "meanings.json"), ("presented", "../cases/presented.json")];

/// The oldest major version of Node that the runtime supports.
const OLDEST: u32 = 20;

/// The toolchain that is not there, if so.
pub fn missing() -> Option<Missing> {
    let node = version_of("node", &["--version"]).and_then(|version| major_minor(&version));
    if node.is_none_or(|(major, _)| major < OLDEST) {
        return Some(Missing {
            tool: format!("Node {OLDEST} or later"),
            cure: "install it from your system's packages or from nodejs.org".into(),
        });
    }
    version_of("npm", &["--version"]).is_none().then(|| Missing {
        tool: "npm".into(),
        cure: "install it from your system's packages; nodejs.org's Node brings it along".into(),
    })
}

/// Installs what the lock files name: the tools beside the runtime, and what the bookshop's client needs.
pub fn setup(project: &Project) -> Result {
    install(&project.path(RUNTIME))?;
    install(&project.path(CLIENT))
}

/// Runs every test of TypeScript.
pub fn test(project: &Project) -> Result {
    let runtime = project.path(RUNTIME);
    run(npm(&runtime).args(["run", "check"]))?;
    let compiled = compile_tests(project)?;
    let without_layers = |path: &Path| !path.ends_with(LAYERS);
    run(&mut node_tests(&compiled, &["", "reports"], without_layers)?)?;
    test_cases(project)?;
    let benchmarks = project.path(BENCHMARKS);
    run(command(tool(project, "biome"), &benchmarks).args(["ci", "--error-on-warnings", "."]))?;
    test_client(project)?;
    plugin(project)?;
    test_server(project)
}

/// Runs the tests of reported faults on Node.
pub fn reports(project: &Project) -> Result {
    let runtime = compile_tests(project)?;
    run(&mut node_tests(&runtime, &["reports"], |_| true)?)
}

/// Runs the test of the runtime's layers, and returns its figures.
pub fn layers(project: &Project) -> Result<Figures> {
    let runtime = compile_tests(project)?;
    figures(&output(&mut node_tests(&runtime, &[""], |path| {
        path.ends_with(LAYERS)
    })?)?)
}

/// Runs the compiled tests in these folders of the runtime's tests that are wanted.
fn node_tests(runtime: &Path, folders: &[&str], wanted: impl Fn(&Path) -> bool) -> Result<Command> {
    let mut tests = command("node", runtime);
    tests.args(["--unhandled-rejections=strict", "--test", "--test-reporter=spec"]);
    let mut paths = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(runtime.join("build/test").join(folder))? {
            paths.push(entry?.path());
        }
    }
    paths.sort();
    tests.args(
        paths
            .iter()
            .filter(|path| path.to_string_lossy().ends_with(".test.js") && wanted(path)),
    );
    Ok(tests)
}

/// Compiles the runtime's tests, and returns the folder that they are run in. Parts of the test that run side by side want them: who comes
/// first compiles them, and nobody writes what another one runs.
pub fn compile_tests(project: &Project) -> Result<PathBuf> {
    static COMPILED: Mutex<bool> = Mutex::new(false);
    let runtime = project.path(RUNTIME);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*compiled {
        run(command(tool(project, "tsc"), &runtime).args(["-p", "tsconfig.json"]))?;
        *compiled = true;
    }
    Ok(runtime)
}

/// The demo client, to which an address is appended. The generated package is in its place.
pub fn demo_command(project: &Project) -> Command {
    let mut command = npm(&project.path(CLIENT));
    command.args(["start", "--"]);
    command
}

/// Compiles the generated package of every case, checks its format and what the linter says of it, and sends values
/// through it.
fn test_cases(project: &Project) -> Result {
    let cases = project.generate_cases("typescript")?;
    let tools = project.path(RUNTIME).join("node_modules");
    for package in ["@types", "undici-types", "esbuild", "fast-check"] {
        link(&tools.join(package), &cases.join("node_modules").join(package))?;
    }
    let tests = project.path("generators/typescript/tests");
    link(&tests.join("acme-money"), &cases.join("node_modules/acme-money"))?;
    for (case, api, options) in OWN_CASES {
        let mut generate = Command::new(project.built("rapace"));
        generate
            .args(["gen", "--lang", "typescript", "--package", case])
            .args(options)
            .arg("--out");
        run(generate.arg(cases.join(case)).arg(tests.join(api)))?;
    }
    let all = project.cases()?;
    let names = all.iter().map(|(case, _)| case.as_str());
    for case in names.chain(OWN_CASES.map(|(case, ..)| case)) {
        link(&cases.join(case), &cases.join("node_modules").join(case))?;
        // The sources, strictly. Programs use the JavaScript that was written with them.
        run(command(tool(project, "tsc"), cases.join(case)).args(["-p", ".", "--noEmit"]))?;
    }
    test_published(project, &cases)?;
    test_shared(project, &cases)?;
    publishable(project, &cases.join("bookshop"))?;
    let values = cases.join("tests");
    fs::create_dir_all(&values)?;
    for file in [
        "bundle.test.mts",
        "cases.test.mts",
        "defaults.test.mts",
        "handlers.test.mts",
        "int64.test.mts",
        "known.test.mts",
        "mirror.mts",
        "names.test.mts",
        "results.test.mts",
        "tsconfig.json",
    ] {
        fs::copy(tests.join(file), values.join(file))?;
    }
    fs::copy(project.path("generators/hostile/names.txt"), values.join("names.txt"))?;
    fs::copy(tests.join("biome.json"), cases.join("biome.json"))?;
    run(command(tool(project, "biome"), &cases).args(["ci", "--error-on-warnings", "."]))?;
    samples(project, &all, &values)?;
    run(command(tool(project, "tsc"), &values).args(["-p", "."]))?;
    let tests = [
        "build/bundle.test.mjs",
        "build/cases.test.mjs",
        "build/defaults.test.mjs",
        "build/handlers.test.mjs",
        "build/int64.test.mjs",
        "build/known.test.mjs",
        "build/names.test.mjs",
        "build/results.test.mjs",
    ];
    run(command("node", values)
        .args(["--unhandled-rejections=strict", "--test", "--test-reporter=spec"])
        .args(tests))
}

/// Writes the programs that `rapace docs` shows, to be compiled with the tests.
fn samples(project: &Project, cases: &[(String, PathBuf)], values: &Path) -> Result {
    let folder = values.join("samples");
    fs::create_dir_all(&folder)?;
    let tests = project.path("generators/typescript/tests");
    let own = DOCUMENTED.map(|(case, api)| (case.to_owned(), tests.join(api)));
    let mut count = 0;
    for (case, api) in cases.iter().chain(&own) {
        for program in samples::of(project, "typescript", api)? {
            fs::write(folder.join(format!("{case}-{count}.mts")), program)?;
            count += 1;
        }
    }
    say(&format!("    {count} programs of `rapace docs`"));
    Ok(())
}

/// Compiles a package that imports the published runtime, with the runtime as it would be published.
fn test_published(project: &Project, cases: &Path) -> Result {
    run(npm(&project.path(RUNTIME)).args(["run", "build"]))?;
    link(&project.path(RUNTIME), &cases.join("node_modules/rapace"))?;
    let package = cases.join("published");
    let generate = ["gen", "--lang", "typescript", "--runtime", "package", "--out"];
    let api = project.path("examples/bookshop/api.json");
    run(Command::new(project.built("rapace"))
        .args(generate)
        .arg(&package)
        .arg(api))?;
    run(command(tool(project, "tsc"), &package).args(["-p", ".", "--noEmit"]))?;
    let import = "import { Catalog } from \"bookshop\"; import { find } from \"bookshop/services/catalog\"; \
                  import { connect, createClient } from \"rapace/node\"; \
                  import { opentelemetry } from \"rapace/opentelemetry\"; \
                  if (Catalog.find !== find || !connect || !createClient || !opentelemetry) process.exitCode = 1;";
    run(command("node", package).args(["--input-type=module", "--eval", import]))
}

/// Tests two packages that import one runtime, which is a package in a folder.
fn test_shared(project: &Project, cases: &Path) -> Result {
    let shared = cases.join("shared");
    let generate = |package: &str, arguments: &[&str]| {
        let out = shared.join(package);
        let mut generate = command(project.built("rapace"), project.path(""));
        generate.args(["gen", "--lang", "typescript", "--out"]).arg(&out);
        run(generate.args(arguments))?;
        // As npm installs what lies in a folder.
        let name = if package == "runtime" { "rapace" } else { package };
        link(&out, &shared.join("node_modules").join(name))
    };
    generate("runtime", &["--runtime-only"])?;
    for (package, api) in [
        ("bookshop", "examples/bookshop/api.json"),
        ("plugin-hello", "examples/plugin-hello/api.json"),
    ] {
        generate(package, &["--package", package, "--runtime", "path=../runtime", api])?;
    }
    let tests = project.path("generators/typescript/tests");
    for file in ["shared.test.mts", "tsconfig.json"] {
        fs::copy(tests.join(file), shared.join(file))?;
    }
    run(command(tool(project, "tsc"), &shared).args(["-p", "."]))?;
    run(command("node", shared).args(["--test", "--test-reporter=spec", "build/shared.test.mjs"]))
}

/// Checks that the package in this folder can be published and imported: what it exports, its types for ES modules, and a program in an
/// empty project that installs the packed file, or a link to the folder.
pub fn publishable(project: &Project, package: &Path) -> Result {
    run(command(tool(project, "publint"), package).args(["--strict", "."]))?;
    run(command(tool(project, "attw"), package).args(["--pack", ".", "--profile", "esm-only", "--quiet"]))?;
    let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(package.join("package.json"))?)
        .map_err(|error| Error(format!("package.json of {}: {error}", package.display())))?;
    let name = manifest["name"].as_str().unwrap_or_default();
    let packed = output(npm(package).args(["pack", "--json"]))?;
    let packed: serde_json::Value =
        serde_json::from_str(&packed).map_err(|error| Error(format!("npm pack: {error}: {packed}")))?;
    let packed = package.join(packed[0]["filename"].as_str().unwrap_or_default());
    let import = format!(
        "import * as all from {name:?}; import {{ connect }} from \"{name}/node\"; if (!connect || !all) process.exit(1);"
    );
    for (way, source) in [("packed", packed.as_path()), ("linked", package)] {
        let empty = project.scratch(&format!("publishable/{name}/{way}"))?;
        fs::remove_dir_all(&empty)?;
        fs::create_dir_all(&empty)?;
        fs::write(
            empty.join("package.json"),
            "{\"private\": true, \"type\": \"module\"}\n",
        )?;
        let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer"];
        run(npm(&empty).arg("install").args(quiet).arg(source))?;
        run(command("node", &empty).args(["--input-type=module", "--eval", &import]))?;
    }
    Ok(fs::remove_file(packed)?)
}

/// Makes `at` a link to `target`, as installing it from its folder would.
fn link(target: &Path, at: &Path) -> Result {
    if let Some(parent) = at.parent() {
        fs::create_dir_all(parent)?;
    }
    if fs::symlink_metadata(at).is_ok() {
        fs::remove_file(at)?;
    }
    std::os::unix::fs::symlink(target, at)?;
    Ok(())
}

/// Tests the bookshop's client, generated anew, against the live server.
fn test_client(project: &Project) -> Result {
    let api = project.path("examples/bookshop/api.json");
    project.generate("typescript", &api, &project.path(PACKAGE))?;
    let client = project.path(CLIENT);
    run(command(tool(project, "biome"), &client).args(["ci", "--error-on-warnings", "."]))?;
    let server = Bookshop::start(project)?;
    let mut tests = npm(&client);
    tests.arg("test");
    server.describe_to(project, &mut tests);
    run(&mut tests)?;
    let installed = |folder: &Path| link(&project.path(PACKAGE), &folder.join("node_modules/bookshop"));
    printed_calls::test(project, "typescript", "main.mjs", installed, |folder| {
        let mut node = command("node", folder);
        node.arg("main.mjs");
        node
    })
}

/// Tests the bookshop's server with the client in Rust.
fn test_server(project: &Project) -> Result {
    server(project)?;
    let mut tests = command("node", project.path(SERVER));
    tests.env("BOOKSHOP_CLIENT", project.built("bookshop-client"));
    run(tests.args(["--test", "--test-reporter=spec", "build/test/server.test.js"]))
}

/// The bookshop's server, checked and compiled. Its package is generated anew.
pub fn server(project: &Project) -> Result<Program> {
    build_example(project, SERVER, "examples/bookshop/api.json", "bookshop")?;
    Ok(Program::new(
        Path::new("node"),
        &[&project.path(SERVER).join("build/src/server.js")],
    ))
}

/// The plug-in, checked and compiled. Its package is generated anew.
pub fn plugin(project: &Project) -> Result<Program> {
    build_example(project, PLUGIN, "examples/plugin-hello/api.json", "plugin-hello")?;
    Ok(Program::new(
        Path::new("node"),
        &[&project.path(PLUGIN).join("build/plugin.js")],
    ))
}

/// Checks and compiles an example in `folder` that uses a generated package of this name.
fn build_example(project: &Project, folder: &str, api: &str, package: &str) -> Result {
    let folder = project.path(folder);
    let generated = folder.join(package);
    project.generate("typescript", &project.path(api), &generated)?;
    let modules = folder.join("node_modules");
    link(&generated, &modules.join(package))?;
    // WebSockets of Node need it.
    link(
        &project.path(RUNTIME).join("node_modules/ws"),
        &generated.join("node_modules/ws"),
    )?;
    run(command(tool(project, "biome"), &folder).args(["ci", "--error-on-warnings", "."]))?;
    run(&mut compile(project, &folder))
}

/// Installs exactly what a lock file names, unless that is there already.
pub fn install(folder: &Path) -> Result {
    // Parts of the test that run side by side want the same folders.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    unless_done(&folder.join("node_modules/.installed-lock.json"), &lock, || {
        run(command("npm", folder).args(["ci", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"]))
    })
}

/// npm for scripts: what a script prints is all that is printed.
pub fn npm(folder: &Path) -> Command {
    let mut command = command("npm", folder);
    command.arg("--silent");
    command
}

/// A tool that the runtime's lock file pins.
pub fn tool(project: &Project, name: &str) -> PathBuf {
    project.path(RUNTIME).join("node_modules/.bin").join(name)
}

/// Checks and compiles the conformance suite's testee, whose generated package is in its place.
pub fn build_testee(project: &Project, testee: &Path, api: &Path) -> Result {
    // The suite's values of `usize` have all 64 bits.
    let mut generate = Command::new(project.built("rapace"));
    generate.args(["gen", "--lang", "typescript", "--opt", "usize=int64", "--out"]);
    run(generate.arg(testee.join("generated")).arg(api))?;
    // WebSockets of Node need it.
    link(
        &project.path(RUNTIME).join("node_modules/ws"),
        &testee.join("node_modules/ws"),
    )?;
    run(command(tool(project, "biome"), testee).args(["ci", "--error-on-warnings", "."]))?;
    run(&mut compile(project, testee))
}

/// Compiles a copy of the testee, and its generated package, whose sources were changed.
pub fn compile_testee(project: &Project, testee: &Path) -> Command {
    let mut both = command("sh", testee);
    let types = project.path(RUNTIME).join("node_modules/@types");
    both.args([
        "-ec",
        "\"$1\" -p generated --typeRoots \"$2\"; \"$1\" -p . --typeRoots \"$2\"",
        "sh",
    ]);
    both.arg(tool(project, "tsc")).arg(types);
    both
}

/// Compiles a program in this folder with the runtime's tools.
pub fn compile(project: &Project, folder: &Path) -> Command {
    let mut compile = command(tool(project, "tsc"), folder);
    let types = project.path(RUNTIME).join("node_modules/@types");
    compile.arg("--typeRoots").arg(types);
    compile
}

/// Installs the benchmarks' peers, generates their code and ours, and compiles it all.
pub fn bench_setup(project: &Project, material: &Material) -> Result {
    let folder = project.path(BENCHMARKS);
    install(&folder)?;
    run(npm(&folder).args(["run", "generate"]))?;
    for (package, options) in [("rapace", &[][..]), ("rapace-typed", &TYPED_ARRAYS)] {
        let mut generate = command(&material.rapace, &folder);
        generate.args(["gen", "--lang", "typescript"]).args(options);
        run(generate
            .arg("--out")
            .arg(Path::new("generated").join(package))
            .arg(&material.api))?;
    }
    run(npm(&folder).args(["run", "build"]))
}

/// The benchmarks' program.
pub fn bench_program(project: &Project) -> Command {
    let mut program = command("node", project.path(BENCHMARKS));
    program.arg("build/src/main.js");
    program
}
