//! The files of a licence that packages get.

use std::fs;
use std::path::{Path, PathBuf};

use rapace_gen_core::is_plain;

/// How the names of files begin that are taken without being named.
const BEGINNINGS: [&str; 2] = ["LICENSE", "COPYING"];
/// The longest file, in bytes: 1 MiB, many times the longest licence.
const LONGEST: u64 = 1 << 20;

/// The files of these names, each with its text. A name is the file's own in the package.
///
/// # Errors
/// A message: a file is not there or no text, or two have one name.
pub(super) fn named(folder: &Path, names: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut files: Vec<(String, String)> = Vec::new();
    for name in names {
        let path = folder.join(name);
        let failed = |why: &dyn std::fmt::Display| format!("license-files: {}: {why}", path.display());
        let own = path
            .file_name()
            .and_then(|own| own.to_str())
            .filter(|own| is_plain(own));
        let own = own.ok_or_else(|| failed(&"it is no name for a file of a package"))?;
        if files.iter().any(|(other, _)| other == own) {
            return Err(failed(&"another file has this name"));
        }
        let text = read(&path).map_err(|why| failed(&why))?;
        files.push((own.to_owned(), text));
    }
    files.sort();
    Ok(files)
}

/// The files that are there: in the folder, or else in that of the workspace around it.
///
/// # Errors
/// A message: a file is no text.
pub(super) fn found(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let own = names(folder);
    if !own.is_empty() {
        return named(folder, &own);
    }
    match workspace(folder) {
        Some(workspace) => named(&workspace, &names(&workspace)),
        None => Ok(Vec::new()),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    names
        .filter(|name| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) && is_plain(name))
        .collect()
}

/// The nearest folder above this one whose manifest has a table `[workspace]`.
fn workspace(folder: &Path) -> Option<PathBuf> {
    let absolute = std::env::current_dir().ok()?.join(folder).canonicalize().ok()?;
    let is_workspace = |above: &&Path| {
        let manifest = fs::read_to_string(above.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
    };
    absolute.ancestors().skip(1).find(is_workspace).map(Path::to_owned)
}

fn read(path: &Path) -> Result<String, String> {
    let there = fs::metadata(path).map_err(|error| error.to_string())?;
    if !there.is_file() {
        return Err("it is no file".to_owned());
    }
    if there.len() > LONGEST {
        return Err(format!("{} bytes, and the limit is {LONGEST}", there.len()));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let text = rapace_schema::text_of(&bytes).map_err(|error| error.to_string())?;
    let mut text = text.replace("\r\n", "\n");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
