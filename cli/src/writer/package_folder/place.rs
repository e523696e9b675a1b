//! Places inside a package's folder. No link in it is followed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::names::{JOURNAL, LIST, STAGE};

/// Why a file cannot be at a place.
pub(super) enum Blocked {
    /// This folder above it is a link.
    Link(String),
    /// This is someone else's.
    Foreign(String),
}

/// The folders above a path, the outermost first: `a`, `a/b` of `a/b/c`.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// The text of a file that is one itself, and no link.
pub(super) fn read(folder: &Path, path: &str) -> Option<Vec<u8>> {
    let is_folder = |parent| fs::symlink_metadata(folder.join(parent)).is_ok_and(|there| there.is_dir());
    let file = folder.join(path);
    let is_file = parents(path).all(is_folder) && fs::symlink_metadata(&file).ok()?.is_file();
    if is_file { fs::read(file).ok() } else { None }
}

/// Whether a file that is ours can be at this place: what is there now is ours too.
pub(super) fn is_free(folder: &Path, path: &str, owned: &BTreeSet<String>) -> Result<(), Blocked> {
    for parent in parents(path) {
        match fs::symlink_metadata(folder.join(parent)) {
            Err(_) => return Ok(()),
            Ok(there) if there.is_dir() => {}
            Ok(_) if owned.contains(parent) => return Ok(()),
            Ok(there) if there.is_symlink() => return Err(Blocked::Link(parent.to_owned())),
            Ok(_) => return Err(Blocked::Foreign(parent.to_owned())),
        }
    }
    match fs::symlink_metadata(folder.join(path)) {
        Ok(there) if there.is_dir() => match foreign_inside(folder, path, owned) {
            Some(foreign) => Err(Blocked::Foreign(foreign)),
            None => Ok(()),
        },
        Ok(_) if !owned.contains(path) => Err(Blocked::Foreign(path.to_owned())),
        _ => Ok(()),
    }
}

/// Something in a folder that is not ours. Folders alone are nobody's.
fn foreign_inside(folder: &Path, path: &str, owned: &BTreeSet<String>) -> Option<String> {
    let mut left = vec![path.to_owned()];
    while let Some(next) = left.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&next)) else {
            return Some(next);
        };
        for entry in entries {
            let Ok(entry) = entry else { return Some(next) };
            let inside = format!("{next}/{}", entry.file_name().to_string_lossy());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => left.push(inside),
                _ if !owned.contains(&inside) => return Some(inside),
                _ => {}
            }
        }
    }
    None
}

/// Removes the empty folders at the place of a file, and nothing else.
pub(super) fn clear(place: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(place).is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    let mut folders = vec![place.to_owned()];
    let mut next = 0;
    while next < folders.len() {
        for entry in fs::read_dir(&folders[next])? {
            // What is no folder is in the way, and says so below.
            folders.push(entry?.path());
        }
        next += 1;
    }
    folders.iter().rev().try_for_each(fs::remove_dir)
}

/// The names of what is in the folder, what a killed run left aside.
pub(super) fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != STAGE)
        .collect();
    names.sort_unstable();
    names
}

/// Makes the folders above a place, none of which may be a link.
pub(super) fn make_parents(folder: &Path, path: &str) -> io::Result<()> {
    for parent in parents(path) {
        let at = folder.join(parent);
        match fs::create_dir(&at) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            Err(_) if !fs::symlink_metadata(&at)?.is_dir() => {
                let why = format!("{} is not a folder", at.display());
                return Err(io::Error::new(ErrorKind::NotADirectory, why));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes a file that is ours, and the folders that are empty then.
pub(super) fn remove(folder: &Path, path: &str) -> io::Result<()> {
    let is_link = |parent| fs::symlink_metadata(folder.join(parent)).is_ok_and(|there| !there.is_dir());
    if parents(path).any(is_link) {
        return Ok(());
    }
    let file = folder.join(path);
    match fs::symlink_metadata(&file) {
        // Someone made a folder of it, which is theirs.
        Ok(there) if there.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(&file)?,
        Err(_) => {}
    }
    let above: Vec<&str> = parents(path).collect();
    for parent in above.into_iter().rev() {
        // One that is not empty says so by an error.
        if fs::remove_dir(folder.join(parent)).is_err() {
            break;
        }
    }
    Ok(())
}

/// True for the name of a file that a run puts into its own folder.
fn is_staged(name: &str) -> bool {
    matches!(name, LIST | JOURNAL) || !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks that the folder of a killed run, if one is there, has nothing in it but what runs put there.
pub(super) fn check_stage(folder: &Path) -> Result<(), String> {
    let stage = folder.join(STAGE);
    let Ok(there) = fs::symlink_metadata(&stage) else {
        return Ok(());
    };
    let foreign = || {
        format!(
            "{}: not what `rapace gen` left there: remove it; nothing was written",
            stage.display()
        )
    };
    if !there.is_dir() {
        return Err(foreign());
    }
    for entry in fs::read_dir(&stage).map_err(|error| format!("{}: {error}", stage.display()))? {
        let sound = entry.is_ok_and(|entry| {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            is_file && entry.file_name().to_str().is_some_and(is_staged)
        });
        if !sound {
            return Err(foreign());
        }
    }
    Ok(())
}

/// Removes the folder of a killed run, which [`check_stage`] has looked at.
pub(super) fn clear_stage(folder: &Path) -> io::Result<()> {
    let stage = folder.join(STAGE);
    if fs::symlink_metadata(&stage).is_err() {
        return Ok(());
    }
    for entry in fs::read_dir(&stage)? {
        fs::remove_file(entry?.path())?;
    }
    fs::remove_dir(&stage)
}
