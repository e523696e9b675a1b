//! `rapace breaking`: what changes of an API do to clients and servers of another version.

mod accepted;
mod baseline;
mod findings;
mod formats;
mod git;
mod text;
mod values;

use std::path::{Path, PathBuf};

use clap::Args;
use rapace_schema::compare::{Change, compare};

use self::accepted::Acceptances;
use self::baseline::Baseline;
use self::findings::Findings;
use crate::failure::Failure;
use crate::project::Project;
use crate::{description, printer, writer};

/// How many tables that would accept changes are printed.
const TABLES: usize = 20;

/// The flags.
#[derive(Args)]
#[command(after_help = "\
A change breaks when deployed clients fail, or misread values, with a new server.
Verdicts: same, ok, loud (some values are an error), semantic (the meaning moved),
silent (some values are misread). A change that is meant can be accepted in
rapace.toml, in a table [[accepted]] with `fingerprint`, `reason` and `date`.
Exit status: 0 nothing breaks, 1 something does, 2 wrong usage.")]
pub(crate) struct Breaking {
    /// What to compare with: a file, `git:REF`, `tag:NAME`, or `tag:latest` for the last release
    #[arg(long, value_name = "BASELINE")]
    against: String,
    /// The new api.json, `-` for stdin [default: `out` of rapace.toml's [export], without it api.json]
    #[arg(value_name = "API_JSON")]
    api: Option<PathBuf>,
    /// Format of the report; junit has a test case per change, github is annotations
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// The formats of a report. Without descriptions, so that the help fits a screen.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
    Github,
}

impl Breaking {
    /// Compares, prints the report, and fails when a change breaks and is not accepted.
    ///
    /// # Errors
    /// When a side cannot be read, a change breaks, or an acceptance matches nothing.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (path, project) = self.new_side()?;
        let old = Baseline::parse(&self.against)?.read(&path)?;
        let new = description::read(&path)?;
        let report = compare(&old.api, &new);
        let accepted = Acceptances::of(project.as_ref());
        let findings = Findings {
            report: &report,
            accepted: &accepted,
            against: old.name,
            file: path.display().to_string(),
        };
        printer::result(&match self.format {
            Format::Text => text::report(&findings),
            Format::Json => formats::json(&findings),
            Format::Junit => formats::junit(&findings)?,
            Format::Github => formats::github(&findings),
        })?;
        accepted.check(&report)?;
        let refused: Vec<&Change> = report
            .changes
            .iter()
            .filter(|change| findings.is_refused(change))
            .collect();
        match refused.as_slice() {
            [] => Ok(()),
            refused => Err(why_refused(refused).into()),
        }
    }

    /// The new file, and the nearest `rapace.toml`.
    fn new_side(&self) -> Result<(PathBuf, Option<Project>), String> {
        let start = match &self.api {
            Some(path) => writer::folder_of(path).to_owned(),
            None => PathBuf::new(),
        };
        let folder = if start.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &start
        };
        let project = match folder.is_dir() {
            true => Project::nearest(&start)?,
            false => None,
        };
        let path = match (&self.api, &project) {
            (Some(path), _) => path.clone(),
            (None, Some(project)) => project.api_json(),
            (None, None) => PathBuf::from("api.json"),
        };
        Ok((path, project))
    }
}

fn why_refused(refused: &[&Change]) -> String {
    let (count, verb) = match refused.len() {
        1 => ("1 change".to_owned(), "breaks"),
        count => (format!("{count} changes"), "break"),
    };
    let tables = refused.iter().take(TABLES).map(|change| {
        format!(
            "\n[[accepted]]  # {}: {}\nfingerprint = \"{}\"\nreason = \"\"\ndate = \"\"\n",
            change.place, change.what, change.fingerprint
        )
    });
    let more = match refused.len().saturating_sub(TABLES) {
        0 => String::new(),
        more => format!("\n\nand {more} more, with the fingerprints of the report"),
    };
    format!(
        "{count} {verb} clients that are deployed. Add a method instead; or accept what is meant, in rapace.toml:\n{}{more}",
        tables.collect::<String>().trim_end()
    )
}
