//! The changes that people have accepted in `rapace.toml`.

use rapace_exporter::config::{AcceptedTable, FILE};
use rapace_schema::compare::Report;

use crate::failure::Failure;
use crate::project::Project;

/// The tables `[[accepted]]` of a project.
pub(super) struct Acceptances {
    /// What messages call the file.
    file: String,
    tables: Vec<AcceptedTable>,
}

impl Acceptances {
    /// Those of a project, or none.
    pub(super) fn of(project: Option<&Project>) -> Self {
        Self {
            file: project.map_or(FILE.to_owned(), |project| {
                project.folder.join(FILE).display().to_string()
            }),
            tables: project
                .map(|project| project.config.accepted.clone())
                .unwrap_or_default(),
        }
    }

    /// Whether a change of this fingerprint is accepted.
    pub(super) fn has(&self, fingerprint: &str) -> bool {
        self.tables.iter().any(|table| table.fingerprint == fingerprint)
    }

    /// Whether each of them is about a change.
    ///
    /// # Errors
    /// A message with those that match nothing.
    pub(super) fn check(&self, report: &Report) -> Result<(), Failure> {
        let matches = |table: &&AcceptedTable| {
            report
                .changes
                .iter()
                .any(|change| change.fingerprint == table.fingerprint)
        };
        let stale = self.tables.iter().filter(|table| !matches(table));
        let stale: Vec<String> = stale
            .map(|table| format!("`{}` of {} ({})", table.fingerprint, table.date, table.reason))
            .collect();
        match stale.as_slice() {
            [] => Ok(()),
            stale => Err(format!(
                "{}: [[accepted]] matches no change: {}. The change is gone, released, or another one: remove the table",
                self.file,
                stale.join(", ")
            )
            .into()),
        }
    }
}
