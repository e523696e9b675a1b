//! `cargo xtask bench`: generated code and runtimes, measured beside what users would pick instead.

mod comparison;
mod contest;
mod effort;
mod figures;
mod front;
mod generation;
mod goals;
mod material;
mod peers;
mod reasons;
mod record;
mod registries;
mod report;
mod served;
mod servers;
mod turns;

use std::path::{Path, PathBuf};

use self::comparison::SERVED_OPS;
use self::contest::{CONTESTS, Contest};
pub use self::effort::Effort;
use self::figures::Figure;
pub use self::material::Material;
use self::material::build_rapace;
use self::record::{RESULTS, Record};
use crate::languages::Language;
use crate::project::{Error, Project, Result, command, run};
use crate::said::{print, say};

/// What is measured of a language.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Codecs, calls and servers.
    All,
    /// Servers. The other figures of the record are kept.
    Servers,
}

/// Measures these languages, or all, and `rapace gen`; prints the tables and writes them with the figures to
/// `benchmarks/results`, or below `target` when not everything is measured.
///
/// # Errors
/// When something cannot be built, a program fails, or a toolchain is missing; the other languages have run then.
pub fn bench(project: &Project, only: &[&'static Language], effort: Effort, scope: Scope) -> Result {
    let peers = peers::read(project)?;
    peers::check_locks(project, &peers)?;
    let material = Material::make(project, effort.build)?;
    let results = results(project, effort)?;
    let mut problems = Vec::new();
    let wanted = |contest: &&Contest| only.is_empty() || only.iter().any(|language| language.name == contest.language);
    for contest in CONTESTS.iter().filter(wanted) {
        let name = contest.language;
        say(&format!("\n== {name}"));
        if let Some(missing) = (contest.missing)() {
            problems.push(format!("{name}: {} is missing: {}", missing.tool, missing.cure));
            continue;
        }
        match measure(project, contest, &material, effort, scope) {
            Ok(figures) => {
                let mut record = Record::new(figures, effort, name, &peers);
                if scope == Scope::Servers {
                    record.keep_others(Record::read(&project.path(RESULTS), name)?, SERVED_OPS);
                }
                keep(&results, name, &report::language(contest, &record), &record)?;
            }
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    if only.is_empty() && scope == Scope::All {
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
    say("\n== rapace gen");
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

/// The name of `rapace gen`'s results.
const GENERATION: &str = "generation";

/// Prints the tables, and writes them with the figures.
fn keep(folder: &Path, name: &str, text: &str, record: &Record) -> Result {
    print(&format!("\n{text}\n"));
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
    bench(project, &[], Effort::CHECK, Scope::All)
}

/// Prepares a language, then measures its codecs, calls and servers.
fn measure(
    project: &Project,
    contest: &Contest,
    material: &Material,
    effort: Effort,
    scope: Scope,
) -> Result<Vec<Figure>> {
    (contest.setup)(project, material)?;
    let mut figures = Vec::new();
    for turn in 1..=effort.runs {
        if scope == Scope::All {
            figures.extend(contest::codecs(project, contest, &material.reference, effort, turn)?);
            figures.extend(contest::calls(project, contest, &material.server, effort, turn)?);
        }
        figures.extend(served::served(project, contest, &material.load, effort, turn)?);
    }
    Ok(figures)
}
