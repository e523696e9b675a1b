//! `cargo xtask demo`: the main job, end to end.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rapace_schema::difference::first_difference;

use crate::handlers;
use crate::languages::{LANGUAGES, Language};
use crate::project::{Error, Project, Result, all_good, output, run};
use crate::rust;
use crate::said::{print, say};
use crate::servers::Bookshop;

/// What a demo begins with.
const ANNOUNCEMENT: &str = "
The bookshop, two services in Rust, is described, called from every language, and served by every language.
The first time takes some 5 minutes on two cores: cargo builds everything twice, once for the programs and once for the
program that `rapace export` asks about the types. Python and TypeScript then install their tools (a type checker, a
compiler), and later demos take about a minute.";

/// What a demo ends with.
const NEXT: &str = "
What to look at next:
  examples/bookshop/src/catalog.rs            a service in Rust
  examples/bookshop/clients/python/demo.py    a client that calls all of it; go/main.go and typescript/src/main.ts do the same
  examples/bookshop/clients/python/bookshop   what was generated for it
  examples/bookshop/servers/                  the services in each language
  README.md                                   the same with your own crate, from nothing to a first call";

/// Exports the bookshop, generates its clients, starts its server, and calls every method from every language. Each
/// client's output is compared with that of Rust's own, which is printed. Rust's client calls the bookshop's server in each language.
///
/// # Errors
/// When a step fails, a client's output is not Rust's, or a toolchain is missing; the other languages have run then.
pub fn demo(project: &Project, only: &[&'static Language]) -> Result {
    let languages: Vec<&Language> = match only {
        [] => LANGUAGES.iter().collect(),
        only => only.to_vec(),
    };
    say(ANNOUNCEMENT);
    timed("Build rapace, the bookshop and its server", || {
        rust::build_programs(project)
    })?;
    let api = project.scratch("demo")?.join("api.json");
    timed("Describe the services: rapace export", || export(project, &api))?;
    let expected = timed("Start the server, and call every method from Rust", || {
        let server = Bookshop::start(project)?;
        output(Command::new(project.built("bookshop-client")).arg(server.tcp()))
    })?;
    print(&expected);

    let mut problems = Vec::new();
    let mut lines = Vec::new();
    for language in languages {
        let name = language.name;
        if let Some(missing) = (language.missing)() {
            problems.push(format!("{name}: {} is missing: {}", missing.tool, missing.cure));
            continue;
        }
        let set_up = format!("Set up {name}, generate its package and compile its programs");
        if let Err(error) = timed(&set_up, || prepare(project, language, &api)) {
            problems.push(format!("{name}: {error}"));
            continue;
        }
        say(&format!(
            "\n== Call every method from {name}, and every method of its server from Rust"
        ));
        let start = Instant::now();
        match call_every_method(project, language, &expected) {
            Ok(count) => lines.push(format!("{name} client ✓ {count} lines equal, {}", since(start))),
            Err(error) => problems.push(format!("{name}: {error}")),
        }
        let start = Instant::now();
        match handlers::serve_once(project, language) {
            Ok(count) => lines.push(format!("{name} server ✓ {count} lines equal, {}", since(start))),
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    say("\n== Compared with what Rust's own client printed of Rust's own server");
    for line in lines {
        print(&format!("{line}\n"));
    }
    if problems.is_empty() {
        say(NEXT);
    }
    all_good(problems)
}

/// Describes the bookshop.
fn export(project: &Project, api: &Path) -> Result {
    let mut export = Command::new(project.built("rapace"));
    export
        .arg("export")
        .arg("--manifest-path")
        .arg(project.path("examples/bookshop/Cargo.toml"));
    run(export.arg("--out").arg(api))
}

/// Generates a language's package, and installs what its programs need.
fn prepare(project: &Project, language: &Language, api: &Path) -> Result {
    let package = project.path(&format!("examples/bookshop/clients/{}/bookshop", language.name));
    project.generate(language.name, api, &package)?;
    (language.setup)(project)
}

/// Calls every method from a language. Returns how many lines its client has printed, which are those of Rust's client.
fn call_every_method(project: &Project, language: &Language, expected: &str) -> Result<usize> {
    let server = Bookshop::start(project)?;
    let printed = output((language.demo_command)(project).arg(server.tcp()))?;
    match first_difference(&printed, expected) {
        None => Ok(printed.lines().count()),
        Some(difference) => Err(Error(difference.between("it printed", "Rust's client printed"))),
    }
}

/// Does a step, and says how long it took.
fn timed<T>(what: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("\n== {what}"));
    let start = Instant::now();
    let done = step()?;
    say(&format!("   {}", since(start)));
    Ok(done)
}

fn since(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}
