//! `cargo xtask bench`: generated code and runtimes, measured beside what users would pick instead.

mod comparison;
mod contest;
mod figures;
mod front;
mod generation;
mod goals;
mod peers;
mod reasons;
mod record;
mod registries;
mod report;

use std::path::{Path, PathBuf};

use self::contest::{CONTESTS, Contest};
use self::figures::Figure;
use self::record::Record;
use crate::languages::Language;
use crate::project::{Error, Project, Result, command, run};

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How often everything is measured anew: a goal counts as met when it is met each time.
    pub runs: u32,
    /// How often each program is started in a run, in turn with the others.
    pub rounds: u32,
    /// How long a program measures an operation, in seconds.
    pub seconds: f64,
    /// How `rapace`, the workload and its server are built.
    pub build: Build,
}

/// A profile of cargo.
#[derive(Clone, Copy, PartialEq)]
pub enum Build {
    /// What is measured.
    Release,
    /// What the tests have built already, mostly: enough to see that everything works.
    Development,
}

impl Build {
    /// The flags that choose it.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["--release"],
            Self::Development => &[],
        }
    }

    /// The `rapace` command.
    pub fn rapace(self, project: &Project) -> PathBuf {
        match self {
            Self::Release => project.released("rapace"),
            Self::Development => project.built("rapace"),
        }
    }
}

impl Effort {
    /// Whether the figures are kept: all rounds of an optimised build.
    fn is_full(self) -> bool {
        self.runs == Self::FULL.runs
    }

    /// What the tables in the repository were made with.
    pub const FULL: Self = Self {
        runs: 2,
        rounds: 5,
        seconds: 0.1,
        build: Build::Release,
    };
    /// Shows that everything works, and roughly where it stands.
    pub const QUICK: Self = Self {
        runs: 1,
        rounds: 1,
        seconds: 0.05,
        build: Build::Release,
    };
    /// Shows that everything works, and nothing more.
    pub const CHECK: Self = Self {
        runs: 1,
        rounds: 1,
        seconds: 0.01,
        build: Build::Development,
    };
}

