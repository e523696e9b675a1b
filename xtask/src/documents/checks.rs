//! The checks of a language's blocks: all of them at once, as a program whose files they are.

use std::fs;
use std::path::{Path, PathBuf};

use super::blocks::{Block, Mark};
use super::frames::framed;
use crate::project::{Error, Project, Result, command, run};
use crate::{python, typescript};

/// The packages that pages use: the name of the folder, and the description.
const PACKAGES: [(&str, &str); 2] = [
    ("bookshop", "examples/bookshop/api.json"),
    ("plugin-hello", "examples/plugin-hello/api.json"),
];

/// Writes each block in its frame to the file that `path` names by the block's number.
fn write(project: &Project, blocks: &[&Block], extension: &str, path: impl Fn(usize) -> PathBuf) -> Result {
    for (number, block) in blocks.iter().enumerate() {
        let Mark::Check(frame) = &block.mark else { continue };
        let path = path(number);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, framed(project, frame, extension, block)?)?;
    }
    Ok(())
}

/// An empty folder for a language's blocks.
fn fresh(project: &Project, language: &str) -> Result<PathBuf> {
    let folder = project.scratch(&format!("documents/{language}"))?;
    fs::remove_dir_all(&folder)?;
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Names the places of blocks, since a compiler names files by number.
fn with_places(result: Result, blocks: &[&Block]) -> Result {
    result.map_err(|Error(said)| {
        let places: Vec<String> = blocks
            .iter()
            .enumerate()
            .map(|(number, block)| format!("block_{number} is {}", block.place))
            .collect();
        Error(format!("{said}\n{}", places.join("\n")))
    })
}

/// The numbers of the blocks that are run, too: those in the frame of this name.
fn scripts(blocks: &[&Block]) -> impl Iterator<Item = usize> {
    let script = |(number, block): (usize, &&Block)| (block.mark == Mark::Check("script".into())).then_some(number);
    blocks.iter().enumerate().filter_map(script)
}

/// Checks the types of Python's blocks, and runs the scripts.
///
/// # Errors
/// When a type is wrong, or a script fails.
pub fn python(project: &Project, blocks: &[&Block]) -> Result {
    let folder = fresh(project, "python")?;
    let mut sources = Vec::new();
    for (package, api) in PACKAGES {
        project.generate("python", &project.path(api), &folder.join(package))?;
        sources.push(folder.join(package).join("src").display().to_string());
    }
    write(project, blocks, "py", |number| {
        folder.join(format!("block_{number}.py"))
    })?;
    let mut mypy = command(python::tool(project, "mypy"), &folder);
    mypy.env("MYPYPATH", sources.join(":")).args([
        "--python-version",
        "3.11",
        "--check-untyped-defs",
        "--no-error-summary",
    ]);
    mypy.args((0..blocks.len()).map(|number| format!("block_{number}.py")));
    with_places(run(&mut mypy), blocks)?;
    for number in scripts(blocks) {
        let mut script = command(python::tool(project, "python"), &folder);
        script
            .env("PYTHONPATH", sources.join(":"))
            .arg(format!("block_{number}.py"));
        with_places(run(&mut script), blocks)?;
    }
    Ok(())
}

/// Compiles and vets Go's blocks, and runs the scripts.
///
/// # Errors
/// When one does not compile, or a script fails.
pub fn go(project: &Project, blocks: &[&Block]) -> Result {
    let folder = fresh(project, "go")?;
    let mut module = "module example.com/pages\n\ngo 1.25\n".to_owned();
    for (package, api) in PACKAGES {
        let name = package.replace('-', "");
        let path = format!("example.com/{name}");
        let mut generate = command(project.built("rapace"), &folder);
        generate.args(["gen", "--lang", "go", "--package", &path, "--out", &name]);
        run(generate.arg(project.path(api)))?;
        module += &format!("\nrequire {path} v0.0.0\n\nreplace {path} => ./{name}\n");
    }
    fs::write(folder.join("go.mod"), module)?;
    write(project, blocks, "go", |number| {
        folder.join(format!("block_{number}/block.go"))
    })?;
    let go = |arguments: &[&str]| with_places(run(command("go", &folder).args(arguments)), blocks);
    go(&["vet", "-mod=mod", "./..."])?;
    scripts(blocks).try_for_each(|number| go(&["run", "-mod=mod", &format!("./block_{number}")]))
}

/// Checks the types of TypeScript's blocks.
///
/// # Errors
/// When a type is wrong.
pub fn typescript(project: &Project, blocks: &[&Block]) -> Result {
    let folder = fresh(project, "typescript")?;
    for (package, api) in PACKAGES {
        let generated = folder.join("node_modules").join(package);
        project.generate("typescript", &project.path(api), &generated)?;
    }
    write(project, blocks, "ts", |number| {
        folder.join(format!("block_{number}.ts"))
    })?;
    fs::write(folder.join("package.json"), "{ \"type\": \"module\" }\n")?;
    let options = r#"{ "compilerOptions": { "target": "ES2022", "module": "NodeNext", "types": ["node"], "strict": true, "noEmit": true,
 "lib": ["ES2022", "ESNext.Disposable", "DOM"], "skipLibCheck": true }, "include": ["*.ts"] }"#;
    fs::write(folder.join("tsconfig.json"), options)?;
    with_places(run(typescript::compile(project, &folder).args(["-p", "."])), blocks)
}

