//! Everything Rust: format, lints, tests, and the programs that the other languages' tests run against.

use std::process::Command;

use crate::project::{Missing, Project, Result, command, major_minor, run, version_of};

/// The oldest Rust that builds the workspace.
const OLDEST: (u32, u32) = (1, 95);

/// The programs that have documentation: no library has their name.
const PROGRAMS_ALONE: [&str; 5] = [
    "bookshop-client",
    "bookshop-server",
    "conformance",
    "plugin-host",
    "xtask",
];

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

/// The programs that demos and tests run: `rapace`, the bookshop's server and client, and the plug-in and its host.
const PROGRAMS: [&str; 5] = [
    "rapace",
    "bookshop-client",
    "bookshop-server",
    "plugin-hello",
    "plugin-host",
];

/// Builds the programs that demos and tests run.
pub fn build_programs(project: &Project) -> Result {
    build(project, &PROGRAMS)
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
    run(cargo_test(project).args(["--test", "reports", "--test", "gen_reports"]))?;
    run(cargo_test(project).args(["--test", "cli", "reports_names"]))
}

/// `cargo test` of the whole workspace, of which arguments may choose a part: one package alone would have other features of what it
/// depends on, so that cargo would compile that again.
pub fn cargo_test(project: &Project) -> Command {
    let mut cargo = command("cargo", project.path(""));
    cargo.args(["test", "--locked", "--workspace", "--all-features", "--quiet"]);
    cargo
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
    docs.args([
        "doc",
        "--locked",
        "--workspace",
        "--all-features",
        "--no-deps",
        "--quiet",
    ]);
    // With examples among the targets, dependencies have the features that clippy has checked them with.
    docs.args(["--lib", "--examples"]);
    docs.args(PROGRAMS_ALONE.iter().flat_map(|program| ["--bin", program]));
    run(docs.env("RUSTDOCFLAGS", "--deny warnings"))?;
    // Every failure is shown at once: a whole run takes long.
    run(cargo_test(project).args(["--no-fail-fast", "--", "--skip", COMMAND_VERBS]))
}
