//! `rapace gen`: the only writer of generated files.
//!
//! A package's folder holds a list of what was written there. A later run replaces and removes just those files; a
//! file that is in the way and not in the list is someone else's, and nothing is written then.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rapace_gen_core::{Files, Options};
use rapace_schema::Api;

use crate::languages::generators;
use crate::plugin;

/// The list of written files, in the package's folder.
pub const LIST: &str = ".rapace-files";
const LIST_HEAD: &str = "# Written by `rapace gen`, which replaces and removes these files and no others.\n";

/// Makes the package for a language.
///
/// # Errors
/// A message: the language is unknown, or an option cannot be met.
pub fn generate(language: &str, api: &Api, options: &Options) -> Result<Files, String> {
    let generators = generators();
    let made = match generators.iter().find(|generator| generator.language() == language) {
        Some(generator) => options
            .check_own(generator.as_ref())
            .and_then(|()| generator.generate(api, options))
            .map_err(|error| error.message),
        None => {
            let known: Vec<&str> = generators.iter().map(|generator| generator.language()).collect();
            let unknown = format!("unknown language `{language}`: known are {}", known.join(", "));
            return plugin::generate(language, api, options, unknown);
        }
    };
    made.map_err(|message| format!("{language}: {message}"))
}

/// Writes a package into `folder`: all of it, or on the errors below nothing.
///
/// # Errors
/// A message: the folder is a file, holds files of someone else in the way, or cannot be written.
pub fn write(folder: &Path, files: &Files) -> Result<(), String> {
    let before = written_before(folder)?;
    let foreign = foreign(folder, files, before.as_ref());
    if !foreign.is_empty() {
        return Err(in_the_way(folder, &foreign, before.is_some()));
    }
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for (path, file) in files.iter() {
        let path = folder.join(path);
        write_whole(&path, &file.text).map_err(|error| failed(&path, error))?;
    }
    for gone in before.iter().flatten().filter(|path| files.get(path).is_none()) {
        remove(folder, gone).map_err(|error| failed(&folder.join(gone), error))?;
    }
    let list = files
        .iter()
        .fold(LIST_HEAD.to_owned(), |list, (path, _)| list + path + "\n");
    write_whole(&folder.join(LIST), &list).map_err(|error| failed(&folder.join(LIST), error))
}

/// What differs between `folder` and the package: a line per file, none when it is up to date.
///
/// # Errors
/// A message when the folder's list cannot be read.
pub fn differences(folder: &Path, files: &Files) -> Result<Vec<String>, String> {
    let before = written_before(folder)?.unwrap_or_default();
    let changed = files
        .iter()
        .filter_map(|(path, file)| match fs::read_to_string(folder.join(path)) {
            Ok(text) if is_same_text(&text, &file.text) => None,
            Ok(_) => Some(format!("{path}: differs")),
            Err(_) => Some(format!("{path}: missing")),
        });
    let gone = before
        .iter()
        .filter(|path| files.get(path).is_none() && folder.join(path).exists());
    Ok(changed
        .chain(gone.map(|path| format!("{path}: no longer generated")))
        .collect())
}

/// Whether two texts say the same: git may have made every line's end that of Windows.
pub(crate) fn is_same_text(found: &str, wanted: &str) -> bool {
    found == wanted || found.replace("\r\n", "\n") == wanted.replace("\r\n", "\n")
}

/// The paths in the folder's list, or none when there is no list.
fn written_before(folder: &Path) -> Result<Option<BTreeSet<String>>, String> {
    if folder.exists() && !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    let list = folder.join(LIST);
    if !list.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let paths: BTreeSet<String> = lines.map(str::to_owned).collect();
    let outside = |path: &&String| {
        Path::new(path)
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)))
    };
    match paths.iter().find(outside) {
        Some(path) => Err(format!("{}: {path:?} is not a path inside the folder", list.display())),
        None => Ok(Some(paths)),
    }
}

/// Files that a package would overwrite and that no run wrote. Without a list every file in the folder counts.
fn foreign(folder: &Path, files: &Files, before: Option<&BTreeSet<String>>) -> Vec<String> {
    match before {
        Some(before) => files
            .iter()
            .filter(|(path, _)| !before.contains(*path) && folder.join(path).exists())
            .map(|(path, _)| path.to_owned())
            .collect(),
        None => {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut names: Vec<String> = entries
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect();
            names.sort_unstable();
            names
        }
    }
}

fn in_the_way(folder: &Path, foreign: &[String], ours: bool) -> String {
    const SHOWN: usize = 5;
    let mut names = foreign[..foreign.len().min(SHOWN)].join(", ");
    if foreign.len() > SHOWN {
        let _ = write!(names, " and {} more", foreign.len() - SHOWN);
    }
    let why = if ours {
        "that `rapace gen` did not write and would overwrite"
    } else {
        "and no list of `rapace gen`"
    };
    format!(
        "{} holds files {why}: {names}; nothing was written, choose another folder or move them",
        folder.display()
    )
}

/// Writes the file beside its place and then moves it there, so that a reader sees the old or the new one.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".rapace-new");
    let beside = PathBuf::from(beside);
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

fn remove(folder: &Path, path: &str) -> std::io::Result<()> {
    let file = folder.join(path);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Folders that are empty now go too; one that is not says so by an error.
    let mut parent = file.parent();
    while let Some(empty) = parent.filter(|parent| *parent != folder) {
        if fs::remove_dir(empty).is_err() {
            break;
        }
        parent = empty.parent();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rapace_gen_core::Files;

    use super::{LIST, differences, write};

    fn files(entries: &[(&str, &str)]) -> Files {
        let mut files = Files::new();
        entries.iter().for_each(|(path, text)| files.add(*path, *text));
        files
    }

    #[test]
    fn a_second_run_replaces_and_removes_its_own_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("deep/out");
        write(&out, &files(&[("a.py", "1"), ("sub/b.py", "2")])).unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        write(&out, &files(&[("a.py", "3"), ("c.py", "4")])).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.py")).unwrap(), "3");
        assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
        assert!(!out.join("sub").exists());
        assert!(
            differences(&out, &files(&[("a.py", "3"), ("c.py", "4")]))
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            differences(&out, &files(&[("a.py", "5"), ("d.py", "")])).unwrap(),
            ["a.py: differs", "d.py: missing", "c.py: no longer generated"]
        );
    }

    #[test]
    fn files_of_someone_else_are_left_alone_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let error = write(folder.path(), &files(&[("a.py", "1")])).unwrap_err();
        assert!(
            error.contains("thesis.txt") && error.contains("nothing was written"),
            "{error}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_in_the_way_of_a_later_run_is_someone_elses_too() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &files(&[("a.py", "1")])).unwrap();
        fs::write(folder.path().join("b.py"), "mine").unwrap();
        let error = write(folder.path(), &files(&[("a.py", "2"), ("b.py", "2")])).unwrap_err();
        assert!(error.contains("b.py"), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join("a.py")).unwrap(), "1");
    }

    #[test]
    fn a_list_that_leads_outside_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "").unwrap();
        let out = folder.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join(LIST), "../victim\n").unwrap();
        assert!(
            write(&out, &files(&[("a.py", "1")]))
                .unwrap_err()
                .contains("not a path inside")
        );
        assert!(victim.exists());
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(
            write(&file, &files(&[("a.py", "1")]))
                .unwrap_err()
                .ends_with("file is not a folder")
        );
    }
}
