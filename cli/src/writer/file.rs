//! `--out` of `rapace export`: one file, or whatever else the path leads to.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

/// The folder that holds a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes a text to a path.
///
/// A file that is new, or an ordinary one, is written next to its place and moved there, so that nothing is half-written on an
/// error; it keeps its mode, and a new one has that which the process gives new files. Anything else stays what it is, and
/// the text is written into it: a link, a device, a pipe, and a file that has several names.
///
/// # Errors
/// A message with the path.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let written = match fs::symlink_metadata(path) {
        Ok(existing) if existing.is_file() && names(&existing) == 1 => {
            replace(path, text, Some(existing.permissions()))
        }
        Ok(_) => write_into(path, text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => replace(path, text, None),
        Err(error) => Err(error),
    };
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a text to a path where nothing is yet.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] when something is there.
pub(crate) fn create_file(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

fn replace(path: &Path, text: &str, mode: Option<fs::Permissions>) -> io::Result<()> {
    let mut builder = Builder::new();
    new_file_mode(&mut builder);
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn write_into(path: &Path, text: &str) -> io::Result<()> {
    // A link that leads nowhere makes the file that it names.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// Temporary files are otherwise for their owner's eyes alone. The process's umask is taken from this.
#[cfg(unix)]
fn new_file_mode(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn new_file_mode(_builder: &mut Builder<'_, '_>) {}

/// How many names a file has, where the system says it.
#[cfg(unix)]
fn names(file: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(file)
}

#[cfg(not(unix))]
fn names(_file: &fs::Metadata) -> u64 {
    1
}
