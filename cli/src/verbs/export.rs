//! `rapace export`: writes the description of crates' services.

use std::path::PathBuf;

use clap::Args;
use rapace_exporter::export::{ExportOptions, export};

use crate::failure::Failure;
use crate::printer::{self, Format};
use crate::writer;

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
    /// File to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Format of errors and warnings on stderr: text, or one JSON object per line
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Do not use the network
    #[arg(long)]
    offline: bool,
    /// Fail if the lock file is not up to date
    #[arg(long)]
    locked: bool,
}

impl Export {
    /// Exports, prints errors and warnings, and writes the description.
    ///
    /// # Errors
    /// When nothing can be exported, or the description cannot be written.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (format, out) = (self.format, self.out.clone());
        let folder = out.as_deref().map(writer::folder_of);
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(format!("--out: there is no folder {}", folder.display()).into());
        }
        let exported = match export(&self.options()) {
            Ok(exported) => exported,
            Err(error) => {
                let errors = printer::diagnostics(&error.into_diagnostics(), format);
                return Err(match (format, errors) {
                    (Format::Json, _) | (_, 1) => Failure::Printed,
                    _ => format!("nothing was exported: {errors} problems").into(),
                });
            }
        };
        printer::diagnostics(&exported.warnings, format);
        let text = rapace_schema::to_json(&exported.api);
        match out {
            Some(path) => writer::write_file(&path, &text)?,
            None => printer::result(&text)?,
        }
        Ok(())
    }

    fn options(self) -> ExportOptions {
        let words = |features: &String| features.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        ExportOptions {
            manifest_path: self.manifest_path,
            packages: self.packages,
            workspace: self.workspace,
            exclude: self.exclude,
            features: self.features.iter().flat_map(words).collect(),
            all_features: self.all_features,
            no_default_features: self.no_default_features,
            name: self.name,
            keep_names: self.keep_names,
            offline: self.offline,
            locked: self.locked,
            quiet: self.format == Format::Json,
            target_folder: None,
        }
    }
}
