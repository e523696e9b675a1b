//! TypeScript's packages where they end up beside Node: in Cloudflare Workers, in what bundlers and Next make of a program, in
//! the sandboxes of test runners, and before compilers from 5.2 on. npm brings them all into a folder of their own.

use std::fs;

use crate::project::{Error, Missing, Project, Result, command, run};
use crate::typescript;

const FOLDER: &str = "runtimes/typescript/platforms";

/// The toolchain that is not there, if so. The platforms themselves are npm's to bring.
pub fn missing() -> Option<Missing> {
    typescript::missing()
}

/// Runs the tests of reported faults of TypeScript: on Node, and on the platforms.
pub fn reports(project: &Project) -> Result {
    typescript::reports(project)?;
    test(project)
}

/// Installs the platforms, makes the bookshop's package, and runs what calls its server from each of them.
pub fn test(project: &Project) -> Result {
    typescript::setup(project)?;
    let folder = project.path(FOLDER);
    typescript::install(&folder).map_err(|error| {
        Error(format!(
            "the platforms are missing: {error}: they are npm packages of some 700 MB, which npm gets from its registry"
        ))
    })?;
    let scratch = project.scratch("platforms")?;
    let package = scratch.join("bookshop");
    project.generate("typescript", &project.path("examples/bookshop/api.json"), &package)?;
    let mut tests = command("node", &folder);
    tests.args(["--unhandled-rejections=strict", "--test", "--test-reporter=spec"]);
    for entry in fs::read_dir(folder.join("test"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            tests.arg(path);
        }
    }
    tests
        .env("BOOKSHOP_PACKAGE", &package)
        .env("BOOKSHOP_SERVER", project.built("bookshop-server"))
        .env("PLATFORM_APPS", scratch.join("apps"))
        // Above it no program reaches: links to npm's packages stay below it.
        .env("PLATFORM_ROOT", project.path(""));
    run(&mut tests)
}
