//! The names of what a run keeps in a package's folder besides the package.

/// The list of written files, in the package's folder.
pub(super) const LIST: &str = ".rapace-files";
/// What a run is about to add: a digest and a path in each line. It is there only while a run moves files.
pub(super) const JOURNAL: &str = ".rapace-pending";
/// The folder in which a run writes what it moves then.
pub(super) const STAGE: &str = ".rapace-new";
