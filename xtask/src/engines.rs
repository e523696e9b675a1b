//! TypeScript's client on the engines beside Node, Bun and Deno, and in workers of all three: the conformance suite puts to it
//! there what depends on an engine: its sockets, its TLS, and every form of call against real servers over every transport. The
//! runtime's own tests of OpenTelemetry run there too, for each engine carries a context through asynchronous code in its way.

use std::fs;
use std::path::{Path, PathBuf};

use crate::languages::LANGUAGES;
use crate::project::{Error, Missing, Project, Result, command, run, version_of};
use crate::side_by_side::side_by_side;
use crate::{conformance, typescript};

const FOLDER: &str = "runtimes/typescript/engines";
const TESTEE: &str = "conformance/testees/typescript/build";
const TELEMETRY: [&str; 2] = [
    "build/test/opentelemetry.test.js",
    "build/test/opentelemetry-streams.test.js",
];

/// WebSocket, cuts, closing, cancellation and TLS: what engines do about sockets and certificates.
#[rustfmt::skip]
const SOCKETS: &[&str] = &["--class", "17", "--class", "21", "--class", "22", "--class", "27", "--class", "32"];
/// The live matrix: the host over every transport, and plain rapace.
const LIVE: &[&str] = &["--class", "33", "--case", "y_*_host_*", "--case", "y_tcp_serve_*"];
/// Of that what goes over the transport that pages have.
const LIVE_WEB: &[&str] = &["--class", "33", "--case", "y_ws_host_*"];
/// And over that of an engine which may have no WebSocket of its own.
const LIVE_TCP: &[&str] = &["--class", "33", "--case", "y_tcp_host_*"];

/// The toolchain that is not there, if so. The engines themselves are npm's to bring.
pub fn missing() -> Option<Missing> {
    typescript::missing()
}

/// Installs the engines, and runs the testee on each, Bun and Deno side by side.
pub fn test(project: &Project) -> Result {
    typescript::setup(project)?;
    let folder = project.path(FOLDER);
    typescript::install(&folder).map_err(|error| {
        Error(format!(
            "Bun and Deno are missing: {error}: they are npm packages of some 200 MB, which npm gets from its registry"
        ))
    })?;
    let bun = Engine {
        name: "bun",
        program: program(&folder, "@oven", "bin/bun")?,
        arguments: "--expose-gc --unhandled-rejections=strict",
    };
    let deno = Engine {
        name: "deno",
        program: program(&folder, "@deno", "deno")?,
        arguments: "run --allow-all --v8-flags=--expose-gc",
    };
    let node = Engine {
        name: "node",
        program: "node".into(),
        arguments: "--unhandled-rejections=strict",
    };
    let typescript = LANGUAGES.iter().filter(|language| language.name == "typescript");
    conformance::testees(project, &typescript.collect::<Vec<_>>())?;
    conformance::build_suite(project)?;
    let runtime = typescript::compile_tests(project)?;

    let engines = [
        (bun, &["test"][..]),
        (deno, &["test", "--quiet", "--no-check", "--allow-all"]),
    ];
    side_by_side(&engines, 2, |(engine, tests), _| {
        // A file each: Bun runs those of one command in one process, which has one set of global providers.
        for file in TELEMETRY {
            run(command(&engine.program, &runtime).args(*tests).arg(file))?;
        }
        engine.run(project, "testee.js", "", SOCKETS)?;
        engine.run(project, "testee.js", "", LIVE)?;
        engine.run(project, "testee.js", "web", LIVE_WEB)?;
        engine.run(project, "worker.js", "web", LIVE_WEB)
    })?;
    node.run(project, "worker.js", "", LIVE_TCP)
}

/// The program in that one of the scope's packages which npm has found fit for this machine. It is called directly: the
/// commands that npm offers are put in their place by scripts, which do not run here.
fn program(folder: &Path, scope: &str, path: &str) -> Result<PathBuf> {
    let packages = fs::read_dir(folder.join("node_modules").join(scope));
    let mut programs = Vec::new();
    for package in packages.into_iter().flatten() {
        programs.push(package?.path().join(path));
    }
    programs.sort();
    let runs = |program: &PathBuf| version_of(&program.to_string_lossy(), &["--version"]).is_some();
    programs.into_iter().find(runs).ok_or_else(|| {
        Error(format!(
            "none of npm's packages {scope} runs here: this machine is none of those that it is made for"
        ))
    })
}

/// An engine: its name, its program, and what stands before a script.
struct Engine {
    name: &'static str,
    program: PathBuf,
    arguments: &'static str,
}

impl Engine {
    /// Runs cases of the conformance suite against a script of the testee on this engine. What it is known to fail stands in its
    /// list.
    fn run(&self, project: &Project, script: &str, way: &str, cases: &[&str]) -> Result {
        let Self {
            name,
            program,
            arguments,
        } = self;
        let words = [
            &program.display().to_string(),
            *arguments,
            &project.path(TESTEE).join(script).display().to_string(),
            &project.path("conformance/fixtures/api.json").display().to_string(),
            way,
        ];
        let mut suite = command(project.built("conformance"), project.path(""));
        suite
            .args(["run", "--testee", &format!("{name}={}", words.join(" "))])
            .args(cases);
        let known = project.path(FOLDER).join(format!("known-failing/{name}.txt"));
        if known.exists() {
            suite.arg("--known-failing").arg(format!("{name}={}", known.display()));
        }
        run(&mut suite)
    }
}
