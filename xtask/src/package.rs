//! Whether the packages carry all that they need: builds `rapace` from them alone, takes their sources away, and
//! lets the program export and generate a crate elsewhere.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::languages::LANGUAGES;
use crate::project::{Error, Project, Result, command, run};
use crate::rust;

/// The packages that are not published: examples, tests and tasks.
const NOT_PUBLISHED: &[&str] = &[
    "bookshop",
    "conformance",
    "conformance-draw",
    "conformance-fixtures",
    "conformance-oracle",
    "jobs",
    "xtask",
];

/// Packages every published crate and uses what comes out of it as a stranger would.
///
/// # Errors
/// When a crate cannot be packaged, misses a file, or the program needs the sources it was built from.
pub fn test(project: &Project) -> Result {
    rust::build(project, &["rapace"])?;
    let mut package = command("cargo", project.path(""));
    package.args([
        "package",
        "--workspace",
        "--locked",
        "--allow-dirty",
        "--no-verify",
        "--quiet",
    ]);
    NOT_PUBLISHED.iter().for_each(|name| {
        package.args(["--exclude", name]);
    });
    let archives = project.scratch("package")?;
    run(package.arg("--target-dir").arg(&archives))?;

    let elsewhere = Elsewhere::new(project)?;
    let program = build(project, &archives.join("package"), &elsewhere.0.join("sources"))?;
    fs::remove_dir_all(elsewhere.0.join("sources"))?;
    export_and_generate(project, &program, &elsewhere.0.join("shop"))
}

/// A folder outside the project, removed in the end.
struct Elsewhere(PathBuf);

impl Elsewhere {
    /// The same folder each time: cargo keeps another build for each place of a crate.
    fn new(project: &Project) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        project.path("").hash(&mut hasher);
        let folder = std::env::temp_dir().join(format!("rapace-packages-{:x}", hasher.finish()));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // What is left is in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Unpacks the archives into one workspace, builds `rapace` there and returns it, moved to a place of its own.
fn build(project: &Project, archives: &Path, sources: &Path) -> Result<PathBuf> {
    fs::create_dir_all(sources)?;
    let mut patches = String::new();
    for entry in fs::read_dir(archives)? {
        let archive = entry?.path();
        if archive.extension().is_none_or(|extension| extension != "crate") {
            continue;
        }
        // With the time of today: by the archive's, which is always the same, cargo would find its last build fresh.
        run(command("tar", sources).arg("xzmf").arg(&archive))?;
        let folder = archive.file_stem().unwrap_or_default().to_string_lossy();
        if let Some((name, _)) = folder.rsplit_once('-') {
            patches += &format!("{name} = {{ path = \"{folder}\" }}\n");
        }
    }
    let command_line = format!("rapace-cli-{}", env!("CARGO_PKG_VERSION"));
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"{command_line}\"]\n\n[patch.crates-io]\n{patches}\n{}",
        profiles(project)?
    );
    fs::write(sources.join("Cargo.toml"), manifest)?;
    fs::copy(project.path("Cargo.lock"), sources.join("Cargo.lock"))?;
    let target = project.scratch("package/target")?;
    run(command("cargo", sources)
        .args(["build", "--quiet", "--bin", "rapace", "--target-dir"])
        .arg(&target)
        // What registries have published is compiled already. Our own crates are others here: their folders are others.
        .env("CARGO_BUILD_BUILD_DIR", project.target()))?;
    let program = project.scratch("package/bin")?.join("rapace");
    fs::copy(target.join("debug/rapace"), &program)?;
    Ok(program)
}

/// The workspace's profiles, by which dependencies are compiled as they are there.
fn profiles(project: &Project) -> Result<String> {
    let manifest = fs::read_to_string(project.path("Cargo.toml"))?;
    let start = manifest.find("\n[profile.");
    let start = start.ok_or_else(|| Error("Cargo.toml has no profile".into()))?;
    Ok(manifest[start..].to_owned())
}

/// A manifest of the bookshop's library without a workspace. It says the same of the package, since that is exported too.
fn shop_manifest(project: &Project) -> Result<String> {
    let own = fs::read_to_string(project.path("examples/bookshop/Cargo.toml"))?;
    let description = own.lines().find(|line| line.starts_with("description"));
    let description = description.ok_or_else(|| Error("the bookshop's manifest has no description".into()))?;
    Ok(format!(
        "[package]\nname = \"bookshop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{description}\n\
         license = \"MIT OR Apache-2.0\"\n\n[dependencies]\n\
         facet = \"=0.32.3\"\nfutures = \"0.3\"\nrapace = \"=0.5.0\"\n\
         tokio = {{ version = \"1\", features = [\"rt\", \"sync\", \"time\"] }}\n"
    ))
}

/// Exports a copy of the bookshop's library and generates every language, the installed program alone at work.
fn export_and_generate(project: &Project, program: &Path, shop: &Path) -> Result {
    copy_sources(&project.path("examples/bookshop/src"), &shop.join("src"))?;
    fs::copy(project.path("examples/bookshop/rapace.toml"), shop.join("rapace.toml"))?;
    fs::write(shop.join("Cargo.toml"), shop_manifest(project)?)?;
    fs::copy(project.path("Cargo.lock"), shop.join("Cargo.lock"))?;
    let mut export = command(program, shop);
    // The folder of the development build, where rapace itself is already compiled for a driver.
    export
        .args(["export", "--out", "api.json"])
        .env("CARGO_TARGET_DIR", project.path("target"));
    run(&mut export)?;
    let exported = fs::read_to_string(shop.join("api.json"))?;
    if exported != fs::read_to_string(project.path("examples/bookshop/api.json"))? {
        return Err(Error(
            "the installed program exports another api.json than the repository holds".into(),
        ));
    }
    for language in LANGUAGES {
        let out = shop.join("clients").join(language.name);
        run(command(program, shop)
            .args(["gen", "--lang", language.name, "--out"])
            .arg(&out)
            .arg("api.json"))?;
        let mut check = Command::new(project.built("rapace"));
        check
            .args(["gen", "--check", "--lang", language.name, "--out"])
            .arg(&out)
            .arg(shop.join("api.json"));
        run(&mut check)?;
    }
    Ok(())
}

/// Copies the library: the files of a folder and its folders, but not the binaries.
fn copy_sources(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if !path.is_dir() {
            fs::copy(&path, &target)?;
        } else if path.file_name().is_some_and(|name| name != "bin") {
            copy_sources(&path, &target)?;
        }
    }
    Ok(())
}
