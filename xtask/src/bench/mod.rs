//! `cargo xtask bench`: generated code and runtimes, measured beside what users would pick instead.

mod contest;
mod figures;
mod generation;
mod goals;
mod report;

use std::path::PathBuf;

use self::contest::{CONTESTS, Contest};
use self::figures::Figure;
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
}

impl Effort {
    /// What the tables in the repository were made with.
    pub const FULL: Self = Self {
        runs: 2,
        rounds: 5,
        seconds: 0.2,
    };
    /// Shows that everything works, and roughly where it stands.
    pub const QUICK: Self = Self {
        runs: 1,
        rounds: 1,
        seconds: 0.05,
    };
}

/// Measures these languages, or all, and `rapace gen`; prints the tables and writes them with the figures to
/// `benchmarks/results`, or below `target` when only a quick look was asked for.
///
/// # Errors
/// When something cannot be built, a program fails, or a toolchain is missing; the other languages have run then.
pub fn bench(project: &Project, only: &[&'static Language], quick: bool) -> Result {
    let material = Material::make(project)?;
    let (effort, results) = effort(project, quick)?;
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
            Ok(figures) => report::write(&results, contest, &figures, effort)?,
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    if only.is_empty() {
        generation(project, quick)?;
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
pub fn generation(project: &Project, quick: bool) -> Result {
    eprintln!("\n== rapace gen");
    let (effort, results) = effort(project, quick)?;
    build_rapace(project)?;
    report::write_generation(&results, &generation::measure(project, effort)?, effort)
}

/// How much is measured, and the folder that the results go to.
fn effort(project: &Project, quick: bool) -> Result<(Effort, PathBuf)> {
    let (effort, results) = match quick {
        true => (Effort::QUICK, project.scratch("bench/results")?),
        false => (Effort::FULL, project.path("benchmarks/results")),
    };
    std::fs::create_dir_all(&results)?;
    Ok((effort, results))
}

fn build_rapace(project: &Project) -> Result {
    let build = ["build", "--locked", "--release", "--package", "rapace-exporter"];
    run(command("cargo", project.path("")).args(build))
}

/// Checks the Rust side of the benchmarks, then takes a quick look at every language: each program runs, and finds that
/// what it encodes is the reference and what it decodes is what was encoded.
///
/// # Errors
/// As [`bench()`].
pub fn test(project: &Project) -> Result {
    let cargo = || command("cargo", project.path("benchmarks"));
    run(cargo().args(["fmt", "--all", "--check"]))?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--locked", "--release", "--quiet", "--target-dir"]);
    run(clippy.arg(project.scratch(SERVER)?).args(["--", "--deny", "warnings"]))?;
    bench(project, &[], true)
}

/// Where the workload and its server are built.
const SERVER: &str = "bench/server";

/// What all languages measure with.
pub struct Material {
    /// The folder of the reference bytes.
    reference: PathBuf,
    /// The workload's `api.json`.
    api: PathBuf,
    /// The server's program.
    server: PathBuf,
}

impl Material {
    fn make(project: &Project) -> Result<Self> {
        eprintln!("== Build rapace, the workload and its server");
        build_rapace(project)?;
        let built = project.scratch(SERVER)?;
        let build = ["build", "--locked", "--release", "--target-dir"];
        run(command("cargo", project.path("benchmarks")).args(build).arg(&built))?;
        let program = |name: &str| {
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            built.join("release").join(file)
        };

        let reference = project.scratch("bench/reference")?;
        run(command(program("bench-reference"), project.path("")).arg(&reference))?;
        let api = project.scratch("bench")?.join("api.json");
        let mut export = command(project.released("rapace"), project.path("benchmarks/workload"));
        run(export.args(["export", "--out"]).arg(&api))?;
        Ok(Self {
            reference,
            api,
            server: program("bench-server"),
        })
    }
}

/// Prepares a language, then measures its codecs and calls.
fn measure(project: &Project, contest: &Contest, material: &Material, effort: Effort) -> Result<Vec<Figure>> {
    (contest.setup)(project, &material.api)?;
    let mut figures = Vec::new();
    for turn in 1..=effort.runs {
        figures.extend(contest::codecs(project, contest, &material.reference, effort, turn)?);
        figures.extend(contest::calls(project, contest, &material.server, effort, turn)?);
    }
    Ok(figures)
}
