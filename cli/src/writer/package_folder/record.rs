//! The files in which runs say what is theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rapace_gen_core::text::shown;
use rapace_gen_core::{Files, is_plain};
use sha2::{Digest as _, Sha256};

use super::names::{JOURNAL, LIST};
use super::owner::Owner;
use super::place;

const LIST_HEAD: &str = "# Written by `rapace gen`, which replaces and removes these files and no others.\n";
const JOURNAL_HEAD: &str = "# `rapace gen` is writing these files, or was stopped while it did: run it again.\n";
/// The longest list or journal, in bytes: 16 MiB, a hundred thousand files of long names.
const LONGEST: u64 = 16 << 20;
/// How much of a path a message shows, in characters.
const SHOWN: usize = 200;

/// What a text is recognised by.
pub(super) fn digest(text: &[u8]) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The text of the list of a package.
pub(super) fn list_text(files: &Files, owner: &Owner) -> String {
    let head = LIST_HEAD.to_owned() + &owner.lines();
    files.iter().fold(head, |list, (path, _)| list + path + "\n")
}

/// The text of a journal.
pub(super) fn journal_text(added: &BTreeMap<&str, String>) -> String {
    let lines = added.iter().map(|(path, digest)| format!("{digest} {path}\n"));
    JOURNAL_HEAD.to_owned() + &lines.collect::<String>()
}

/// A list of written files.
#[derive(Debug, Default)]
pub(super) struct List {
    /// What the package is; lists of earlier versions do not say it.
    pub(super) owner: Option<Owner>,
    pub(super) paths: BTreeSet<String>,
}

/// The folder's list, or none when there is no list.
pub(super) fn read_list(folder: &Path) -> Result<Option<List>, String> {
    let Some(text) = record(folder, LIST)? else {
        return Ok(None);
    };
    let paths: BTreeSet<String> = lines(&text).map(str::to_owned).collect();
    paths.iter().try_for_each(|path| check(folder, LIST, path))?;
    let owner = Owner::of(&text);
    Ok(Some(List { owner, paths }))
}

/// The digests in the folder's journal by their paths, or none when there is no journal.
pub(super) fn read_journal(folder: &Path) -> Result<Option<BTreeMap<String, String>>, String> {
    let Some(text) = record(folder, JOURNAL)? else {
        return Ok(None);
    };
    let entries = lines(&text).filter_map(|line| line.split_once(' '));
    let entries: BTreeMap<String, String> = entries
        .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
        .collect();
    entries.keys().try_for_each(|path| check(folder, JOURNAL, path))?;
    Ok(Some(entries))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn check(folder: &Path, name: &str, path: &str) -> Result<(), String> {
    match is_plain(path) {
        true => Ok(()),
        false => Err(format!(
            "{}: \"{}\" is not a path inside the folder",
            folder.join(name).display(),
            shown(path, SHOWN)
        )),
    }
}

fn record(folder: &Path, name: &str) -> Result<Option<String>, String> {
    let path = folder.join(name);
    let Ok(there) = fs::symlink_metadata(&path) else {
        return Ok(None);
    };
    let failed = |why: &str| format!("{}: {why}", path.display());
    if !there.is_file() {
        return Err(failed(
            "not a file: `rapace gen` keeps its list there, and follows no links",
        ));
    }
    if there.len() > LONGEST {
        return Err(failed(&format!("{} bytes, and the limit is {LONGEST}", there.len())));
    }
    let text = place::read(folder, name).ok_or_else(|| failed("cannot be read"))?;
    String::from_utf8(text).map(Some).map_err(|_| failed("not UTF-8"))
}
