//! What the caller of an export chooses.

use std::path::PathBuf;

/// Which crates to export, and how cargo builds them. The fields have the meaning of cargo's own flags.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    /// The manifest of the crate or of its workspace, or the folder of one. By default that of the current folder.
    pub manifest_path: Option<PathBuf>,
    /// Packages in the workspace.
    pub packages: Vec<String>,
    /// All packages of the workspace that use rapace.
    pub workspace: bool,
    /// Packages that `workspace` leaves out.
    pub exclude: Vec<String>,
    /// Features to turn on, `feature` or `package/feature`.
    pub features: Vec<String>,
    /// All features.
    pub all_features: bool,
    /// Not the default features.
    pub no_default_features: bool,
    /// A description that this crate or these crates had before: types keep the names that they have in it.
    pub keep_names: Option<PathBuf>,
    /// Name of the API; by default that of the package, of several the workspace's root package or the first.
    pub name: Option<String>,
    /// Warnings that are not said, by their names.
    pub allow: Vec<String>,
    /// Every warning that is not allowed is an error.
    pub deny_warnings: bool,
    /// Without the network.
    pub offline: bool,
    /// Fail when the lock file is not up to date.
    pub locked: bool,
    /// Without cargo's progress on stderr.
    pub quiet: bool,
    /// The target folder; by default that of the workspace.
    pub target_folder: Option<PathBuf>,
}
