//! Builds and runs the small program that links the user's crates and says what reflection knows of their services.
//!
//! The program is a package of its own below the workspace's target folder. It starts from the user's lock file, has
//! a target folder of its own, and consists of `main.rs` made here and of the sources of `facts.rs` and `shape.rs`,
//! which travel inside this program. It depends on the user's crates and their rapace alone, so nothing is downloaded
//! that a build of the crate would not need.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::facts::Facts;
use crate::symbols::type_paths;
use crate::target::{Selection, Target};

/// How cargo is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct CargoOptions {
    /// Without the network.
    pub offline: bool,
    /// Without its progress on stderr.
    pub quiet: bool,
}

/// Registers services in the driver's program and returns what it says, types with their full paths where symbols
/// tell them. `registers` are the paths of registering functions without their crate, by the package's place in the
/// selection.
///
/// cargo's progress and compiler messages go to stderr.
///
/// # Errors
/// A message: a file cannot be written, the crates do not compile, the program ends badly.
pub fn run(selection: &Selection, registers: &[(usize, String)], cargo: CargoOptions) -> Result<Facts, String> {
    let base = selection.target_folder.join("rapace-export");
    let folder = base.join(key(selection));
    write_package(&folder, selection, registers).map_err(|error| format!("{}: {error}", folder.display()))?;
    // One target folder for all, so that drivers share what they depend on.
    let built = base.join("target");
    build(selection, &folder, &built, cargo)?;
    let program = built.join(&selection.host).join("debug").join(format!(
        "{}{}",
        program_name(selection),
        env::consts::EXE_SUFFIX
    ));
    let mut facts = ask(selection, &program)?;
    let paths = fs::read(&program).map(|bytes| type_paths(&bytes, facts.shapes.iter().map(|shape| shape.symbol)));
    let paths = paths.unwrap_or_default();
    for shape in &mut facts.shapes {
        shape.path = paths.get(&shape.symbol).cloned();
    }
    Ok(facts)
}

fn build(selection: &Selection, folder: &Path, built: &Path, options: CargoOptions) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(built)
        .args(["--target", &selection.host]);
    build
        .args(options.offline.then_some("--offline"))
        .args(options.quiet.then_some("--quiet"));
    // Symbols that tell types apart, added to whatever flags the user has: in the environment, or in a configuration.
    const MANGLING: &str = "-Csymbol-mangling-version=v0";
    match env::var("RUSTFLAGS") {
        Ok(flags) => build.env("RUSTFLAGS", format!("{flags} {MANGLING}")),
        Err(_) => build.arg("--config").arg(format!("build.rustflags=[\"{MANGLING}\"]")),
    };
    // Run from the user's package, so that its toolchain and cargo configuration hold.
    build
        .current_dir(&selection.packages[0].folder)
        .stdin(Stdio::null())
        .stdout(io::stderr());
    let status = build.status().map_err(|error| format!("cargo cannot start: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let names: Vec<String> = selection
        .packages
        .iter()
        .map(|package| format!("`{}`", package.package))
        .collect();
    let noun = if names.len() == 1 {
        "package"
    } else {
        "one of the packages"
    };
    Err(format!(
        "{noun} {} does not compile: the compiler's messages are above",
        names.join(", ")
    ))
}

fn ask(selection: &Selection, program: &Path) -> Result<Facts, String> {
    let file = tempfile::NamedTempFile::new().map_err(|error| format!("temporary file: {error}"))?;
    let status = Command::new(program)
        .arg(file.path())
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status();
    let status = status.map_err(|error| format!("{} cannot start: {error}", program.display()))?;
    if !status.success() {
        return Err(format!(
            "the program that reads the types of `{}` failed: {status}",
            selection.name
        ));
    }
    let text = fs::read_to_string(file.path()).map_err(|error| format!("temporary file: {error}"))?;
    ron::from_str(&ron_of(&text)).map_err(|error| format!("the program that reads the types printed nonsense: {error}"))
}

/// The form of `Debug` as RON: its structs have parentheses instead of braces.
fn ron_of(debug: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let characters = debug.chars().map(|character| {
        let outside = !in_text;
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            '{' if outside => return '(',
            '}' if outside => return ')',
            _ => {}
        }
        character
    });
    characters.collect()
}

fn write_package(folder: &Path, selection: &Selection, registers: &[(usize, String)]) -> io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    write_if_changed(&folder.join("Cargo.toml"), &manifest(selection))?;
    write_if_changed(&folder.join("src/main.rs"), &main_rs(registers))?;
    write_if_changed(&folder.join("src/facts.rs"), include_str!("facts.rs"))?;
    write_if_changed(&folder.join("src/shape.rs"), include_str!("shape.rs"))?;
    // cargo changes the copy, for which only a change of the user's own makes a new one.
    if let Ok(theirs) = fs::read_to_string(&selection.lock_file)
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

