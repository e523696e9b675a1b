//! Everything Rust: format, lints, tests, and the programs that the other languages' tests run against.

use crate::project::{Missing, Project, Result, command, major_minor, run, version_of};

/// The oldest Rust that builds the workspace.
const OLDEST: (u32, u32) = (1, 95);

/// The module of tests of the command that the part `command` runs, and this one leaves out.
pub const COMMAND_VERBS: &str = "command_verbs::";

/// The test that is compiled the soonest.
const SMALLEST_TEST: &str = "cases";

/// The toolchain that is not there, if so. This program was built by one, so only its parts can be missing.
pub fn missing() -> Option<Missing> {
    let version = version_of("rustc", &["--version"]).as_deref().and_then(major_minor);
    let parts = [("fmt", "rustfmt"), ("clippy", "clippy")];
    let absent = parts
        .iter()
        .find(|(tool, _)| version_of("cargo", &[tool, "--version"]).is_none());
    match (version, absent) {
        (Some(version), None) if version >= OLDEST => None,
        (Some(version), Some((_, component))) if version >= OLDEST => Some(Missing {
            tool: format!("cargo's {component}"),
            cure: format!("rustup component add {component}"),
        }),
        _ => Some(Missing {
            tool: format!("Rust {}.{} or later", OLDEST.0, OLDEST.1),
            cure: "rustup update stable".into(),
        }),
    }
}

/// Builds the programs that demos and tests run: `rapace`, the bookshop's server and client, and the plug-in and its host.
pub fn build_programs(project: &Project) -> Result {
    build(
        project,
        &[
            "rapace",
            "bookshop-client",
            "bookshop-server",
            "plugin-hello",
            "plugin-host",
        ],
    )
}

/// Builds programs of the workspace, as the tests build them: what both need is compiled once.
pub fn build(project: &Project, programs: &[&str]) -> Result {
    let mut build = command("cargo", project.path(""));
    build.args(["build", "--locked", "--workspace", "--all-features"]);
    // With a test among the targets, cargo compiles every dependency with the features that tests want of it, too.
    build.args(["--test", SMALLEST_TEST]);
    run(build.args(programs.iter().flat_map(|program| ["--bin", program])))
}

/// Runs the tests of reported faults.
pub fn reports(project: &Project) -> Result {
    let cargo = || command("cargo", project.path(""));
    let test = ["test", "--locked", "--quiet"];
    run(cargo()
        .args(test)
        .args(["--workspace", "--test", "reports", "--test", "gen_reports"]))?;
    let names = ["--package", "rapace-cli", "--test", "cli", "reports_names"];
    run(cargo().args(test).args(names))
}

/// Checks format, lints and docs, runs every Rust test.
pub fn test(project: &Project) -> Result {
    let cargo = || command("cargo", project.path(""));
    run(cargo().args(["fmt", "--all", "--check"]))?;
    let clippy = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--quiet",
    ];
    run(cargo().args(clippy).args(["--", "--deny", "warnings"]))?;
    let mut docs = cargo();
    docs.args(["doc", "--locked", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "--deny warnings");
    run(&mut docs)?;
    // Every failure is shown at once: a whole run takes long.
    let all = [
        "test",
        "--locked",
        "--workspace",
        "--all-features",
        "--quiet",
        "--no-fail-fast",
    ];
    run(cargo().args(all).args(["--", "--skip", COMMAND_VERBS]))
}
