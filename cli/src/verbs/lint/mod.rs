//! `rapace lint`: finds what keeps an API from growing, and what has no documentation.

mod allowed;
mod findings;
mod rules;

use std::path::{Path, PathBuf};

use clap::Args;
use rapace_exporter::diagnostic::Location;
use rapace_exporter::written::Written;
use rapace_schema::Api;
use serde_json::json;

use crate::description;
use crate::failure::Failure;
use crate::printer;
use crate::project::Project;
use crate::writer;

use self::findings::Finding;

/// The name of the file that is stdin.
const STDIN: &str = "-";

/// The flags.
#[derive(Args)]
#[command(
    after_help = "Fails with status 1 if there is a finding. rapace.toml allows one by the name in brackets:\n\n  \
    [[lint.allow]]\n  rule = \"bare-answer\"\n  at = \"Catalog.greeting\"    # by default everywhere\n  \
    reason = \"a text for people, and nothing else\""
)]
pub(crate) struct Lint {
    /// Description to read, as `rapace export` writes it; `-` is stdin [default: that of rapace.toml]
    #[arg(value_name = "API_JSON")]
    api: Option<PathBuf>,
    /// Format of findings on stdout: text, one JSON object per line, or annotations for GitHub Actions
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Cargo.toml of the sources, or its folder: findings say file and line [default: beside rapace.toml]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
}

/// How findings are printed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
    Github,
}

impl Lint {
    /// Prints what is found.
    ///
    /// # Errors
    /// When something is found that is not allowed, the description is refused, or an entry of rapace.toml allows nothing.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let folder = match &self.api {
            Some(path) if path.as_os_str() != STDIN => writer::folder_of(path),
            _ => Path::new(""),
        };
        let project = Project::nearest(folder)?;
        let path = match (self.api, &project) {
            (Some(path), _) => path,
            (None, Some(project)) => project.api_json(),
            (None, None) => {
                let missing = "there is no rapace.toml in this folder or above it: give an API_JSON";
                return Err(Failure::Usage(missing.to_owned()));
            }
        };
        let api = description::read(&path)?;
        let manifest = match self.manifest_path {
            Some(path) if path.is_dir() => Some(path.join("Cargo.toml")),
            Some(path) => Some(path),
            None => project.as_ref().map(Project::manifest).filter(|path| path.exists()),
        };
        let table = project.and_then(|project| project.config.lint).unwrap_or_default();
        let findings = allowed::without_allowed(findings::findings(&api), &table)
            .map_err(|problems| format!("rapace.toml: {}", problems.join("\nerror: rapace.toml: ")))?;
        let written = match manifest {
            Some(manifest) if !findings.is_empty() => read_sources(&api, &manifest),
            _ => None,
        };
        let place = |finding: &Finding| written.as_ref()?.place(&finding.place);
        let text: String = findings
            .iter()
            .map(|finding| shown(finding, place(finding), &path, self.format))
            .collect();
        printer::result(&text)?;
        match findings.len() {
            0 => {
                printer::line(&format!("nothing found: {}", description::contents(&api)));
                Ok(())
            }
            count => {
                printer::line(&format!("{count} finding{}", if count == 1 { "" } else { "s" }));
                Err(Failure::Printed)
            }
        }
    }
}

/// The sources of an API. A finding without its file and line is a finding, too.
fn read_sources<'a>(api: &'a Api, manifest: &Path) -> Option<Written<'a>> {
    match Written::read(api, manifest) {
        Ok(written) => Some(written),
        Err(why) => {
            printer::line(&format!("note: findings have no file and line: {why}"));
            None
        }
    }
}

/// A finding as text, with the end of its last line. `path` is that of the description.
fn shown(finding: &Finding, at: Option<Location>, path: &Path, format: Format) -> String {
    let Finding { rule, place, what } = finding;
    match format {
        Format::Human => {
            let at = at.map(|at| format!("\n  --> {at}")).unwrap_or_default();
            format!(
                "{place}: {what}: {} [{}]{at}\n    instead: {}\n",
                rule.why, rule.name, rule.instead
            )
        }
        Format::Json => {
            let mut value =
                json!({ "rule": rule.name, "place": place, "what": what, "why": rule.why, "instead": rule.instead });
            if let Some(at) = at {
                value["at"] = json!(at);
            }
            format!("{value}\n")
        }
        Format::Github => {
            let message = format!("{place}: {what}: {}. Instead: {}", rule.why, rule.instead);
            let file = match at {
                Some(Location { file, line, column }) => format!("{},line={line},col={column}", property(&file)),
                None => property(&path.display().to_string()),
            };
            format!(
                "::error file={file},title=rapace lint {}::{}\n",
                rule.name,
                escaped(&message)
            )
        }
    }
}

/// A text as the message of a workflow command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as a property of a workflow command.
fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
