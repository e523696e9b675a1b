//! Whether generated modules can be published, and share a runtime.

use std::path::Path;
use std::process::Command;

use super::tools::{build_linter, check, check_format, go};
use crate::project::{Error, Project, Result, run};

/// The module that uses two packages with one runtime. Its files end in `.txt`, because it works only beside those.
const SHARED: &str = "generators/go/shared";

/// Checks that a generated module can be published: it is as `go mod tidy` leaves it, without findings, and the program of its
/// README compiles.
fn publishable(project: &Project, module: &Path) -> Result {
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
pub fn test(project: &Project) -> Result {
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
