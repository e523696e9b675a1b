//! Writes the files of a package.
//!
//! A package's folder holds a list of what was written there. A later run replaces and removes just those files; a
//! file that is in the way and not in the list is someone else's, and nothing is written then.
//!
//! A run may be killed or find the disk full. It first writes all that is new into a temporary folder inside the package's,
//! then the journal, which says what files it is about to add, and only then moves and removes; the list comes last. Whatever
//! is left half-way, the next run knows whose each file is. Links inside the folder are never followed.

mod names;
mod owner;
mod place;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rapace_gen_core::Files;
use rapace_schema::difference::is_same_text;

use names::{JOURNAL, LIST, STAGE};
pub(crate) use owner::Owner;
use place::{Blocked, is_free, parents, read};
use record::{digest, journal_text, list_text, read_journal, read_list};

/// How long a run waits for another one in the same folder: 60 s, many times what the largest package takes.
const WAIT: Duration = Duration::from_secs(60);
/// How often it looks whether the other one is done: every 20 ms, less than a person notices.
const LOOK: Duration = Duration::from_millis(20);
/// How many names of files a message tells.
const TOLD: usize = 5;

/// What happens before each change of the disk: nothing, or in tests what could go wrong there.
type Step<'s> = &'s mut dyn FnMut() -> io::Result<()>;

/// What a run has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The files of the package.
    pub files: usize,
    /// Those that were not there, or had another text, and those that were removed.
    pub changed: usize,
}

/// Writes a package into `folder`: all of it, or on the errors below nothing. After a failure of the disk, or when it is
/// killed, the next run finds what it needs to go on.
///
/// # Errors
/// A message: the folder is a file, holds another package, files of someone else or links in the way, cannot be written, or another
/// run is at it.
pub(crate) fn write(folder: &Path, files: &Files, owner: &Owner) -> Result<Written, String> {
    write_in_steps(folder, files, owner, &mut || Ok(()))
}

fn write_in_steps(folder: &Path, files: &Files, owner: &Owner, step: Step<'_>) -> Result<Written, String> {
    files.check()?;
    if folder.exists() && !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    let is_new = !folder.exists();
    let of_folder = |error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(of_folder)?;
    let _lock = lock(folder)?;
    let written = Package::look(folder, files, owner).and_then(|package| package.write(step));
    if written.is_err() && is_new {
        // Fails where something was left in it, as it should.
        let _ = fs::remove_dir(folder);
    }
    written
}

/// What differs between `folder` and the package: a line per file, none when it is up to date.
///
/// # Errors
/// A message when the folder's list cannot be read, or the folder holds another package.
pub(crate) fn differences(folder: &Path, files: &Files, owner: &Owner) -> Result<Vec<String>, String> {
    if folder.exists() && !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    let before = read_list(folder)?.unwrap_or_default();
    owner.check(folder, before.owner.as_ref())?;
    let changed = files.iter().filter_map(|(path, file)| match read(folder, path) {
        Some(text) if std::str::from_utf8(&text).is_ok_and(|text| is_same_text(text, &file.text)) => None,
        Some(_) => Some(format!("{path}: differs")),
        None => Some(format!("{path}: missing")),
    });
    let there = |path: &str| fs::symlink_metadata(folder.join(path)).is_ok();
    let gone = before
        .paths
        .iter()
        .filter(|path| files.get(path).is_none() && there(path));
    let mut differences: Vec<String> = changed
        .chain(gone.map(|path| format!("{path}: no longer generated")))
        .collect();
    if there(JOURNAL) {
        differences.push(format!("{JOURNAL}: an earlier run was stopped half-way"));
    }
    Ok(differences)
}

/// Keeps other runs out of the folder as long as the file is open. Only where a folder can be opened as a file.
fn lock(folder: &Path) -> Result<Option<File>, String> {
    let Ok(file) = File::open(folder) else {
        return Ok(None);
    };
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if start.elapsed() < WAIT => std::thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => {
                let seconds = WAIT.as_secs();
                return Err(format!(
                    "{}: another `rapace gen` has been writing there for {seconds} s",
                    folder.display()
                ));
            }
            // A file system without locks.
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}

/// A package and what is in its folder.
struct Package<'a> {
    folder: &'a Path,
    files: &'a Files,
    owner: &'a Owner,
    /// What the folder's list says.
    listed: BTreeSet<String>,
    /// What earlier runs wrote, whether they came to an end or not.
    owned: BTreeSet<String>,
}

impl<'a> Package<'a> {
    /// Looks whether the package can be written, and changes nothing but what a killed run left.
    fn look(folder: &'a Path, files: &'a Files, owner: &'a Owner) -> Result<Self, String> {
        let list = read_list(folder)?;
        let journal = read_journal(folder)?;
        let is_ours = list.is_some() || journal.is_some();
        let list = list.unwrap_or_default();
        owner.check(folder, list.owner.as_ref())?;
        let listed = list.paths;
        let mut owned = listed.clone();
        for (path, expected) in journal.iter().flatten() {
            // Another text than the run would have written: the file is someone else's now.
            if read(folder, path).is_some_and(|text| digest(&text) == *expected) {
                owned.insert(path.clone());
            }
        }
        place::check_stage(folder)?;
        let package = Self {
            folder,
            files,
            owner,
            listed,
            owned,
        };
        package.check_places(is_ours)?;
        place::clear_stage(folder).map_err(|error| format!("{}: {error}", folder.join(STAGE).display()))?;
        Ok(package)
    }

