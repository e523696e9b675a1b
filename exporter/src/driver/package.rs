//! The driver's package: its manifest, its lock file and its sources.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use crate::selection::{SelectedPackage, Selection};

/// A function that registers a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Register {
    /// By its symbol in a library.
    Symbol(String),
    /// By its path in the package at this place of the selection.
    Path(usize, String),
}

/// Writes the package, and nothing that has not changed: cargo rebuilds what is newer. Returns what the program will
/// say that it is of.
pub(super) fn write(folder: &Path, program: &str, selection: &Selection, registers: &[Register]) -> io::Result<String> {
    fs::create_dir_all(folder.join("src"))?;
    let manifest = manifest(program, selection);
    write_if_changed(&folder.join("Cargo.toml"), &manifest)?;
    write_if_changed(&folder.join("src/lib.rs"), "")?;
    let main = main_rs(selection.packages.len(), registers);
    let mut hasher = DefaultHasher::new();
    (&manifest, &main).hash(&mut hasher);
    let of = format!("{program} {:016x}", hasher.finish());
    // The libraries are built before the services are known: a program that is there stays until then.
    if !registers.is_empty() || !folder.join("src/main.rs").exists() {
        write_if_changed(&folder.join("src/main.rs"), &main.replace("{OF}", &of))?;
    }
    write_if_changed(&folder.join("src/facts.rs"), include_str!("../facts.rs"))?;
    write_if_changed(&folder.join("src/shape.rs"), include_str!("../shape.rs"))?;
    // cargo changes the copy, for which only a change of the user's own makes a new one.
    if let Ok(theirs) = fs::read_to_string(&selection.lock_file)
        && write_if_changed(&folder.join("Cargo.lock.theirs"), &theirs)?
    {
        fs::write(folder.join("Cargo.lock"), theirs)?;
    }
    Ok(of)
}

/// Writes the text unless the file has it. True when it wrote.
pub(super) fn write_if_changed(path: &Path, text: &str) -> io::Result<bool> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    fs::write(path, text)?;
    Ok(true)
}

fn manifest(program: &str, selection: &Selection) -> String {
    let mut dependencies = toml::Table::new();
    for (index, package) in selection.packages.iter().enumerate() {
        dependencies.insert(format!("service{index}"), service(package));
    }
    let extra = selection.packages.iter().flat_map(|package| &package.extra);
    for (index, dependency) in extra.enumerate() {
        dependencies.insert(format!("extra{index}"), dependency.clone());
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
    // The type by which facet-postcard takes a value of any shape.
    let reflect = [
        ("version", format!("={}", selection.reflect_version).into()),
        ("default-features", false.into()),
    ];
    dependencies.insert("facet-reflect".into(), table(&reflect));
    let package = [
        ("name", program.into()),
        ("version", "0.0.0".into()),
        ("edition", "2024".into()),
    ];
    let library = [("name", "rapace_export_libraries".into())];
    let manifest = table(&[
        ("package", table(&package)),
        ("lib", table(&library)),
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
    ]);
    toml::to_string(&manifest).expect("a table of tables and strings is TOML")
}

fn service(package: &SelectedPackage) -> toml::Value {
    table(&[
        ("package", package.package.clone().into()),
        ("path", shown(&package.folder)),
        ("default-features", package.default_features.into()),
        ("features", package.features.clone().into()),
    ])
}

/// A table of these entries.
pub(crate) fn table(entries: &[(&str, toml::Value)]) -> toml::Value {
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

/// The program. It has no attributes that allow or deny lints: a lint that the user forbids cannot be allowed again, and
/// all are capped anyway.
fn main_rs(packages: usize, registers: &[Register]) -> String {
    let crates: String = (0..packages)
        .map(|index| format!("extern crate service{index} as _;\n"))
        .collect();
    let (mut declared, mut listed) = (String::new(), String::new());
    for (index, register) in registers.iter().enumerate() {
        match register {
            Register::Symbol(symbol) => {
                declared += &format!(
                    "    #[link_name = {symbol:?}]\n    safe fn register{index}(registry: &mut \
                     rapace::registry::ServiceRegistry);\n"
                );
                listed += &format!("        register{index},\n");
            }
            Register::Path(package, path) => listed += &format!("        service{package}::{path},\n"),
        }
    }
    format!(
        r#"{crates}
mod facts;
mod shape;

// The registering functions, by their symbols: some have no path that is public.
unsafe extern "Rust" {{
{declared}}}

/// Offsets of symbols are counted from here.
#[unsafe(no_mangle)]
pub extern "C" fn rapace_export_anchor() {{}}

fn main() {{
    let path = std::env::args_os().nth(1).expect("a path for the facts");
    let mut facts = shape::collect(&[
{listed}    ]);
    facts.of = "{{OF}}".into();
    std::fs::write(path, format!("{{facts:?}}")).expect("the facts can be written");
}}
"#
    )
}
