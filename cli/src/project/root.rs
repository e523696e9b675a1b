//! A project: a `rapace.toml` in its folder, and what is exported of it.

use std::path::{Path, PathBuf};

use rapace_exporter::config::{Config, ExportTable, FILE};
use rapace_exporter::export::ExportOptions;

/// A `rapace.toml`.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder that it is in, from the current one: empty, `../` and so on.
    pub(crate) folder: PathBuf,
    /// What it says.
    pub(crate) config: Config,
}

/// What cargo is allowed.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct CargoFlags {
    /// Do not use the network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Fail if the lock file is not up to date
    #[arg(long)]
    pub(crate) locked: bool,
}

impl Project {
    /// The nearest file at or above the current folder that has packages to generate.
    ///
    /// # Errors
    /// A message: there is none, or one on the way cannot be read.
    pub(crate) fn with_packages() -> Result<Self, String> {
        let mut without = None;
        for project in above(Path::new(""))? {
            let project = project?;
            if !project.config.packages.is_empty() {
                return Ok(project);
            }
            without.get_or_insert(project.folder.join(FILE));
        }
        Err(match without {
            Some(path) => format!(
                "{} names no package to generate: add one, as in\n\n[[gen]]\nlang = \"python\"\nout = \"clients/python\"",
                path.display()
            ),
            None => format!(
                "there is no {FILE} in this folder or above it: `rapace init` writes one. Without it, give --lang, --out \
                 and an API_JSON"
            ),
        })
    }

    /// The nearest file at or above a folder that has a table `[export]`.
    ///
    /// # Errors
    /// A message: a file on the way cannot be read.
    pub(crate) fn with_export(folder: &Path) -> Result<Option<Self>, String> {
        for project in above(folder)? {
            let project = project?;
            if project.config.export.is_some() {
                return Ok(Some(project));
            }
        }
        Ok(None)
    }

    /// The nearest file at or above a folder.
    ///
    /// # Errors
    /// A message: it cannot be read.
    pub(crate) fn nearest(folder: &Path) -> Result<Option<Self>, String> {
        above(folder)?.next().transpose()
    }

    /// The table `[export]`, or what it says where it is not there.
    pub(crate) fn export(&self) -> ExportTable {
        self.config.export.clone().unwrap_or_default()
    }

    /// The `api.json` of the project.
    pub(crate) fn api_json(&self) -> PathBuf {
        self.folder.join(self.export().out())
    }

    /// The manifest of the crate or workspace to export.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// The options of the project's export.
    pub(crate) fn export_options(&self, cargo: CargoFlags, quiet: bool) -> ExportOptions {
        let table = self.export();
        ExportOptions {
            manifest_path: Some(self.manifest()),
            packages: table.packages,
            workspace: table.workspace,
            exclude: table.exclude,
            features: table.features,
            all_features: table.all_features,
            no_default_features: table.no_default_features,
            name: table.name,
            keep_names: table.keep_names.map(|path| self.folder.join(path)),
            offline: cargo.offline,
            locked: cargo.locked,
            quiet,
            ..ExportOptions::default()
        }
    }
}

/// The projects at a folder and above it, the nearest first; a file that cannot be read is an error in its place.
fn above(start: &Path) -> Result<impl Iterator<Item = Result<Project, String>>, String> {
    let absolute = std::env::current_dir()
        .and_then(|current| current.join(start).canonicalize())
        .map_err(|error| format!("{}: {error}", start.display()))?;
    let start = start.to_owned();
    let folders =
        (0..absolute.ancestors().count()).map(move |up| (0..up).fold(start.clone(), |folder, _| folder.join("..")));
    Ok(folders.filter(|folder| folder.join(FILE).exists()).map(|folder| {
        let config = Config::read(&folder).map_err(|why| folder.join(why.to_string()).display().to_string())?;
        Ok(Project { folder, config })
    }))
}
