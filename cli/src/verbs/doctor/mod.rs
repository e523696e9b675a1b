//! `rapace doctor`: checks toolchains, versions, generated files and a server, and names a cure for each problem.

mod address;
mod dependencies;
mod finding;
mod outputs;
mod toolchains;

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use finding::{Finding, Mark};

use crate::failure::Failure;
use crate::printer;
use crate::project::{CargoFlags, Project};

/// The flags.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Server to reach: tcp://HOST:PORT, tls://HOST:PORT, ws://HOST:PORT/PATH, wss://HOST:PORT/PATH or unix:///PATH
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Do not export: compare packages with the api.json that is there
    #[arg(long)]
    no_export: bool,
    #[command(flatten)]
    cargo: CargoFlags,
}

impl Doctor {
    /// Prints all findings.
    ///
    /// # Errors
    /// When something must be mended, or stdout cannot be written.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut bad = 0;
        let mut tell = |findings: Vec<Finding>| {
            bad += findings
                .iter()
                .filter(|finding| matches!(finding.mark, Mark::Bad { .. }))
                .count();
            printer::result(&findings.iter().map(Finding::text).collect::<String>())
        };
        let project = match Project::with_packages() {
            Ok(project) => Some(project),
            Err(why) => {
                tell(vec![no_project(&why)])?;
                None
            }
        };
        let tables = project.iter().flat_map(|project| &project.config.packages);
        let languages: BTreeSet<&str> = tables.map(|table| table.lang.as_str()).collect();
        tell(toolchains::look(&languages))?;
        let manifest = project
            .as_ref()
            .map_or_else(|| Path::new("Cargo.toml").to_owned(), Project::manifest);
        if manifest.exists() {
            tell(dependencies::look(&manifest, self.cargo))?;
        }
        if let Some(project) = &project {
            tell(outputs::look(project, self.cargo, !self.no_export))?;
        }
        if let Some(address) = &self.address {
            tell(vec![address::look(address)])?;
        }
        match bad {
            0 => Ok(()),
            1 => Err("1 thing to mend".to_owned().into()),
            bad => Err(format!("{bad} things to mend").into()),
        }
    }
}

/// Why there is no project. That there is no file is no fault: one can do without.
fn no_project(why: &str) -> Finding {
    match why.starts_with("there is no rapace.toml") {
        true => Finding::note("no rapace.toml in this folder or above it: `rapace init` writes one"),
        false => Finding::bad(
            why,
            "correct the file; `rapace init` in another folder shows one that is right",
        ),
    }
}
