//! Whether the `api.json` and the packages of a project are up to date.

use rapace_exporter::export::export;
use rapace_schema::Api;

use super::finding::Finding;
use crate::description;
use crate::generators::Limits;
use crate::package::Made;
use crate::project::{CargoFlags, Content, Project};

/// The cure of all that is stale.
const AGAIN: &str = "run `rapace gen`";

/// What differs from what would be written.
pub(super) fn look(project: &Project, cargo: CargoFlags, exports: bool) -> Vec<Finding> {
    let entries = match project.entries() {
        Ok(entries) => entries,
        Err(why) => return vec![Finding::bad(why, "correct the file")],
    };
    let mut findings = Vec::new();
    let needs_api = entries.iter().any(|entry| entry.content != Content::Runtime);
    let api = needs_api
        .then(|| describe(project, cargo, exports, &mut findings))
        .flatten();
    for entry in &entries {
        let of_entry = |why: String| {
            Finding::bad(
                format!("{}: {why}", entry.label),
                "correct the entry in rapace.toml, or what is in the way",
            )
        };
        if entry.content != Content::Runtime && api.is_none() {
            continue;
        }
        let made = Made::make(entry, api.as_ref(), Limits::default());
        let out = entry.out.display();
        findings.push(match made.and_then(|made| made.differences()) {
            Ok(differences) if differences.is_empty() => Finding::good(format!("{out} is up to date")),
            Ok(differences) => Finding::bad(
                format!("{out} is not up to date: {} files differ", differences.len()),
                AGAIN,
            ),
            Err(why) => of_entry(why),
        });
    }
    findings
}

/// The API, with what is to say of its file.
fn describe(project: &Project, cargo: CargoFlags, exports: bool, findings: &mut Vec<Finding>) -> Option<Api> {
    let path = project.api_json();
    if exports && project.manifest().exists() {
        let exported = match export(&project.export_options(cargo, true)) {
            Ok(exported) => exported,
            Err(_) => {
                findings.push(Finding::bad(
                    "the services cannot be exported",
                    "run `rapace export`, and mend what it says",
                ));
                return None;
            }
        };
        let text = rapace_schema::to_json(&exported.api);
        findings.push(match description::check(&path, &text) {
            Ok(()) => Finding::good(format!("{} is up to date", path.display())),
            Err(why) => Finding::bad(first_line(&why), AGAIN),
        });
        return Some(exported.api);
    }
    match description::read(&path) {
        Ok(api) => Some(api),
        Err(why) => {
            findings.push(Finding::bad(first_line(&why), AGAIN));
            None
        }
    }
}

fn first_line(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default();
    // What follows names the cure, which is said apart.
    line.split(", run `rapace").next().unwrap_or_default().to_owned()
}