    fn check_places(&self, is_ours: bool) -> Result<(), String> {
        if !is_ours {
            let foreign = place::entries(self.folder);
            return match foreign.is_empty() {
                true => Ok(()),
                false => Err(self.in_the_way(&foreign, "and no list of `rapace gen`")),
            };
        }
        let (mut foreign, mut links) = (Vec::new(), BTreeSet::new());
        let places = self.files.iter().map(|(path, _)| path);
        for path in places.chain(self.owned.iter().map(String::as_str)) {
            match is_free(self.folder, path, &self.owned) {
                Ok(()) => {}
                Err(Blocked::Link(link)) => {
                    links.insert(link);
                }
                Err(Blocked::Foreign(_)) if self.files.get(path).is_none() => {}
                Err(Blocked::Foreign(other)) => foreign.push(other),
            }
        }
        if let Some(link) = links.first() {
            return Err(format!(
                "{} is a link where a folder of the package belongs: `rapace gen` follows none; nothing was written",
                self.folder.join(link).display()
            ));
        }
        match foreign.is_empty() {
            true => Ok(()),
            false => Err(self.in_the_way(&foreign, "that `rapace gen` did not write and would overwrite")),
        }
    }

    fn in_the_way(&self, foreign: &[String], why: &str) -> String {
        let mut names = foreign[..foreign.len().min(TOLD)].join(", ");
        if foreign.len() > TOLD {
            names.push_str(&format!(" and {} more", foreign.len() - TOLD));
        }
        format!(
            "{} holds files {why}: {names}; nothing was written, choose another folder or move them",
            self.folder.display()
        )
    }

    fn write(&self, step: Step<'_>) -> Result<Written, String> {
        let staged = self.stage(step).map_err(|error| {
            // Nothing was changed yet, and nothing of it is needed any more.
            let _ = place::clear_stage(self.folder);
            format!("{}: {error}; nothing was written", self.folder.display())
        })?;
        self.put_in_place(&staged, step).map_err(|error| {
            format!(
                "{}: {error}; the package is half-written, run `rapace gen` again when that is mended",
                self.folder.display()
            )
        })?;
        let gone = self.owned.iter().filter(|path| self.files.get(path).is_none());
        Ok(Written {
            files: self.files.iter().count(),
            changed: staged.len() + gone.count(),
        })
    }

    /// Writes all that is new, so that nothing more has to be when files are moved. Returns where the text of each path is.
    fn stage(&self, step: Step<'_>) -> io::Result<BTreeMap<&'a str, String>> {
        let stage = self.folder.join(STAGE);
        step()?;
        fs::create_dir(&stage)?;
        let mut staged = BTreeMap::new();
        let mut put = |name: String, text: &str| {
            step()?;
            // A new file: a link of that name is not followed.
            let mut file = OpenOptions::new().write(true).create_new(true).open(stage.join(name))?;
            file.write_all(text.as_bytes())
        };
        for (number, (path, file)) in self.files.iter().enumerate() {
            if read(self.folder, path).is_none_or(|old| old != file.text.as_bytes()) {
                put(number.to_string(), &file.text)?;
                staged.insert(path, number.to_string());
            }
        }
        let mut added: BTreeMap<&str, String> = (self.files.iter())
            .filter(|(path, _)| !self.listed.contains(*path))
            .map(|(path, file)| (path, digest(file.text.as_bytes())))
            .collect();
        // What a run that was stopped has added, and this one does not: it is removed, and known until then.
        for path in self.owned.difference(&self.listed) {
            if let (None, Some(text)) = (self.files.get(path), read(self.folder, path)) {
                added.insert(path, digest(&text));
            }
        }
        put(JOURNAL.to_owned(), &journal_text(&added))?;
        put(LIST.to_owned(), &list_text(self.files, self.owner))?;
        Ok(staged)
    }

    fn put_in_place(&self, staged: &BTreeMap<&str, String>, step: Step<'_>) -> io::Result<()> {
        let stage = self.folder.join(STAGE);
        step()?;
        fs::rename(stage.join(JOURNAL), self.folder.join(JOURNAL))?;
        let gone = || self.owned.iter().filter(|path| self.files.get(path).is_none());
        // A file where a folder has to be, or the other way round, goes first.
        let mut first: BTreeSet<&str> = self.files.iter().flat_map(|(path, _)| parents(path)).collect();
        first.extend(self.files.iter().map(|(path, _)| path));
        let is_first = |path: &str| first.contains(path) || parents(path).any(|parent| first.contains(parent));
        for path in gone().filter(|path| is_first(path)) {
            step()?;
            place::remove(self.folder, path)?;
        }
        for (path, name) in staged {
            step()?;
            place::make_parents(self.folder, path)?;
            step()?;
            place::clear(&self.folder.join(path))?;
            step()?;
            fs::rename(stage.join(name), self.folder.join(path))?;
        }
        for path in gone().filter(|path| !is_first(path)) {
            step()?;
            place::remove(self.folder, path)?;
        }
        step()?;
        fs::rename(stage.join(LIST), self.folder.join(LIST))?;
        step()?;
        fs::remove_file(self.folder.join(JOURNAL))?;
        step()?;
        fs::remove_dir(&stage)
    }
}

#[cfg(test)]
mod tests;
