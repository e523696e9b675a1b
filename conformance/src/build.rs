//! Makes clients for a crate that is written here, as its author would: compiled, exported, generated, checked, and built into
//! testees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use rapace_schema::{Api, read};

use crate::testee::Program;
use crate::testee::list as testees;

/// What the testees expect the API to be called: that of the fixtures.
const NAME: &str = "conformance-fixtures";
/// Where a crate is exported to, in its folder.
const API: &str = "api.json";
/// How much of a tool's output is kept, in characters.
const KEPT: usize = 3_000;
/// What is not copied with a testee.
const NOT_COPIED: &[&str] = &["generated", "build", "testee", "table.go", "__pycache__", ".ruff_cache"];

/// What ruff looks for in generated code, and what it must bear there, as in the checks of the generators' cases.
const RUFF: &[&str] = &[
    "check",
    "--no-cache",
    "--quiet",
    "--extend-select",
    "B,C4,E,F,I,PIE,PYI,RET,RUF,UP,W",
    "--ignore",
    "BLE001,E501,RUF001,RUF002,RUF003,UP040,UP046,UP047",
    "generated",
];

/// A crate as it is written.
pub struct Sources<'a> {
    /// What it is called.
    pub name: &'static str,
    /// What it depends on besides facet and rapace: lines of its manifest, in which `{root}` is the repository.
    pub dependencies: &'a str,
    /// Its library, with the services.
    pub library: &'a str,
    /// Its program.
    pub program: &'a str,
    /// What is added to its description before clients are generated.
    pub extend: &'a dyn Fn(&mut Api),
}

/// The testees of a crate.
pub struct Built {
    /// The exported description, with what was added to it.
    pub api: Api,
    /// The crate's program.
    pub program: String,
    /// How each testee is started that could be built.
    pub programs: Vec<Program>,
    /// What exporter, generators, compilers and linters say against the crate.
    pub problems: Vec<String>,
}

/// The folders that are used.
struct Folders {
    root: PathBuf,
    target: PathBuf,
    place: PathBuf,
}

/// Makes the testees of these names in a folder below cargo's target folder, which is used again each time.
///
/// # Errors
/// When the crate cannot be compiled or exported, or a tool is missing.
pub fn build(sources: &Sources<'_>, names: &[String]) -> Result<Built, String> {
    let folders = Folders::new(sources.name);
    let krate = folders.place.join("crate");
    folders.write_crate(&krate, sources)?;
    folders.cargo(&krate, &["build", "--offline", "--quiet"])?;
    let rapace = folders.rapace()?;
    let mut export = Command::new(&rapace);
    export
        .args(["export", "--offline", "--name", NAME, "--out", API])
        .current_dir(&krate);
    run(export.env("CARGO_TARGET_DIR", &folders.target))?;
    let text = read_text(&krate.join(API))?;
    let mut api = read(&text).map_err(|error| format!("the exported {API}: {error}"))?;
    (sources.extend)(&mut api);
    rapace_schema::digest::seal(&mut api);
    let text = rapace_schema::to_json(&api);
    let api = read(&text).map_err(|error| format!("the exported {API} and what was added: {error}"))?;
    write_text(&krate.join(API), &text)?;

    let mut languages: Vec<&str> = names.iter().map(|name| language(name)).collect();
    languages.dedup();
    let outcomes = thread::scope(|scope| {
        let started: Vec<_> = languages
            .iter()
            .map(|language| {
                (
                    *language,
                    scope.spawn(|| folders.testee(&rapace, language, &krate.join(API))),
                )
            })
            .collect();
        let ended = started.into_iter();
        ended
            .map(|(language, thread)| (language, thread.join().unwrap_or_else(|_| Err("a panic".into()))))
            .collect::<Vec<_>>()
    });
    let (mut programs, mut problems) = (Vec::new(), Vec::new());
    for (language, outcome) in outcomes {
        match outcome {
            Ok(said) => problems.extend(said.into_iter().map(|problem| format!("{language}: {problem}"))),
            Err(problem) => {
                problems.push(format!("{language}: {problem}"));
                continue;
            }
        }
        for name in names.iter().filter(|name| self::language(name) == language) {
            let folder = folders.place.join(language);
            programs.push(testees::program(name, Some(&folder), Some(&krate.join(API)))?);
        }
    }
    Ok(Built {
        api,
        program: folders.target.join("debug").join(sources.name).display().to_string(),
        programs,
        problems,
    })
}

/// The description that was exported last of the crate of this name.
pub fn exported(name: &str) -> PathBuf {
    Folders::new(name).place.join("crate").join(API)
}

/// The language of a testee: `python` of `python-pure`.
fn language(testee: &str) -> &str {
    testee.split('-').next().unwrap_or(testee)
}

impl Folders {
    fn new(name: &str) -> Self {
        let suite = crate::fixtures::folder();
        let root = suite.parent().unwrap_or(&suite).to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self {
            place: target.join("crates").join(name),
            root,
            target,
        }
    }