/// Measures these languages, or all, and `rapace gen`; prints the tables and writes them with the figures to
/// `benchmarks/results`, or below `target` when not everything is measured.
///
/// # Errors
/// When something cannot be built, a program fails, or a toolchain is missing; the other languages have run then.
pub fn bench(project: &Project, only: &[&'static Language], effort: Effort) -> Result {
    let peers = peers::read(project)?;
    peers::check_locks(project, &peers)?;
    let material = Material::make(project, effort.build)?;
    let results = results(project, effort)?;
    let mut problems = Vec::new();
    let wanted = |contest: &&Contest| only.is_empty() || only.iter().any(|language| language.name == contest.language);
    for contest in CONTESTS.iter().filter(wanted) {
        let name = contest.language;
        eprintln!("\n== {name}");
        if let Some(missing) = (contest.missing)() {
            problems.push(format!("{name}: {} is missing: {}", missing.tool, missing.cure));
            continue;
        }
        match measure(project, contest, &material, effort) {
            Ok(figures) => {
                let record = Record::new(figures, effort, name, &peers);
                keep(&results, name, &report::language(contest, &record), &record)?;
            }
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    if only.is_empty() {
        generation(project, effort)?;
    }
    if effort.is_full() && problems.is_empty() {
        front::write(project, &front::kept(project)?)?;
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error(problems.join("\nerror: ")))
    }
}

/// Measures `rapace gen` alone.
///
/// # Errors
/// When something cannot be built or fails.
pub fn generation(project: &Project, effort: Effort) -> Result {
    eprintln!("\n== rapace gen");
    let results = results(project, effort)?;
    build_rapace(project, effort.build)?;
    let record = Record::new(generation::measure(project, effort)?, effort, GENERATION, &[]);
    keep(&results, GENERATION, &report::generation(&record), &record)
}

/// Makes all tables and the READMEs' parts anew from the figures that are kept: for a change of goals, reasons or words.
///
/// # Errors
/// When a file of figures cannot be read, or a README lacks its markers.
pub fn tables(project: &Project) -> Result {
    let results = project.path(RESULTS);
    let records = front::kept(project)?;
    for (contest, record) in &records {
        keep(&results, contest.language, &report::language(contest, record), record)?;
    }
    let generation = Record::read(&results, GENERATION)?;
    keep(&results, GENERATION, &report::generation(&generation), &generation)?;
    front::write(project, &records)
}

/// Asks the registries whether the peers are of today.
///
/// # Errors
/// When a pin is older than 90 days and a newer minor version exists.
pub fn check_peers(project: &Project) -> Result {
    peers::check_ages(project)
}

/// Where the results are kept that the tables are made of.
const RESULTS: &str = "benchmarks/results";
/// The name of `rapace gen`'s results.
const GENERATION: &str = "generation";

/// Prints the tables, and writes them with the figures.
fn keep(folder: &Path, name: &str, text: &str, record: &Record) -> Result {
    println!("\n{text}");
    record.write(folder, name)?;
    Ok(std::fs::write(folder.join(format!("{name}.md")), text)?)
}

/// The folder that the results go to.
fn results(project: &Project, effort: Effort) -> Result<PathBuf> {
    let results = match effort.is_full() {
        true => project.path(RESULTS),
        false => project.scratch("bench/results")?,
    };
    std::fs::create_dir_all(&results)?;
    Ok(results)
}

fn build_rapace(project: &Project, build: Build) -> Result {
    let arguments = ["build", "--locked", "--package", "rapace-cli"];
    run(command("cargo", project.path("")).args(arguments).args(build.flags()))
}

/// Checks the Rust side of the benchmarks, then starts every program of every language: each finds that what it encodes is
/// the reference and what it decodes is what was encoded.
///
/// # Errors
/// As [`bench()`].
pub fn test(project: &Project) -> Result {
    let cargo = || command("cargo", project.path("benchmarks"));
    run(cargo().args(["fmt", "--all", "--check"]))?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--locked", "--quiet", "--target-dir"]);
    run(clippy.arg(project.target()).args(["--", "--deny", "warnings"]))?;
    bench(project, &[], Effort::CHECK)
}

/// What all languages measure with.
pub struct Material {
    /// The folder of the reference bytes.
    reference: PathBuf,
    /// The `rapace` command.
    pub rapace: PathBuf,
    /// The workload's `api.json`.
    pub api: PathBuf,
    /// The server's program.
    server: PathBuf,
}

impl Material {
    fn make(project: &Project, build: Build) -> Result<Self> {
        eprintln!("== Build rapace, the workload and its server");
        build_rapace(project, build)?;
        // With the other crates: what they have compiled already is not compiled again.
        let mut cargo = command("cargo", project.path("benchmarks"));
        cargo.args(["build", "--locked", "--target-dir"]).arg(project.target());
        run(cargo.args(build.flags()))?;
        let program = |name: &str| match build {
            Build::Release => project.released(name),
            Build::Development => project.built(name),
        };

        let reference = project.scratch("bench/reference")?;
        run(command(program("bench-reference"), project.path("")).arg(&reference))?;
        let api = project.scratch("bench")?.join("api.json");
        let rapace = build.rapace(project);
        let mut export = command(&rapace, project.path("benchmarks/workload"));
        run(export.args(["export", "--out"]).arg(&api))?;
        Ok(Self {
            reference,
            rapace,
            api,
            server: program("bench-server"),
        })
    }
}

/// Prepares a language, then measures its codecs and calls.
fn measure(project: &Project, contest: &Contest, material: &Material, effort: Effort) -> Result<Vec<Figure>> {
    (contest.setup)(project, material)?;
    let mut figures = Vec::new();
    for turn in 1..=effort.runs {
        figures.extend(contest::codecs(project, contest, &material.reference, effort, turn)?);
        figures.extend(contest::calls(project, contest, &material.server, effort, turn)?);
    }
    Ok(figures)
}
