//! `cargo xtask demo`: the main job, end to end.

use std::process::Command;

use rapace_schema::difference::first_difference;

use crate::handlers;
use crate::languages::{LANGUAGES, Language};
use crate::project::{Error, Project, Result, output, run};
use crate::rust;
use crate::said::{print, say};
use crate::servers::Bookshop;

/// Exports the bookshop, generates its clients, starts its server, and calls every method from every language. Each
/// client's output is printed and compared with that of Rust's own. Then Rust's client calls the bookshop's server in each language.
///
/// # Errors
/// When a step fails, a client's output is not Rust's, or a toolchain is missing; the other languages have run then.
pub fn demo(project: &Project, only: &[&'static Language]) -> Result {
    let languages: Vec<&Language> = match only {
        [] => LANGUAGES.iter().collect(),
        only => only.to_vec(),
    };
    step("Build rapace, the bookshop and its server");
    rust::build_programs(project)?;

    step("Export the bookshop's services");
    let api = project.scratch("demo")?.join("api.json");
    let mut export = Command::new(project.built("rapace"));
    export
        .arg("export")
        .arg("--manifest-path")
        .arg(project.path("examples/bookshop/Cargo.toml"));
    run(export.arg("--out").arg(&api))?;

    step("Call every method from Rust");
    let expected = {
        let server = Bookshop::start(project)?;
        output(Command::new(project.built("bookshop-client")).arg(server.tcp()))?
    };
    print(&expected);

    let mut problems = Vec::new();
    for language in languages {
        let name = language.name;
        if let Some(missing) = (language.missing)() {
            problems.push(format!("{name}: {} is missing: {}", missing.tool, missing.cure));
            continue;
        }
        step(&format!("Generate the {name} client and call every method from it"));
        match call_every_method(project, language, &api) {
            Ok(printed) => {
                print(&printed);
                if let Some(difference) = first_difference(&printed, &expected) {
                    problems.push(format!(
                        "{name}: {}",
                        difference.between("it printed", "Rust's client printed")
                    ));
                }
            }
            Err(error) => problems.push(format!("{name}: {error}")),
        }
        step(&format!(
            "Serve the bookshop in {name} and call every method of it from Rust"
        ));
        match handlers::serve_once(project, language) {
            Ok(line) => print(&format!("{line}\n")),
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    if problems.is_empty() {
        step("Every client printed what Rust's own did, and so did Rust's client of every server");
        return Ok(());
    }
    Err(Error(problems.join("\nerror: ")))
}

fn call_every_method(project: &Project, language: &Language, api: &std::path::Path) -> Result<String> {
    let package = project.path(&format!("examples/bookshop/clients/{}/bookshop", language.name));
    project.generate(language.name, api, &package)?;
    (language.setup)(project)?;
    let server = Bookshop::start(project)?;
    output((language.demo_command)(project).arg(server.tcp()))
}

fn step(what: &str) {
    say(&format!("\n== {what}"));
}
