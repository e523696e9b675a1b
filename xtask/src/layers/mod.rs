//! Layers and circles: which crate may depend on which, and that no two files need each other. Each language's own tests look
//! at its runtime; this looks at the crates, and runs theirs.

mod circles;
mod crates;
mod exceptions;
mod modules;
mod names;
pub mod printed;
mod tokens;

use std::collections::BTreeSet;

use crate::languages::LANGUAGES;
use crate::project::{Error, Missing, Project, Result, all_good};

use exceptions::EXCEPTIONS;
use modules::Crate;
use printed::Figures;

/// Checks the crates, runs the layer tests of the languages, and prints the figures of each in the last lines. A language whose
/// toolchain is missing fails with the cure, and the others still run.
///
/// # Errors
/// When a crate depends on one that it must not know, a circle has no reason, an exception is no circle, or a language's test
/// fails; with all of that.
pub fn test(project: &Project) -> Result {
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    match rust(project) {
        Ok((figures, found)) => {
            lines.push(format!("layers: rust: {figures}"));
            problems.extend(found);
        }
        Err(Error(problem)) => problems.push(problem),
    }
    for language in LANGUAGES {
        let figures = match (language.missing)() {
            Some(Missing { tool, cure }) => Err(Error(format!("{tool} is missing: {cure}"))),
            None => (language.setup)(project).and_then(|()| (language.layers)(project)),
        };
        match figures {
            Ok(figures) => lines.push(format!("layers: {}: {figures}", language.name)),
            Err(Error(problem)) => problems.push(format!("{}: {problem}", language.name)),
        }
    }
    lines.iter().for_each(|line| println!("{line}"));
    all_good(problems)
}

/// The figures of the crates, and what is wrong with them.
fn rust(project: &Project) -> Result<(Figures, Vec<String>)> {
    let packages = crates::packages(project)?;
    let mut problems = crates::problems(&packages);
    let (mut figures, mut met) = (Figures::default(), BTreeSet::new());
    for package in &packages {
        for root in &package.roots {
            let folder = project.path(&package.folder);
            let read = Crate::read(&folder, root)?;
            figures.files += read.files();
            problems.extend(crates::strangers(package, &read));
            for circle in circles::circles(&read.needs()) {
                let place = format!("{}/{}", package.folder, circle.join(" "));
                match EXCEPTIONS
                    .iter()
                    .position(|exception| exception.is(&package.folder, &circle))
                {
                    Some(exception) => {
                        met.insert(exception);
                    }
                    None => {
                        figures.circles += 1;
                        problems.push(format!("files that need each other: {place}"));
                    }
                }
            }
        }
    }
    figures.exceptions = EXCEPTIONS.len();
    let stale = (0..EXCEPTIONS.len()).filter(|exception| !met.contains(exception));
    problems.extend(stale.map(|at| format!("no circle, and an exception: {:?}", EXCEPTIONS[at])));
    Ok((figures, problems))
}

#[cfg(test)]
mod tests {
    use super::rust;
    use crate::project::Project;

    #[test]
    fn the_crates_are_in_order() {
        let (figures, problems) = rust(&Project::new()).expect("the crates can be read");
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        assert!(figures.files > 200, "only {} files were found", figures.files);
    }
}
