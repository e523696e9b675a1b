//! The descriptions that a verb reads payloads by.

use std::path::{Path, PathBuf};

use clap::Args;
use rapace_schema::Api;

use crate::description;
use crate::printer;
use crate::project::Project;

/// The flag.
#[derive(Args)]
pub(crate) struct Descriptions {
    /// api.json, may be repeated [default: that of the nearest rapace.toml]
    #[arg(long = "api", value_name = "API_JSON")]
    apis: Vec<PathBuf>,
}

impl Descriptions {
    /// Reads the files that are named, or that of the nearest `rapace.toml`. Says so when there is none.
    ///
    /// # Errors
    /// A message: a file cannot be read.
    pub(crate) fn read(&self) -> Result<Vec<(String, Api)>, String> {
        let mut paths = self.apis.clone();
        if paths.is_empty() {
            let project = Project::with_export(Path::new(""))?;
            paths.extend(project.map(|project| project.api_json()).filter(|path| path.exists()));
        }
        if paths.is_empty() {
            printer::line("note: payloads are shown as bytes, because no api.json was found; name one with --api");
        }
        let read = |path: &PathBuf| Ok((path.display().to_string(), description::read(path)?));
        paths.iter().map(read).collect()
    }
}
