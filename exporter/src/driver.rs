//! Builds and runs the small program that links the user's crate and says what reflection knows of its services.
//!
//! The program is a package of its own below the workspace's target folder. It starts from the user's lock file, has
//! a target folder of its own, and consists of `main.rs` made here and of the sources of `facts.rs` and `shape.rs`,
//! which travel inside this program: nothing of this repository is needed where it runs.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::discover::Found;
use crate::facts::Facts;
use crate::target::Target;

/// Registers these services in the driver's program and returns what it says.
///
/// cargo's progress and compiler messages go to stderr.
///
/// # Errors
/// A message: a file cannot be written, the crate does not compile, the program ends badly.
pub fn run(target: &Target, services: &[Found]) -> Result<Facts, String> {
    let folder = target.target_folder.join("rapace-export").join(&target.package);
    write_package(&folder, target, services).map_err(|error| format!("{}: {error}", folder.display()))?;
    let facts = tempfile::NamedTempFile::new().map_err(|error| format!("temporary file: {error}"))?;

    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    // One target folder for all packages of the workspace, so that they share what they depend on.
    let built = target.target_folder.join("rapace-export").join("target");
    build.arg("--target-dir").arg(&built);
    // Run from the user's package, so that its toolchain and cargo configuration hold.
    build
        .current_dir(&target.folder)
        .stdin(Stdio::null())
        .stdout(io::stderr());
    let status = build.status().map_err(|error| format!("cargo cannot start: {error}"))?;
    if !status.success() {
        return Err(format!(
            "package `{}` does not compile: the compiler's messages are above",
            target.package
        ));
    }
    let program = built
        .join("debug")
        .join(format!("{}{}", program_name(target), env::consts::EXE_SUFFIX));
    let status = Command::new(&program)
        .arg(facts.path())
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status();
    let status = status.map_err(|error| format!("{} cannot start: {error}", program.display()))?;
    if !status.success() {
        return Err(format!(
            "the program that reads the types of `{}` failed: {status}",
            target.package
        ));
    }
    let text = fs::read_to_string(facts.path()).map_err(|error| format!("temporary file: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("the program that reads the types printed nonsense: {error}"))
}

/// A name of its own per package: packages of a workspace may be exported side by side.
fn program_name(target: &Target) -> String {
    format!("rapace-export-{}", target.package)
}

fn write_package(folder: &Path, target: &Target, services: &[Found]) -> io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    write_if_changed(&folder.join("Cargo.toml"), &manifest(target))?;
    write_if_changed(&folder.join("src/main.rs"), &main_rs(target, services))?;
    write_if_changed(&folder.join("src/facts.rs"), include_str!("facts.rs"))?;
    write_if_changed(&folder.join("src/shape.rs"), include_str!("shape.rs"))?;
    // cargo adds to the lock file what the driver needs besides, so only a change of the user's replaces it.
    if let Ok(theirs) = fs::read_to_string(&target.lock_file)
        && write_if_changed(&folder.join("Cargo.lock.theirs"), &theirs)?
    {
        fs::write(folder.join("Cargo.lock"), theirs)?;
    }
    Ok(())
}

/// Writes the text unless the file has it: cargo rebuilds what is newer. True when it wrote.
fn write_if_changed(path: &Path, text: &str) -> io::Result<bool> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    fs::write(path, text)?;
    Ok(true)
}

fn manifest(target: &Target) -> String {
    let table = |entries: &[(&str, toml::Value)]| {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        toml::Value::Table(entries.collect())
    };
    let path = |path: &PathBuf| path.display().to_string().into();
    let mut rapace = vec![
        ("package", "rapace".into()),
        ("version", format!("={}", target.rapace.version).into()),
        ("default-features", false.into()),
    ];
    if let Some(folder) = &target.rapace.path {
        rapace.push(("path", path(folder)));
    }
    // The feature that keeps doc comments in shapes.
    let facet = [
        ("version", format!("={}", target.facet_version).into()),
        ("default-features", false.into()),
        ("features", vec!["doc"].into()),
    ];
    let dependencies = table(&[
        (
            "service",
            table(&[
                ("package", target.package.clone().into()),
                ("path", path(&target.folder)),
            ]),
        ),
        ("rapace", table(&rapace)),
        ("facet", table(&facet)),
        (
            "serde",
            table(&[("version", "1".into()), ("features", vec!["derive"].into())]),
        ),
        ("serde_json", "1".into()),
    ]);
    let package = table(&[
        ("name", program_name(target).into()),
        ("version", "0.0.0".into()),
        ("edition", "2024".into()),
    ]);
    let manifest = table(&[
        ("package", package),
        ("workspace", table(&[])),
        ("dependencies", dependencies),
        ("profile", table(&[("dev", table(&[("debug", false.into())]))])),
    ]);
    toml::to_string(&manifest).expect("a table of tables and strings is TOML")
}

fn main_rs(target: &Target, services: &[Found]) -> String {
    let own = format!("{}::", target.library);
    let registers: Vec<String> = services
        .iter()
        .map(|service| {
            let path = service.register_path();
            format!("        service::{},\n", path.strip_prefix(&own).unwrap_or(&path))
        })
        .collect();
    format!(
        "#![allow(deprecated)]\n\nmod facts;\nmod shape;\n\nfn main() {{\n    \
             let path = std::env::args_os().nth(1).expect(\"a path for the facts\");\n    \
             let facts = shape::collect(&[\n{}    ]);\n    \
             let text = serde_json::to_vec(&facts).expect(\"facts are plain data\");\n    \
             std::fs::write(path, text).expect(\"the facts can be written\");\n\
         }}\n",
        registers.concat()
    )
}
