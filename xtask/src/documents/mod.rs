//! Whether the code in README and docs is right: every block is compiled, its types are checked, or it is run.

mod blocks;
mod checks;
mod frames;
mod reference;
mod shell;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use self::blocks::blocks;
pub use self::blocks::{Block, Mark};
pub use self::checks::shared;
use self::checks::{go, python, rust, services, typescript};
use crate::project::{Error, Project, Result, all_good};

/// The pages besides those of `docs/`.
const PAGES: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/jobs/README.md",
    "runtimes/rust/README.md",
];

/// The languages whose blocks are checked, in the order of their checks.
const LANGUAGES: [&str; 5] = ["python", "go", "ts", "rust", "toml"];

/// The blocks of all pages.
///
/// # Errors
/// When a page cannot be read, or a block has no mark.
pub fn all(project: &Project) -> Result<Vec<Block>> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for page in pages(project)? {
        let text = fs::read_to_string(project.path(&page)).map_err(|error| Error(format!("{page}: {error}")))?;
        match blocks(&page, &text) {
            Ok(blocks) => found.extend(blocks),
            Err(Error(problem)) => problems.push(problem),
        }
    }
    all_good(problems).map(|()| found)
}

fn pages(project: &Project) -> Result<Vec<String>> {
    let mut pages: Vec<String> = PAGES.iter().map(ToString::to_string).collect();
    for entry in fs::read_dir(project.path("docs"))? {
        let path: PathBuf = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            pages.push(format!("docs/{name}"));
        }
    }
    pages.sort();
    Ok(pages)
}

/// Checks every block that the first use does not run, and returns a line with the figures.
///
/// # Errors
/// When a block is wrong or has a mark that its language does not have; with all of these.
pub fn test(project: &Project) -> Result<String> {
    let start = Instant::now();
    let blocks = all(project)?;
    let programs = reference::programs(project)?;
    let mut problems = Vec::new();
    let mut by_language: [Vec<&Block>; 5] = Default::default();
    for block in &blocks {
        let result = match (&block.mark, block.language.as_str()) {
            (Mark::Check(_), language) => match place_of(language) {
                Some(place) => {
                    by_language[place].push(block);
                    Ok(())
                }
                None => Err(Error(format!("{}: {language} has no check", block.place))),
            },
            (Mark::Commands, "sh") => shell::check(project, block),
            (Mark::From(path), _) => from(project, block, path),
            (Mark::File(_) | Mark::Run(_) | Mark::Output(_), _) if block.place.starts_with("README.md:") => Ok(()),
            (Mark::Drawing, "text") => Ok(()),
            (mark, language) => Err(Error(format!(
                "{}: {mark:?} is no mark of {language} here",
                block.place
            ))),
        };
        problems.extend(result.err());
    }
    for program in &programs {
        if let Some(place) = place_of(&program.language) {
            by_language[place].push(program);
        }
    }
    let checks = [python, go, typescript, rust, services];
    for (check, blocks) in checks.iter().zip(&by_language) {
        problems.extend(check(project, blocks).err());
    }
    let [python, go, ts, rust, toml] = by_language.map(|blocks| blocks.len());
    let figures = format!(
        "code in pages: {} blocks and {} programs of the reference, of which {python} python, {go} go, {ts} typescript, {rust} rust and {toml} toml are checked, {:.1} s",
        blocks.len(),
        programs.len(),
        start.elapsed().as_secs_f64()
    );
    all_good(problems.into_iter().map(|Error(problem)| problem).collect()).map(|()| figures)
}

/// The place of a language among the checks.
fn place_of(language: &str) -> Option<usize> {
    LANGUAGES.iter().position(|one| *one == language)
}

/// Whether each line of a block is in a file of the project, wherever its lines are broken.
fn from(project: &Project, block: &Block, path: &str) -> Result {
    let text =
        fs::read_to_string(project.path(path)).map_err(|error| Error(format!("{}: {path}: {error}", block.place)))?;
    let missing = block.text.lines().map(str::trim).find(|line| !text.contains(line));
    match missing {
        None => Ok(()),
        Some(line) => Err(Error(format!("{}: {path} has no {line:?}", block.place))),
    }
}