    /// Its dependencies are those of the workspace, compiled alike, so that they are there already.
    fn write_crate(&self, folder: &Path, sources: &Sources<'_>) -> Result<(), String> {
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             facet = \"=0.32.3\"\nrapace = \"=0.5.0\"\n{}\n[profile.dev]\ndebug = false\n",
            sources.name,
            sources.dependencies.replace("{root}", &self.root.display().to_string())
        );
        let lock = read_text(&self.root.join("Cargo.lock"))?;
        for (name, text) in [
            ("Cargo.toml", manifest.as_str()),
            ("Cargo.lock", lock.as_str()),
            ("src/lib.rs", sources.library),
            ("src/main.rs", sources.program),
        ] {
            write_text(&folder.join(name), text)?;
        }
        Ok(())
    }

    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Result<(), String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(folder);
        run(command.env("CARGO_TARGET_DIR", &self.target))
    }

    /// The program that exports and generates: the one that the environment names, or else built here.
    fn rapace(&self) -> Result<PathBuf, String> {
        if let Some(built) = std::env::var_os("RAPACE") {
            return Ok(built.into());
        }
        let package = ["--package", "rapace-cli", "--bin", "rapace"];
        self.cargo(&self.root, &[&["build", "--offline", "--quiet"], &package[..]].concat())?;
        Ok(self.target.join("debug/rapace"))
    }

    /// Generates and builds a testee; returns what checks say against the generated code.
    fn testee(&self, rapace: &Path, language: &str, api: &Path) -> Result<Vec<String>, String> {
        let folder = self.place.join(language);
        copy(&self.root.join("conformance/testees").join(language), &folder)?;
        let mut generate = Command::new(rapace);
        generate.args(["gen", "--lang", language]);
        if language == "go" {
            // The testee imports it.
            generate.args(["--opt", "websocket=true"]);
        }
        if language == "typescript" {
            // The suite's values of `usize` have all 64 bits.
            generate.args(["--opt", "usize=int64"]);
        }
        generate.arg("--out");
        run(generate.arg(folder.join("generated")).arg(api))?;
        match language {
            "python" => Ok(self.check_python(&folder)),
            "go" => self.build_go(&folder),
            _ => self.build_typescript(&folder),
        }
    }

    fn check_python(&self, folder: &Path) -> Vec<String> {
        let tools = self.root.join("runtimes/python");
        let tool = |path: &str| command(tools.join(path), folder);
        let mut mypy = tool(".venv/bin/mypy");
        mypy.args([
            "--strict",
            "--python-version",
            "3.11",
            "--no-error-summary",
            "generated/src",
        ]);
        let config =
            "{\"typeCheckingMode\": \"strict\", \"pythonVersion\": \"3.11\", \"include\": [\"generated/src\"]}";
        let pyright = write_text(&folder.join("pyrightconfig.json"), config).and_then(|()| {
            let mut pyright = tool("node_modules/.bin/pyright");
            run(pyright.arg("--pythonpath").arg(tools.join(".venv/bin/python")))
        });
        let format = ["format", "--no-cache", "--check", "--quiet", "generated"];
        let checks = [
            run(tool(".venv/bin/ruff").args(format)),
            run(tool(".venv/bin/ruff").args(RUFF)),
            run(&mut mypy),
            pyright,
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }

    fn build_go(&self, folder: &Path) -> Result<Vec<String>, String> {
        let go = |folder: &Path| {
            let mut go = command("go", folder);
            go.env("GOTOOLCHAIN", "local").env("GOWORK", "off");
            go
        };
        let table = go(folder).args(["run", "./table", "generated"]).output();
        let table = table.map_err(|error| format!("go: {error}"))?;
        write_text(&folder.join("table.go"), &String::from_utf8_lossy(&table.stdout))?;
        run(go(folder).args(["build", "-o", "testee", "."]))?;
        let generated = folder.join("generated");
        let checks = [
            run(command("gofmt", &generated).args(["-d", "."])),
            run(go(&generated).args(["vet", "./..."])),
            run(command(self.target.join("xtask/go/staticcheck"), &generated)
                .arg("./...")
                .env("GOWORK", "off")),
        ];
        Ok(checks.into_iter().filter_map(Result::err).collect())
    }

    fn build_typescript(&self, folder: &Path) -> Result<Vec<String>, String> {
        let modules = self.root.join("runtimes/typescript/node_modules");
        let generated = folder.join("generated");
        let tsc = |folder: &Path| {
            let mut tsc = command(modules.join(".bin/tsc"), folder);
            tsc.arg("--typeRoots").arg(modules.join("@types"));
            tsc
        };
        run(&mut tsc(folder))?;
        // Far more types than an API has: the file with their JSON forms is above biome's own bound, 1 MiB.
        let config = "{\n\t\"root\": true,\n\t\"files\": {\n\t\t\"includes\": [\"src/**\"],\n\t\t\"maxSize\": 16777216\n\t}\n}\n";
        write_text(&generated.join("biome.json"), config)?;
        let mut biome = command(modules.join(".bin/biome"), &generated);
        let checks = [
            run(tsc(&generated).arg("--noEmit")),
            run(biome.args(["ci", "--colors=off", "--error-on-warnings", "."])),
        ];
        Ok(checks.into_iter().filter_map(Result::err).collect())
    }
}

fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// Runs a program; what it says is the error when it fails. gofmt says what it would change, and ends well.
fn run(command: &mut Command) -> Result<(), String> {
    let program = Path::new(command.get_program()).to_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| {
        let cure = "`cargo xtask testees` makes what is needed";
        format!("{} cannot start: {error}; {cure}", program.display())
    })?;
    let said = [&output.stdout[..], &output.stderr[..]]
        .map(String::from_utf8_lossy)
        .concat();
    if output.status.success() && (said.is_empty() || !program.ends_with("gofmt")) {
        return Ok(());
    }
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    let arguments = arguments.collect::<Vec<_>>().join(" ");
    let kept: String = said.chars().take(KEPT).collect();
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    Err(format!("{name} {arguments}: {}\n{kept}", output.status))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default();
        if NOT_COPIED.iter().any(|not| name == *not) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            write_text(&to.join(name), &read_text(&path)?)?;
        }
    }
    Ok(())
}

/// Reads a file; the error names it.
pub fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file and its folder, unless the text is there already: tools do again what is newer.
pub fn write_text(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}