/// Compiles Rust's blocks, as modules of a crate that has the dependencies of README.
///
/// # Errors
/// When one does not compile.
pub fn rust(project: &Project, blocks: &[&Block]) -> Result {
    let folder = fresh(project, "rust")?;
    let modules: String = (0..blocks.len())
        .map(|number| format!("mod block_{number};\n"))
        .collect();
    let manifest = format!(
        "[package]\nname = \"pages\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nfacet = \"0.32.3\"\nfutures = \"0.3.32\"\n\
         rapace = \"0.5.0\"\nrapace-host = {{ path = {:?} }}\ntokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\", \"signal\", \"sync\"] }}\n\
         jobs = {{ path = {:?} }}\n",
        project.path("runtimes/rust"),
        project.path("examples/jobs"),
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(project.path("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(
        folder.join("src/lib.rs"),
        format!("#![allow(unused, reason = \"parts of programs\")]\n{modules}"),
    )?;
    write(project, blocks, "rs", |number| {
        folder.join(format!("src/block_{number}.rs"))
    })?;
    with_places(run(&mut cargo(project, &folder, &["build", "--quiet"])), blocks)
}

/// cargo in a crate outside the workspace, which builds where the workspace does.
pub fn cargo(project: &Project, folder: &Path, arguments: &[&str]) -> std::process::Command {
    let mut cargo = command("cargo", folder);
    cargo.args(arguments);
    shared(project, &mut cargo);
    cargo
}

/// Lets a command build where the workspace does, and dependencies as the workspace has them: what both need is compiled once.
pub fn shared(project: &Project, command: &mut std::process::Command) {
    command
        .env("CARGO_TARGET_DIR", project.target())
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
}

/// Exports the jobs crate, and generates its packages, with each `rapace.toml` that a page shows.
///
/// # Errors
/// When an export is refused.
pub fn services(project: &Project, blocks: &[&Block]) -> Result {
    let folder = fresh(project, "jobs")?;
    copy(project, &folder)?;
    for block in blocks {
        fs::write(folder.join("rapace.toml"), &block.text)?;
        let mut export = command(project.built("rapace"), &folder);
        shared(project, &mut export);
        // Without arguments it exports, and generates what the file names.
        let verb: &[&str] = match block.text.contains("[[gen]]") {
            true => &["gen"],
            false => &["export", "--out", "api.json"],
        };
        let done = run(export.args(verb));
        done.map_err(|error| Error(format!("{}: {error}", block.place)))?;
    }
    Ok(())
}

/// Copies the library of the jobs crate into a crate outside the workspace.
fn copy(project: &Project, folder: &Path) -> Result {
    fs::create_dir_all(folder.join("src"))?;
    for file in ["lib.rs", "model.rs", "scheduler.rs", "services.rs"] {
        fs::copy(
            project.path("examples/jobs/src").join(file),
            folder.join("src").join(file),
        )?;
    }
    let manifest = "[package]\nname = \"jobs\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nfacet = \"0.32.3\"\n\
                    futures = \"0.3.32\"\nrapace = \"0.5.0\"\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(project.path("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}
