//! `rapace gen --watch`: generates again whenever a source changes.

use std::io::{IsTerminal, stderr};
use std::path::Path;

use super::all::All;
use crate::failure::Failure;
use crate::printer;
use crate::project::Project;
use crate::watch::{Places, Watch};

/// What clears a terminal and goes to its beginning.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// Generates, and again after each change, until the process is ended.
///
/// # Errors
/// When there is no project, or the system cannot watch it.
pub(super) fn run(all: All) -> Result<(), Failure> {
    let mut project = Project::with_packages()?;
    let mut watch = Watch::new()?;
    let mut all = all;
    loop {
        let places = places(&project);
        // Before the sources are read: what changes from here on is another round.
        watch.follow(&places)?;
        let end = match all.run_in(&project) {
            Ok(()) => "all is up to date",
            Err(failure) => {
                tell(failure);
                "failed"
            }
        };
        printer::line(&format!("{end}; watching for changes"));
        watch.follow(&places)?;
        loop {
            let changed = watch.wait(&places)?;
            let clear = if stderr().is_terminal() { CLEAR } else { "" };
            printer::line(&format!("{clear}changed: {}", shown(&changed)));
            match Project::with_packages() {
                Ok(read) => break project = read,
                Err(why) => printer::error(&why),
            }
        }
        // The first round shows that dependencies are built; later ones show what is wrong.
        all.quiet = true;
    }
}

fn places(project: &Project) -> Places {
    let outputs = project
        .config
        .packages
        .iter()
        .map(|table| project.folder.join(&table.out));
    Places::of(
        &project.folder,
        &project.manifest(),
        outputs.chain([project.api_json()]).collect::<Vec<_>>(),
    )
}

fn tell(failure: Failure) {
    if let Failure::Message(message) | Failure::Usage(message) = failure {
        printer::error(&message);
    }
}

/// A path from the current folder, where it is in it.
fn shown(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path).display().to_string()
}
