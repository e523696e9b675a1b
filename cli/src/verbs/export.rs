//! `rapace export`: writes the description of crates' services.

use std::path::{Path, PathBuf};

use clap::Args;
use rapace_exporter::export::ExportOptions;

use crate::description;
use crate::failure::Failure;
use crate::printer::{self, Format};
use crate::project::{CargoFlags, Project};
use crate::writer;

/// The name of `--out` that is stdout.
const STDOUT: &str = "-";

/// The flags.
#[derive(Args)]
pub(crate) struct Export {
    /// Cargo.toml of the crate or of its workspace, or its folder [default: that of the current folder]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Package to export. May be repeated; the services of all packages are merged
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Export all packages of the workspace that use rapace
    #[arg(long, conflicts_with = "packages")]
    workspace: bool,
    /// Package that `--workspace` leaves out. May be repeated
    #[arg(long, value_name = "NAME", requires = "workspace")]
    exclude: Vec<String>,
    /// Features to enable, separated by commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    features: Vec<String>,
    /// Enable all features of the packages
    #[arg(long, conflicts_with = "features")]
    all_features: bool,
    /// Do not enable the default features of the packages
    #[arg(long)]
    no_default_features: bool,
    /// Name of the API [default: the package's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Earlier api.json. Its types keep their names when other types of the same names are added
    #[arg(long, value_name = "FILE")]
    keep_names: Option<PathBuf>,
    /// Warning that is not reported, by the name in brackets after it. May be repeated
    #[arg(long, value_name = "NAME")]
    allow: Vec<String>,
    /// Fail if there is a warning that is not allowed
    #[arg(long)]
    deny_warnings: bool,
    /// File to write, `-` for stdout [default: `out` of rapace.toml's [export], without it stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing. Fail if the file differs from what would be written
    #[arg(long)]
    check: bool,
    /// Format of errors and warnings on stderr: text, or one JSON object per line
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    #[command(flatten)]
    cargo: CargoFlags,
}

impl Export {
    /// Exports, prints errors and warnings, and writes the description or compares it.
    ///
    /// # Errors
    /// When nothing can be exported, or the description cannot be written or differs.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let project = self.project()?;
        let out = match (&self.out, &project) {
            (Some(out), _) if out.as_os_str() == STDOUT => None,
            (Some(out), _) => Some(out.clone()),
            (None, project) => project.as_ref().map(Project::api_json),
        };
        let (format, check) = (self.format, self.check);
        match (&out, check) {
            (None, true) => {
                let what = "--check compares a file: give --out, or a table [export] in rapace.toml";
                return Err(Failure::Usage(what.to_owned()));
            }
            (Some(path), false) if !writer::folder_of(path).is_dir() => {
                return Err(format!("--out: there is no folder {}", writer::folder_of(path).display()).into());
            }
            _ => {}
        }
        let (api, text) = description::exported(&self.options(project.as_ref()), format)?;
        match out {
            Some(path) if check => description::check(&path, &text)?,
            // Tools read stderr: it has nothing but JSON.
            Some(path) if format == Format::Json => writer::write_file(&path, &text)?,
            Some(path) => description::write(&path, &api, &text)?,
            None => printer::result(&text)?,
        }
        Ok(())
    }

    /// The nearest `rapace.toml` with a table `[export]`.
    fn project(&self) -> Result<Option<Project>, String> {
        let start = match &self.manifest_path {
            None => Path::new(""),
            Some(path) if path.is_dir() => path,
            Some(path) => writer::folder_of(path),
        };
        match start.as_os_str().is_empty() || start.is_dir() {
            true => Project::with_export(start),
            // The exporter says what is wrong with it.
            false => Ok(None),
        }
    }

    /// What the flags say, and where they are silent the table.
    fn options(self, project: Option<&Project>) -> ExportOptions {
        let quiet = self.format == Format::Json;
        let table = project.map(|project| project.export_options(self.cargo, quiet));
        let of_table = table.unwrap_or_default();
        let words = |features: &String| features.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut options = ExportOptions {
            manifest_path: self.manifest_path.or(of_table.manifest_path),
            name: self.name.or(of_table.name),
            keep_names: self.keep_names.or(of_table.keep_names),
            allow: self.allow,
            deny_warnings: self.deny_warnings,
            offline: self.cargo.offline,
            locked: self.cargo.locked,
            quiet,
            ..ExportOptions::default()
        };
        (options.packages, options.workspace, options.exclude) = match self.packages.is_empty() && !self.workspace {
            true => (of_table.packages, of_table.workspace, of_table.exclude),
            false => (self.packages, self.workspace, self.exclude),
        };
        let says_features = !self.features.is_empty() || self.all_features || self.no_default_features;
        (options.features, options.all_features, options.no_default_features) = match says_features {
            false => (of_table.features, of_table.all_features, of_table.no_default_features),
            true => (
                self.features.iter().flat_map(words).collect(),
                self.all_features,
                self.no_default_features,
            ),
        };
        options
    }
}