/// A name of its own for each choice of packages, since several may be exported side by side.
fn key(selection: &Selection) -> String {
    let names: Vec<&str> = selection
        .packages
        .iter()
        .map(|package| package.package.as_str())
        .collect();
    match names.as_slice() {
        [only] => (*only).to_owned(),
        // Of many names a short number: that of method names is as good as any.
        [first, ..] => format!("{first}-and-{:08x}", rapace_schema::method_id(&names.join(" "))),
        [] => unreachable!("a selection has a package"),
    }
}

fn program_name(selection: &Selection) -> String {
    format!("rapace-export-{}", key(selection))
}

fn manifest(selection: &Selection) -> String {
    let mut dependencies = toml::Table::new();
    for (index, package) in selection.packages.iter().enumerate() {
        dependencies.insert(format!("service{index}"), service(package));
    }
    let mut rapace = table(&[
        ("package", "rapace".into()),
        ("version", format!("={}", selection.rapace.version).into()),
        ("default-features", false.into()),
    ]);
    if let (toml::Value::Table(rapace), Some(folder)) = (&mut rapace, &selection.rapace.path) {
        rapace.insert("path".into(), shown(folder));
    }
    dependencies.insert("rapace".into(), rapace);
    // The feature that keeps doc comments in shapes.
    let facet = [
        ("version", format!("={}", selection.facet_version).into()),
        ("default-features", false.into()),
        ("features", vec!["doc"].into()),
    ];
    dependencies.insert("facet".into(), table(&facet));
    let package = [
        ("name", program_name(selection).into()),
        ("version", "0.0.0".into()),
        ("edition", "2024".into()),
    ];
    let manifest = table(&[
        ("package", table(&package)),
        ("workspace", table(&[])),
        (
            "features",
            table(&[
                ("default", vec!["rapace-driver"].into()),
                ("rapace-driver", toml::Value::Array(Vec::new())),
            ]),
        ),
        ("dependencies", toml::Value::Table(dependencies)),
        ("patch", toml::Value::Table(selection.patches.clone())),
        ("profile", table(&[("dev", table(&[("debug", false.into())]))])),
    ]);
    toml::to_string(&manifest).expect("a table of tables and strings is TOML")
}

fn service(package: &Target) -> toml::Value {
    table(&[
        ("package", package.package.clone().into()),
        ("path", shown(&package.folder)),
        ("default-features", package.default_features.into()),
        ("features", package.features.clone().into()),
    ])
}

fn table(entries: &[(&str, toml::Value)]) -> toml::Value {
    toml::Value::Table(
        entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

fn shown(path: &Path) -> toml::Value {
    path.display().to_string().into()
}

fn main_rs(registers: &[(usize, String)]) -> String {
    let registers: String = registers
        .iter()
        .map(|(index, path)| format!("        service{index}::{path},\n"))
        .collect();
    format!(
        r#"#![allow(deprecated)]

mod facts;
mod shape;

/// Offsets of symbols are counted from here.
#[unsafe(no_mangle)]
pub extern "C" fn rapace_export_anchor() {{}}

fn main() {{
    let path = std::env::args_os().nth(1).expect("a path for the facts");
    let facts = shape::collect(&[
{registers}    ]);
    std::fs::write(path, format!("{{facts:?}}")).expect("the facts can be written");
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::ron_of;
    use crate::facts::{Facts, FieldsFacts, FieldsStyle, Form, ShapeFacts, VariantFacts};

    #[test]
    fn facts_survive_the_way_out_of_the_driver() {
        let shape = |form| ShapeFacts {
            name: "r#type".into(),
            display: "T<'a>".into(),
            parameters: vec![0, 7],
            doc: vec![" \"quoted\" {braces} \\ \\\" \0 \t \u{202e} 😀".into(), String::new()],
            symbol: -5,
            path: None,
            form,
        };
        let variant = VariantFacts {
            name: "A".into(),
            doc: Vec::new(),
            fields: FieldsFacts {
                style: FieldsStyle::Unit,
                fields: Vec::new(),
            },
        };
        let forms = [
            Form::Scalar("U8".into()),
            Form::Pointer("Box".into(), Some(1)),
            Form::Enum(vec![variant]),
        ];
        let facts = Facts {
            services: Vec::new(),
            shapes: forms.into_iter().map(shape).collect(),
        };
        assert_eq!(ron::from_str::<Facts>(&ron_of(&format!("{facts:?}"))).unwrap(), facts);
    }
}
